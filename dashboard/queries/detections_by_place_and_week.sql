-- One row a place, origin and ISO week with a detection whose week is known. A place is a crossing, a district and
-- 5 km of border, each of which may be null; `place` numbers them from 0.
SELECT
    (dense_rank() OVER (ORDER BY crossing, adm2, border_segment) - 1)::BIGINT AS place,
    crossing, adm2, border_segment, origin_adm2, date_trunc('week', date_start)::DATE AS week, count(*) AS n
FROM selected
WHERE date_precision <= 'week'::date_precision
GROUP BY crossing, adm2, border_segment, origin_adm2, week
ORDER BY place, origin_adm2, week
