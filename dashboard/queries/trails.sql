-- One row a corridor and trail: of how many selected records it was found, looked for and not found, or not looked for at
-- any stage; the same of those that only the flat record tells of, so at no stage; and interceptions.
-- A corridor is the crossing that a record names, else its district where that lies on the border or the coast; what lies
-- on none has a row with neither.
WITH each AS (
    SELECT
        crossing::VARCHAR AS crossing,
        CASE WHEN crossing IS NULL THEN beside.adm2 END AS adm2,
        trail_type, position, is_found, is_looked_for, is_flat, n,
        starts_with(event_type, 'interception') AS is_interception
    FROM selected_by_trail
    LEFT JOIN (SELECT DISTINCT adm2 FROM published.border_segment) AS beside ON beside.adm2 = selected_by_trail.adm2::VARCHAR
)
SELECT
    crossing, adm2, trail_type,
    coalesce(sum(n) FILTER (WHERE is_found), 0)::BIGINT AS n_found,
    coalesce(sum(n) FILTER (WHERE is_looked_for AND NOT is_found), 0)::BIGINT AS n_not_found,
    coalesce(sum(n) FILTER (WHERE NOT is_looked_for), 0)::BIGINT AS n_not_looked_for,
    coalesce(sum(n) FILTER (WHERE is_flat AND is_found), 0)::BIGINT AS n_flat_found,
    coalesce(sum(n) FILTER (WHERE is_flat AND is_looked_for AND NOT is_found), 0)::BIGINT AS n_flat_not_found,
    coalesce(sum(n) FILTER (WHERE is_interception), 0)::BIGINT AS n_interceptions
FROM each
GROUP BY crossing, adm2, trail_type
ORDER BY crossing, adm2, any_value(position)
