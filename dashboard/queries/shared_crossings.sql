-- One row: n selected records of which crossing and agency are known, and of these n_part at crossings at which two
-- agencies or more each have $least or more: n_places crossings.
WITH by_agency AS (
    SELECT crossing, detecting_agency, count(*) AS n
    FROM selected
    WHERE crossing IS NOT NULL AND detecting_agency IS NOT NULL
    GROUP BY crossing, detecting_agency
),
by_crossing AS (
    SELECT sum(n) AS n, count(*) FILTER (WHERE n >= $least) AS agencies FROM by_agency GROUP BY crossing
)
SELECT
    coalesce(sum(n), 0)::BIGINT AS n,
    coalesce(sum(n) FILTER (WHERE agencies >= 2), 0)::BIGINT AS n_part,
    count(*) FILTER (WHERE agencies >= 2) AS n_places
FROM by_crossing
