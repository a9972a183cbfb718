-- One row a quarter of a year and month; the month is null where the date is known no better than its quarter.
SELECT
    date_trunc('quarter', date_start)::DATE AS quarter,
    CASE WHEN date_precision IN ('day', 'week', 'month') THEN date_trunc('month', date_start)::DATE END AS month,
    count(*) AS n
FROM selected
GROUP BY quarter, month
ORDER BY quarter, month
