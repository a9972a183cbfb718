-- One row a trail and stage at which any selected record was looked at: of how many it was found, or looked for and not
-- found. `not_told` is the stage of what the flat record tells, and of rows of the sheet of trails without one.
WITH told AS (
    SELECT
        incident_id, trail_type, coalesce(stage, 'not_told') AS stage, bool_or(state = 'found') AS is_found,
        bool_or(state <> 'not_looked_for') AS is_looked_for
    FROM selected_trail_told
    GROUP BY ALL
),
flat AS (
    SELECT incident_id, listed.code AS trail_type, coalesce(list_contains(trails_found, listed.code), false) AS is_found
    FROM selected
    CROSS JOIN published.code AS listed
    WHERE listed.list = 'trail'
        AND (list_contains(trails_looked_for, listed.code) OR list_contains(trails_found, listed.code))
),
each AS (
    SELECT trail_type, stage, is_found FROM told WHERE is_looked_for
    UNION ALL
    SELECT trail_type, 'not_told', is_found FROM flat ANTI JOIN told USING (incident_id, trail_type)
)
SELECT
    trail_type, stage, count(*) FILTER (WHERE is_found) AS n_found, count(*) FILTER (WHERE NOT is_found) AS n_not_found
FROM each
GROUP BY trail_type, stage
ORDER BY trail_type, stage
