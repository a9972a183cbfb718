-- One row a crossing that lies in the district or that a selected record names, also one without a detection.
SELECT
    place.crossing AS crossing,
    any_value(place.lon) AS lon,
    any_value(place.lat) AS lat,
    count(selected.crossing) AS n
FROM published.crossing AS place
LEFT JOIN selected ON selected.crossing = place.crossing
GROUP BY place.crossing, place.adm2
HAVING place.adm2 = $district OR count(selected.crossing) > 0
ORDER BY n DESC, crossing
