-- One row: of how many selected records nobody said of any trail whether it was looked for, and of how many somebody did.
SELECT
    count(*) FILTER (WHERE is_untold) AS n_untold,
    count(*) FILTER (WHERE NOT is_untold) AS n_told
FROM (
    SELECT
        coalesce(len(trails_looked_for), 0) + coalesce(len(trails_found), 0) = 0
        AND incident_id NOT IN (SELECT incident_id FROM selected_trail_told) AS is_untold
    FROM selected
)
