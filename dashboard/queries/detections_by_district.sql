-- One row a district with a detection; district-only: known no better than its district.
SELECT
    adm2,
    any_value(label_lon) AS lon,
    any_value(label_lat) AS lat,
    count(*) AS n,
    count(*) FILTER (WHERE precision_code = 5) AS n_district_only
FROM selected
JOIN published.district USING (adm2)
GROUP BY adm2
ORDER BY n DESC, adm2
