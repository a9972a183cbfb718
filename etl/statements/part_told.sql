-- The incidents that a kind's staged rows speak of.
INSERT INTO part_reference SELECT incident_id FROM {stage}
