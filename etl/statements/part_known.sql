-- One row an incident that this load's further sheets may speak of: stored, or to be stored by this load.
CREATE TEMP TABLE part_known AS
SELECT incident_id FROM incident WHERE incident_id IN (SELECT incident_id FROM part_reference)
UNION
SELECT incident_id
FROM stage
LEFT JOIN verdict USING (seq)
WHERE coalesce(is_stored, true) AND incident_id IN (SELECT incident_id FROM part_reference)
