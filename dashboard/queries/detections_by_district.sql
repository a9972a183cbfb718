-- One row a district with a detection; district-only: known no better than its district.
WITH told AS (
    SELECT adm2, count(*) AS n, count(*) FILTER (WHERE precision_code = 5) AS n_district_only
    FROM selected
    GROUP BY adm2
)
SELECT told.adm2 AS adm2, label_lon AS lon, label_lat AS lat, n, n_district_only
FROM told
JOIN published.district ON district.adm2 = told.adm2
ORDER BY n DESC, adm2
