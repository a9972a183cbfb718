-- One row a named crossing of the country.
SELECT crossing, lon, lat, adm2
FROM published.crossing
WHERE adm2 IS NOT NULL
ORDER BY crossing
