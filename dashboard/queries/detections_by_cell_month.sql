-- One row a cell of the country and a month with a detection that is dated to its month or better.
SELECT
    (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
        | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        AS cell,
    date_trunc('month', date_start)::DATE AS month,
    min(adm2) AS adm2,
    count(*) AS n
FROM selected
WHERE resolution >= $resolution AND adm2 IS NOT NULL AND date_precision IN ('day', 'week', 'month')
GROUP BY 1, 2
ORDER BY cell, month
