-- One row a stored incident that this load tells anew.
CREATE TEMP TABLE replaced AS
SELECT incident_id, load_id, crime_label, label_status, label_decider, label_date, report_date
FROM incident
WHERE load_id <> getvariable('load_id') AND incident_id IN (SELECT incident_id FROM retold WHERE is_stored)
