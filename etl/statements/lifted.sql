-- Flags of possible double counts of what is told anew are taken out: they are sought again.
DELETE FROM double_count
WHERE incident_id_a IN (SELECT incident_id FROM replaced) OR incident_id_b IN (SELECT incident_id FROM replaced)
