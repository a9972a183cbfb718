-- One row a cell of the country and a week or month ($slice) with a detection that is dated at least as exactly.
SELECT
    (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
        | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        AS cell,
    date_trunc($slice, date_start)::DATE AS first_day,
    min(adm2) AS adm2,
    count(*) AS n
FROM selected
WHERE resolution >= $resolution AND adm2 IS NOT NULL
    AND (date_precision <= 'week'::date_precision OR ($slice = 'month' AND date_precision = 'month'))
GROUP BY 1, 2
ORDER BY 1, 2
