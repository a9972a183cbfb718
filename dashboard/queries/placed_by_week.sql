-- One row a cell and week with a placed detection, counted back from the seven days that end with $last_day (0).
SELECT
    (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
        | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        AS cell_at,
    min(adm2) AS adm2,
    (date_diff('day', date_start, $last_day::DATE) // 7)::BIGINT AS weeks_ago,
    count(*) AS n
FROM selected
WHERE resolution >= $resolution AND adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
    AND date_start <= $last_day::DATE
    AND greatest(coalesce(report_date, date_end), date_start) <= $known_by::DATE
GROUP BY cell_at, weeks_ago
ORDER BY cell_at, weeks_ago
