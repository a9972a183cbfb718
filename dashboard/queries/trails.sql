-- One row a trail: of how many selected records it was found, looked for and not found, or not looked for at any stage.
SELECT
    trail_type,
    coalesce(sum(n) FILTER (WHERE is_found), 0)::BIGINT AS n_found,
    coalesce(sum(n) FILTER (WHERE is_looked_for AND NOT is_found), 0)::BIGINT AS n_not_found,
    coalesce(sum(n) FILTER (WHERE NOT is_looked_for), 0)::BIGINT AS n_not_looked_for
FROM selected_by_trail
GROUP BY trail_type
ORDER BY any_value(position)
