-- One statement a table: a view in the place of the empty table that schema.sql made, on the table of that name in the
-- attached database `lake`. What is a number of a list here is its text there.
WITH named AS (
    SELECT type_name, 'ENUM(' || array_to_string([concat('''', label, '''') FOR label IN labels], ', ') || ')' AS told
    FROM duckdb_types()
    WHERE labels IS NOT NULL AND database_name = current_database()
),
said AS (
    SELECT
        table_name, column_index,
        CASE
            WHEN starts_with(data_type, 'ENUM')
            THEN format('CAST({0} AS {1}) AS {0}', column_name, coalesce(any_value(type_name), data_type))
            ELSE column_name
        END AS columns
    FROM duckdb_columns()
    LEFT JOIN named ON told = data_type
    WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal
    GROUP BY table_name, column_index, column_name, data_type
)
SELECT
    format(
        'DROP TABLE main.{0}; CREATE VIEW main.{0} AS SELECT {1} FROM lake.main.{0};',
        table_name, string_agg(columns, ', ' ORDER BY column_index)
    )
FROM said
GROUP BY table_name
ORDER BY table_name
