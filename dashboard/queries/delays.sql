-- One row a week of events, a week of reports (null: no report date) and an agency: the delay triangle.
SELECT
    date_diff('day', DATE '1970-01-05', date_start) // 7 AS event_week,
    date_diff('day', DATE '1970-01-05', report_date) // 7 AS report_week,
    detecting_agency,
    count(*) AS n
FROM selected
WHERE date_precision <= 'week'::date_precision
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
