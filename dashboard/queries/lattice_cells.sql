-- One row a quarter of a year, district, crossing and cell: of the records whose own place allows a cell so coarse.
SELECT
    date_trunc('quarter', date_start)::DATE AS quarter,
    adm2,
    crossing,
    (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
        | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
        AS cell,
    count(*) AS n
FROM selected
WHERE resolution >= $resolution
GROUP BY date_trunc('quarter', date_start), adm2, crossing, 4
ORDER BY quarter, adm2, crossing, cell
