-- One row a day, label and date precision with a detection.
SELECT date_start AS day, crime_label, date_precision, count(*) AS n
FROM selected
GROUP BY date_start, crime_label, date_precision
ORDER BY day, crime_label, date_precision
