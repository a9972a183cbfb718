-- One row: n selected records from $start to $until of which origin and crossing are known; and of these n_part of an
-- origin and crossing that have $least or more then and none from $start_before to $until_before: n_places origins.
WITH paired AS (
    SELECT
        origin_adm2, crossing,
        count(*) FILTER (WHERE date_start BETWEEN $start AND $until) AS n_now,
        count(*) FILTER (WHERE date_start BETWEEN $start_before AND $until_before) AS n_before
    FROM selected
    WHERE origin_adm2 IS NOT NULL AND crossing IS NOT NULL
    GROUP BY origin_adm2, crossing
)
SELECT
    coalesce(sum(n_now), 0)::BIGINT AS n,
    coalesce(sum(n_now) FILTER (WHERE n_now >= $least AND n_before = 0), 0)::BIGINT AS n_part,
    count(DISTINCT origin_adm2) FILTER (WHERE n_now >= $least AND n_before = 0) AS n_places
FROM paired
