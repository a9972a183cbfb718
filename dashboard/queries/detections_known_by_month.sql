-- One row a cell, district, month of the event and month in which it became known, both counted back from the one that
-- ends with $last_day (0); of the last 36 months. Whole months as `datesub` tells them, from the parts of a date: that
-- function itself takes a third of the time of all the rest, and is asked only of what became known later (below 1).
-- The cell is null where the place is known no better than a larger one.
WITH dated AS (
    SELECT
        CASE WHEN resolution >= $resolution THEN
            (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
                | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        END AS cell_at,
        adm2,
        date_start AS began_on,
        greatest(coalesce(report_date, date_end), date_start) AS known_on,
        12 * year($last_day::DATE) + month($last_day::DATE) AS newest,
        -- The last day of a month ends every month that began on a later day of one.
        CASE WHEN last_day($last_day::DATE) = $last_day::DATE THEN 31 ELSE day($last_day::DATE) END AS ends_on
    FROM selected
    WHERE adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
        AND date_start <= $last_day::DATE AND date_start > ($last_day::DATE - INTERVAL 36 MONTH)::DATE
        AND greatest(coalesce(report_date, date_end), date_start) <= $known_by::DATE
)
SELECT
    cell_at,
    adm2,
    newest - 12 * year(began_on) - month(began_on) - (day(began_on) > ends_on)::BIGINT AS months_ago,
    CASE
        WHEN known_on <= $last_day::DATE
        THEN newest - 12 * year(known_on) - month(known_on) - (day(known_on) > ends_on)::BIGINT
        ELSE datesub('month', known_on, $last_day::DATE)
    END AS known_months_ago,
    count(*) AS n
FROM dated
GROUP BY cell_at, adm2, months_ago, known_months_ago
ORDER BY cell_at, adm2, months_ago, known_months_ago
