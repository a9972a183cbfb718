-- One row a type whose values an attached, finished version lists, with them.
SELECT type_name, labels FROM duckdb_types() WHERE labels IS NOT NULL AND database_name = 'part'
