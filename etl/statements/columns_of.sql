-- One row a table of an attached version: its columns, and the same with texts in place of numbers of lists.
SELECT
    table_name,
    list(column_name ORDER BY column_index),
    list(
        CASE
            WHEN starts_with(data_type, 'ENUM') THEN format('CAST({0} AS VARCHAR) AS {0}', column_name)
            ELSE column_name
        END
        ORDER BY column_index
    )
FROM duckdb_columns()
WHERE database_name = $database AND schema_name = 'main' AND NOT internal
GROUP BY table_name
ORDER BY table_name
