-- The rows of this load that share their reference with another row, new or stored, each with its verdict.
-- Rows that are in none of these tables are simply new.
-- A stored reference is there once, so whichever is there more often is of this load. The first load looks at all.
CREATE TEMP TABLE repeated AS
SELECT incident_id FROM incident WHERE getvariable('is_first') GROUP BY incident_id HAVING count(*) > 1
UNION ALL
SELECT incident_id
FROM incident
WHERE NOT getvariable('is_first')
    AND incident_id IN (SELECT incident_id FROM incident WHERE load_id = getvariable('load_id'))
GROUP BY incident_id
HAVING count(*) > 1;

CREATE TEMP TABLE touched AS
SELECT
    -- The order in which the new rows came, null for those stored before; a sheet has fewer than 2^40 rows.
    CASE WHEN load_id = getvariable('load_id') THEN (table_no::BIGINT << 40) + row_no END AS seq,
    load_id, table_no, row_no, incident_id, report_date,
    -- What a row says, as 128 bits: only rows of one reference are ever compared by it.
    {
        'once': hash(row(*COLUMNS(* EXCLUDE (load_id, table_no, row_no)))),
        'again': hash(row('again', *COLUMNS(* EXCLUDE (load_id, table_no, row_no))))
    } AS content
FROM incident
WHERE incident_id IN (SELECT incident_id FROM repeated);

-- One row a new row of these, with its verdict and whether it is the one to store.
-- A group is the rows of one load with the same reference. It tells one or more contents, each once or more often.
-- Of several contents the one with the latest report_date is stored; without a single latest none is.
CREATE TEMP TABLE verdict AS
WITH told AS (
    SELECT seq, incident_id, report_date, content FROM touched WHERE seq IS NOT NULL
),
counted AS (
    SELECT
        seq, incident_id, report_date,
        row_number() OVER (PARTITION BY incident_id, content ORDER BY seq) AS nth
    FROM told
),
contents AS (
    SELECT
        seq,
        row_number() OVER (PARTITION BY incident_id ORDER BY report_date, seq) AS position,
        count(*) OVER (PARTITION BY incident_id) AS n_contents,
        count(report_date) OVER (PARTITION BY incident_id) AS n_dated,
        count(*) OVER (PARTITION BY incident_id, report_date) AS n_same_day,
        report_date IS NOT DISTINCT FROM max(report_date) OVER (PARTITION BY incident_id) AS is_latest
    FROM counted
    WHERE nth = 1
),
winner AS (
    SELECT seq
    FROM contents
    WHERE n_contents = 1 OR (n_dated = n_contents AND is_latest AND n_same_day = 1)
),
stored AS (
    SELECT incident_id, report_date, content FROM touched WHERE seq IS NULL
),
against AS (
    SELECT
        told.seq, told.incident_id,
        CASE
            WHEN told.content IS NOT DISTINCT FROM stored.content THEN 'unchanged'
            WHEN told.report_date < stored.report_date THEN 'older'
            ELSE 'superseded'
        END AS outcome
    FROM told
    JOIN winner USING (seq)
    JOIN stored USING (incident_id)
),
conflict AS (
    SELECT incident_id FROM counted GROUP BY incident_id
    HAVING NOT bool_or(seq IN (SELECT seq FROM winner))
),
judged AS (
    SELECT
        counted.seq,
        CASE
            WHEN counted.incident_id IN (SELECT incident_id FROM conflict) THEN 'conflict'
            WHEN against.outcome IN ('unchanged', 'older') THEN against.outcome
            WHEN counted.nth > 1 THEN 'duplicate'
            WHEN against.outcome = 'superseded' OR contents.position > 1 THEN 'superseded'
            ELSE 'loaded'
        END AS outcome,
        winner.seq IS NOT NULL AS is_winner
    FROM counted
    LEFT JOIN contents USING (seq)
    LEFT JOIN winner USING (seq)
    LEFT JOIN against USING (incident_id)
)
SELECT
    seq,
    (seq >> 40)::USMALLINT AS table_no,
    CASE WHEN outcome IN ('conflict', 'older') THEN 'quarantined' ELSE outcome END AS verdict,
    CASE outcome WHEN 'conflict' THEN 'reference_conflict' WHEN 'older' THEN 'older_than_stored' END AS rule,
    is_winner AND outcome IN ('loaded', 'superseded') AS is_stored
FROM judged
