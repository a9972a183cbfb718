-- One row a corridor and trail: interceptions of the selected records there, and of how many of its records of any kind
-- the trail was looked for. A corridor is the crossing that a record names, else its district where that lies on the
-- border or the coast; what lies on none has a row with neither.
WITH each AS (
    SELECT
        crossing::VARCHAR AS crossing,
        CASE WHEN crossing IS NULL THEN beside.adm2 END AS adm2,
        trail_type, position, is_looked_for, n,
        starts_with(event_type, 'interception') AS is_interception
    FROM selected_by_trail
    LEFT JOIN (SELECT DISTINCT adm2 FROM published.border_segment) AS beside ON beside.adm2 = selected_by_trail.adm2::VARCHAR
)
SELECT
    crossing, adm2, trail_type, coalesce(sum(n) FILTER (WHERE is_interception), 0)::BIGINT AS n_interceptions,
    coalesce(sum(n) FILTER (WHERE is_looked_for), 0)::BIGINT AS n_looked_for
FROM each
GROUP BY crossing, adm2, trail_type
ORDER BY crossing, adm2, any_value(position)
