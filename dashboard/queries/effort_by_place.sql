-- One row a place, a week by its Monday, and a kind of effort: how many units reported it, and how much in all.
-- The place is a crossing where one was told (adm2 is then its district), else a district.
WITH told AS (
    SELECT adm2, crossing, week, 'patrol_hours' AS kind, patrol_hours AS amount FROM selected_effort
    UNION ALL
    SELECT adm2, crossing, week, 'checkpost_days' AS kind, checkpost_days AS amount FROM selected_effort
    UNION ALL
    SELECT adm2, crossing, week, 'raids' AS kind, raids AS amount FROM selected_effort
)
SELECT
    told.adm2 AS adm2,
    told.crossing AS crossing,
    any_value(place.lon) AS lon,
    any_value(place.lat) AS lat,
    week,
    told.kind AS kind,
    count(amount) AS n_reports,
    sum(amount)::DOUBLE AS amount
FROM told
LEFT JOIN published.crossing AS place ON place.crossing = told.crossing
WHERE amount IS NOT NULL AND told.adm2 IS NOT NULL
GROUP BY told.adm2, told.crossing, week, told.kind
ORDER BY adm2, crossing, week, kind
