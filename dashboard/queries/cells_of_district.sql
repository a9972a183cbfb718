-- One row a cell of a resolution that holds selected records of the country.
SELECT
    (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
        | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        AS cell,
    count(*) AS n
FROM selected
WHERE resolution >= $resolution AND adm2 IS NOT NULL
GROUP BY 1
ORDER BY n DESC, cell
