-- One row a table at the head of the lake: its columns, in their order.
SELECT table_name, list(column_name ORDER BY column_index)
FROM duckdb_columns()
WHERE database_name = 'lake' AND schema_name = 'main'
GROUP BY table_name
