-- One row a cell of the study area, empty ones too, and one a cell outside it that holds a record of the country: which
-- they are, as `detections_by_cell` tells them, and not how many records lie on them.
WITH home AS (
    SELECT
        (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
            | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
            AS cell,
        min(adm2) AS adm2
    FROM selected
    WHERE resolution >= $resolution AND adm2 IS NOT NULL
    GROUP BY 1
),
area AS (
    SELECT cell, adm2
    FROM published.study_cell
    WHERE
        resolution = $resolution
        AND (len($districts) = 0 OR list_contains($districts, adm2))
        AND ($sees_all OR list_contains($scope, adm2))
)
SELECT coalesce(area.cell, home.cell) AS cell, coalesce(area.adm2, home.adm2) AS adm2
FROM area
FULL JOIN home ON area.cell = home.cell
ORDER BY cell, adm2
