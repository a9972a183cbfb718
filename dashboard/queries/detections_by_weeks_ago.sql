-- One row a week counted back from $last, ago = 0 the newest, of the last $weeks and as many that end $a_year weeks
-- earlier; and one a week and district, crossing or crime label: `list` says which, `code` its code. Only detections
-- whose day or week is known. They are counted once, and their counts four times.
WITH told AS (
    SELECT adm2, crossing, crime_label, ($last::DATE - date_start) // 7 AS ago, count(*) AS n
    FROM selected
    WHERE
        date_precision <= 'week'::date_precision
        AND (
            date_start > $last::DATE - 7 * $weeks::INTEGER
            OR date_start BETWEEN $last::DATE - 7 * ($a_year + $weeks)::INTEGER + 1 AND $last::DATE - 7 * $a_year::INTEGER
        )
    GROUP BY adm2, crossing, crime_label, ago
)
SELECT
    CASE
        WHEN grouping(adm2) = 0 THEN 'district'
        WHEN grouping(crossing) = 0 THEN 'crossing'
        WHEN grouping(crime_label) = 0 THEN 'crime_label'
        ELSE 'total'
    END AS list,
    coalesce(adm2, crossing, crime_label) AS code,
    ago,
    sum(n)::BIGINT AS n
FROM told
GROUP BY GROUPING SETS ((ago), (ago, adm2), (ago, crossing), (ago, crime_label))
HAVING coalesce(adm2, crossing, crime_label) IS NOT NULL OR grouping(adm2, crossing, crime_label) = 7
ORDER BY list, code, ago
