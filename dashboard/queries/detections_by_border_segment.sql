-- One row 5 km of the border, label and period with a detection: period 0 ends on $until, 1 is as long and before it.
SELECT border_segment, crime_label, ($until::DATE - date_start) // $days AS period, count(*) AS n
FROM selected
WHERE border_segment IS NOT NULL
GROUP BY ALL
ORDER BY period, border_segment, crime_label
