-- One row a week counted back from $last, ago = 0 the newest, of those asked for; and one a week and district, crossing
-- or crime label: `list` says which, `code` its code. Only detections whose day or week is known.
SELECT
    CASE
        WHEN grouping(adm2) = 0 THEN 'district'
        WHEN grouping(crossing) = 0 THEN 'crossing'
        WHEN grouping(crime_label) = 0 THEN 'crime_label'
        ELSE 'total'
    END AS list,
    coalesce(adm2, crossing, crime_label) AS code,
    ago,
    count(*) AS n
FROM (
    SELECT adm2, crossing, crime_label, date_diff('day', date_start, $last) // 7 AS ago
    FROM selected
    WHERE date_precision IN ('day', 'week')
)
WHERE list_contains($weeks_ago, ago)
GROUP BY GROUPING SETS ((ago), (ago, adm2), (ago, crossing), (ago, crime_label))
HAVING coalesce(adm2, crossing, crime_label) IS NOT NULL OR grouping(adm2, crossing, crime_label) = 7
ORDER BY list, code, ago
