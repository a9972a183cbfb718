-- One row a crossing that a selected record names.
SELECT
    selected.crossing AS crossing,
    any_value(place.lon) AS lon,
    any_value(place.lat) AS lat,
    any_value(place.adm2) AS adm2,
    count(*) AS n
FROM selected
JOIN published.crossing AS place ON place.crossing = selected.crossing
GROUP BY selected.crossing
ORDER BY n DESC, crossing
