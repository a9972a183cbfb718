-- One row a staged row of a further sheet, with its verdict and whether it is the one to store.
-- Rows with one key are one row told again: equal ones are repeats, of different ones none can be chosen.
-- {stage}: the staged rows.   {table}: its table.   {key}: what makes a row the same row.
-- {incident}: whom the row speaks of; null where it needs nobody. A stranger is neither stored nor in this load.
INSERT INTO part_verdict
WITH told AS (
    SELECT
        table_no, row_no,
        {incident} IS NOT NULL AND {incident} NOT IN (SELECT incident_id FROM part_known) AS is_strange,
        row({key}) AS key, row({content}) AS content
    FROM {stage} AS part
),
counted AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY is_strange, key, content ORDER BY table_no, row_no) AS nth,
        dense_rank() OVER (PARTITION BY is_strange, key ORDER BY content)
            + dense_rank() OVER (PARTITION BY is_strange, key ORDER BY content DESC) - 1 AS n_contents
    FROM told
),
stored AS (
    SELECT row({key}) AS key, row({content}) AS content FROM {table}
),
judged AS (
    SELECT
        table_no, row_no,
        CASE
            WHEN is_strange THEN 'unknown_reference'
            WHEN n_contents > 1 THEN 'reference_conflict'
            WHEN stored.content IS NOT DISTINCT FROM counted.content THEN 'unchanged'
            WHEN nth > 1 THEN 'duplicate'
            WHEN stored.key IS NOT NULL THEN 'superseded'
            ELSE 'loaded'
        END AS outcome
    FROM counted
    LEFT JOIN stored ON stored.key IS NOT DISTINCT FROM counted.key
)
SELECT
    '{table}' AS part, table_no, row_no,
    CASE WHEN outcome IN ('unknown_reference', 'reference_conflict') THEN 'quarantined' ELSE outcome END AS verdict,
    CASE WHEN outcome IN ('unknown_reference', 'reference_conflict') THEN outcome END AS rule,
    outcome IN ('loaded', 'superseded') AS is_stored
FROM judged
