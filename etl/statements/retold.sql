-- One row a new record that is stored although its incident was told before, or that lost to a later one of its load.
CREATE TEMP TABLE retold AS
SELECT seq, incident_id, crime_label, label_status, label_decider, label_date, incident.report_date, is_stored
FROM verdict
JOIN touched USING (seq, table_no)
JOIN incident USING (incident_id, load_id, table_no, row_no)
WHERE verdict IN ('loaded', 'superseded')
