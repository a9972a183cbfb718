-- One row: of how many selected records nobody said of any trail whether it was looked for, and of how many somebody did.
WITH flat AS (
    SELECT coalesce(len(trails_looked_for), 0) + coalesce(len(trails_found), 0) = 0 AS is_untold, count(*) AS n
    FROM selected
    GROUP BY ALL
),
told AS (
    SELECT count(*) AS n
    FROM selected
    SEMI JOIN selected_trail_told USING (incident_id)
    WHERE coalesce(len(trails_looked_for), 0) + coalesce(len(trails_found), 0) = 0
)
SELECT
    (coalesce(sum(flat.n) FILTER (WHERE is_untold), 0) - any_value(told.n))::BIGINT AS n_untold,
    (coalesce(sum(flat.n) FILTER (WHERE NOT is_untold), 0) + any_value(told.n))::BIGINT AS n_told
FROM told
LEFT JOIN flat ON true
