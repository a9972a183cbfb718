-- What judging further sheets needs.
CREATE TEMP TABLE part_verdict (
    part VARCHAR, table_no INTEGER, row_no BIGINT, verdict VARCHAR, rule VARCHAR, is_stored BOOLEAN
);
CREATE TEMP TABLE part_reference (incident_id UUID)
