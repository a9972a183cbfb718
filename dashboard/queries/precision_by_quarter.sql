-- One row a quarter of a year with a detection, by its first day: how exactly its detections are placed.
SELECT
    date_trunc('quarter', date_start)::DATE AS quarter,
    count(*) FILTER (WHERE precision_code <= 2) AS n_exact,
    count(*) FILTER (WHERE precision_code IN (3, 4)) AS n_upazila,
    count(*) FILTER (WHERE precision_code = 5) AS n_district_only,
    count(*) FILTER (WHERE precision_code IN (6, 7)) AS n_coarse
FROM selected
GROUP BY quarter
ORDER BY quarter
