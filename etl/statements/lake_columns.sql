-- The columns of a table at the head of the lake, in their order.
SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND table_name = $table ORDER BY column_index
