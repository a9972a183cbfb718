-- The staged rows of a kind: none yet, in the shape of its table.
CREATE TEMP TABLE {stage} AS
SELECT 0::INTEGER AS table_no, 0::BIGINT AS row_no, * EXCLUDE (load_id) FROM {table} LIMIT 0
