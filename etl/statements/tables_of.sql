-- One row a table of an attached version.
SELECT table_name FROM duckdb_tables() WHERE database_name = $database
