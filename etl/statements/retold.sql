-- One row a staged row with a verdict that stores it, or that lost to a later one of the same load.
CREATE TEMP TABLE retold AS
SELECT seq, incident_id, crime_label, label_status, label_decider, label_date, report_date, is_stored
FROM stage
JOIN verdict USING (seq)
WHERE verdict IN ('loaded', 'superseded')
