-- One row a district, week of the event and week in which it became known, both counted back from the one that ends
-- with $last_day (0), for what was known by then. Without a report date an event counts as known when it ended.
WITH dated AS (
    SELECT
        adm2,
        date_start,
        greatest(coalesce(report_date, date_end), date_start) AS known_on,
        report_date IS NOT NULL AS is_reported
    FROM selected
    WHERE adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
)
SELECT
    adm2,
    (($last_day::DATE - date_start) // 7)::BIGINT AS weeks_ago,
    (($last_day::DATE - known_on) // 7)::BIGINT AS known_weeks_ago,
    is_reported,
    count(*) AS n
FROM dated
WHERE known_on <= $last_day::DATE
GROUP BY adm2, weeks_ago, known_weeks_ago, is_reported
ORDER BY adm2, weeks_ago, known_weeks_ago, is_reported
