-- One row a district with a detection; district-only: known no better than its district.
WITH told AS (
    SELECT adm2, precision_code, count(*) AS n
    FROM selected
    GROUP BY adm2, precision_code
)
SELECT
    told.adm2 AS adm2,
    any_value(label_lon) AS lon,
    any_value(label_lat) AS lat,
    sum(n)::BIGINT AS n,
    coalesce(sum(n) FILTER (WHERE precision_code = 5), 0)::BIGINT AS n_district_only
FROM told
JOIN published.district ON district.adm2 = told.adm2
GROUP BY told.adm2
ORDER BY n DESC, adm2
