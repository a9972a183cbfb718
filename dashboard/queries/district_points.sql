-- One row a district: the point at which the map writes its name.
SELECT adm2, label_lon AS lon, label_lat AS lat
FROM published.district
ORDER BY adm2
