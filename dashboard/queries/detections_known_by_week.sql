-- One row a district, week of the event and week in which it became known, both counted back from the one that ends
-- with $last_day (0), for what was known by then. Without a report date an event counts as known when it ended.
WITH dated AS (
    SELECT
        adm2,
        date_start,
        greatest(coalesce(report_date, date_end), date_start) AS known_on,
        report_date IS NOT NULL AS is_reported,
        precision_code = 5 AS is_district_only
    FROM selected
    WHERE adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
)
SELECT
    adm2,
    (date_diff('day', date_start, $last_day::DATE) // 7)::BIGINT AS weeks_ago,
    (date_diff('day', known_on, $last_day::DATE) // 7)::BIGINT AS known_weeks_ago,
    is_reported,
    count(*) AS n,
    count(*) FILTER (WHERE is_district_only) AS n_district_only
FROM dated
WHERE known_on <= $last_day::DATE
GROUP BY adm2, weeks_ago, known_weeks_ago, is_reported
ORDER BY adm2, weeks_ago, known_weeks_ago, is_reported
