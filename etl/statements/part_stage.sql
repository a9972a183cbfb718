-- The staged rows of a kind: none yet, in the shape of `batch`.
CREATE TEMP TABLE {stage} AS SELECT 0::INTEGER AS table_no, * FROM batch LIMIT 0
