-- One row an incident that this load's further sheets may speak of: stored, or to be stored by this load.
CREATE TEMP TABLE part_known AS
SELECT incident_id
FROM incident
WHERE incident_id IN (SELECT incident_id FROM part_reference)
    AND incident_id NOT IN (SELECT incident_id FROM repeated)
UNION
SELECT incident_id
FROM touched
LEFT JOIN verdict USING (seq)
WHERE (seq IS NULL OR is_stored) AND incident_id IN (SELECT incident_id FROM part_reference)
