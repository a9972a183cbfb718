-- One row 5 km of the land border and week with a detection; weeks count back from $until.
SELECT border_segment, ($until::DATE - date_start) // 7 AS week, count(*) AS n
FROM selected
JOIN published.border_segment USING (border_segment)
WHERE kind = 'land'
GROUP BY ALL
ORDER BY border_segment, week
