-- One row a crime label that a selected record has.
SELECT crime_label, count(*) AS n
FROM selected
GROUP BY crime_label
ORDER BY n DESC, crime_label
