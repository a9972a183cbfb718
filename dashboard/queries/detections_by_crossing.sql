-- One row a crossing that a selected record names.
WITH told AS (
    SELECT crossing, count(*) AS n
    FROM selected
    WHERE crossing IS NOT NULL
    GROUP BY crossing
)
SELECT told.crossing AS crossing, lon, lat, adm2, n
FROM told
JOIN published.crossing AS place ON place.crossing = told.crossing
ORDER BY n DESC, crossing
