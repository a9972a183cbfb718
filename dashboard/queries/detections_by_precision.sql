-- One row a precision code that a selected record has.
SELECT precision_code, count(*) AS n
FROM selected
GROUP BY precision_code
ORDER BY precision_code
