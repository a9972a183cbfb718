-- One row a cell, district, month of the event and month in which it became known, both counted back from the one that
-- ends with $last_day (0); of the last 36 months.
-- Known later: below 1. The cell is null where the place is known no better than a larger one.
WITH dated AS (
    SELECT
        CASE WHEN resolution >= $resolution THEN
            (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
                | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        END AS cell_at,
        adm2,
        datesub('month', date_start, $last_day::DATE) AS months_ago,
        datesub('month', greatest(coalesce(report_date, date_end), date_start), $last_day::DATE) AS known_months_ago
    FROM selected
    WHERE adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
        AND date_start <= $last_day::DATE AND date_start > $last_day::DATE - INTERVAL 36 MONTH
        AND greatest(coalesce(report_date, date_end), date_start) <= $known_by::DATE
)
SELECT cell_at, adm2, months_ago, known_months_ago, count(*) AS n
FROM dated
GROUP BY cell_at, adm2, months_ago, known_months_ago
ORDER BY cell_at, adm2, months_ago, known_months_ago
