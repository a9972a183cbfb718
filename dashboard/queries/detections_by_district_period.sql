-- One row a district and period of $days days counted back from $last, ago = 0 the newest.
SELECT adm2, ($last::DATE - date_start) // $days AS ago, count(*) AS n
FROM selected
WHERE adm2 IS NOT NULL
GROUP BY adm2, ago
ORDER BY adm2, ago
