-- One row who tells of detections (source, agency, practice or not): the first day told, and how many in the 52 weeks
-- up to $last_day.
SELECT
    source,
    detecting_agency,
    is_invented,
    min(date_start) AS first_day,
    count(*) FILTER (WHERE date_start > $last_day::DATE - 364) AS n
FROM selected
WHERE greatest(coalesce(report_date, date_end), date_start) <= $last_day::DATE
GROUP BY source, detecting_agency, is_invented
ORDER BY first_day, source, detecting_agency, is_invented
