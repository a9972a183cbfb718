-- One row a cell of the study area, empty ones too, and one a cell outside it that holds a record of the country;
-- then one a cell that holds records abroad or at sea: adm2 is null there, and no test looks at it.
WITH held AS (
    SELECT
        (((cell & ~(15::UBIGINT << 52)) | ($resolution::UBIGINT << 52))
            | ((1::UBIGINT << (3 * (15 - $resolution))) - 1::UBIGINT))::UBIGINT
            AS cell,
        min(adm2) AS adm2,
        min(country) AS country,
        count(*) AS n,
        count(*) FILTER (WHERE precision_code <= 2) AS n_exact,
        count(*) FILTER (WHERE precision_code IN (3, 4)) AS n_upazila
    FROM selected
    WHERE resolution >= $resolution
    GROUP BY 1, adm2 IS NULL
),
home AS (
    SELECT cell, adm2, country, n, n_exact, n_upazila FROM held WHERE adm2 IS NOT NULL
),
area AS (
    SELECT cell, adm2
    FROM published.study_cell
    WHERE
        resolution = $resolution
        AND (len($districts) = 0 OR list_contains($districts, adm2))
        AND ($sees_all OR list_contains($scope, adm2))
)
SELECT
    coalesce(area.cell, home.cell) AS cell,
    coalesce(area.adm2, home.adm2) AS adm2,
    home.country AS country,
    coalesce(home.n, 0) AS n,
    coalesce(home.n_exact, 0) AS n_exact,
    coalesce(home.n_upazila, 0) AS n_upazila
FROM area
FULL JOIN home ON area.cell = home.cell
UNION ALL
SELECT cell, adm2, country, n, n_exact, n_upazila FROM held WHERE adm2 IS NULL
ORDER BY cell, adm2
