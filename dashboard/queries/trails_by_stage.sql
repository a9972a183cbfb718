-- One row a trail and stage at which the sheet of trails tells that any selected record was looked at: of how many it was
-- found, or looked for and not found. `not_told` is the stage of its rows without one.
WITH told AS (
    SELECT incident_id, trail_type, coalesce(stage, 'not_told') AS stage, bool_or(state = 'found') AS is_found
    FROM selected_trail_told
    GROUP BY ALL
    HAVING bool_or(state <> 'not_looked_for')
)
SELECT
    trail_type, stage, count(*) FILTER (WHERE is_found) AS n_found, count(*) FILTER (WHERE NOT is_found) AS n_not_found
FROM told
GROUP BY trail_type, stage
ORDER BY trail_type, stage
