-- One row an ISO week, named by its Monday, with a detection whose day or week is known.
SELECT date_trunc('week', date_start)::DATE AS week, count(*) AS n
FROM selected
WHERE date_precision <= 'week'::date_precision
GROUP BY 1
ORDER BY week
