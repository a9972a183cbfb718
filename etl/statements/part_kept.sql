-- The staged rows of a kind that are to be stored.
CREATE OR REPLACE TEMP TABLE part_kept AS
SELECT part.* EXCLUDE (table_no, row_no)
FROM {stage} AS part
JOIN part_verdict USING (table_no, row_no)
WHERE is_stored AND part_verdict.part = '{table}'
