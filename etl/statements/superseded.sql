-- One row an incident that this load tells anew, with the load that had told it.
INSERT INTO superseded SELECT incident_id, $load_id, load_id FROM replaced
