-- One row: n selected records of which the day and the day of the report are known, and of these n_part reported more
-- than a week after.
SELECT count(*) AS n, count(*) FILTER (WHERE report_date - date_start > 7) AS n_part
FROM selected
WHERE report_date IS NOT NULL AND date_precision = 'day'
