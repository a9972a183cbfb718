-- One row: how far the selected records and their reports reach in time.
SELECT min(date_start) AS first_day, max(date_start) AS last_day, max(report_date) AS last_report
FROM selected
