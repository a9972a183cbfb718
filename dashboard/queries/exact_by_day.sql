-- One row a small cell (resolution 8, an edge of some 500 m) and day with a detection known as exactly in both.
-- One that may repeat another agency's report is left out: with it, it would be a near repeat of itself.
SELECT
    (((cell & ~(15::UBIGINT << 52)) | (8::UBIGINT << 52)) | ((1::UBIGINT << 21) - 1::UBIGINT))::UBIGINT AS cell_at,
    date_start AS day,
    count(*) AS n
FROM selected
ANTI JOIN selected_double_count ON incident_id_b = incident_id
WHERE resolution >= 8 AND precision_code <= 2 AND adm2 IS NOT NULL AND date_precision = 'day'
    AND date_start <= $last_day::DATE
    AND greatest(coalesce(report_date, date_end), date_start) <= $known_by::DATE
GROUP BY cell_at, day
ORDER BY cell_at, day
