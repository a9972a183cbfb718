-- One row: the finest resolution that four of five of the placed records carry: they lie on a cell of it or a finer one.
-- Those at sea lie on coarse cells for safety, which says nothing of how exactly the others are known.
WITH told AS (
    SELECT resolution, count(*) AS n
    FROM selected
    WHERE resolution IS NOT NULL AND event_type <> 'interception_at_sea'
    GROUP BY resolution
),
ranked AS (
    SELECT resolution, sum(n) OVER (ORDER BY resolution DESC) AS n_within, sum(n) OVER () AS n_all FROM told
)
SELECT max(resolution) FILTER (WHERE 5 * n_within >= 4 * n_all) AS resolution
FROM ranked
