-- One row an agency that made a selected detection; null where the record names none.
SELECT detecting_agency, count(*) AS n
FROM selected
GROUP BY detecting_agency
ORDER BY n DESC, detecting_agency
