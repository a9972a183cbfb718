-- One row a district and a week, by its Monday, with a detection that is dated to its week or better.
SELECT adm2, date_trunc('week', date_start)::DATE AS week, count(*) AS n
FROM selected
WHERE adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
GROUP BY 1, 2
ORDER BY adm2, week
