-- One row: n selected records, and of these n_part that came as a report to a hotline.
SELECT count(*) AS n, count(*) FILTER (WHERE event_type = 'hotline_report') AS n_part
FROM selected
