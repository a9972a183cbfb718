-- One row a type whose values a version lists, with them.
SELECT type_name, labels FROM duckdb_types() WHERE labels IS NOT NULL
