-- One row a code of $list (adm2, crossing, crime_label, detecting_agency, or total) and week counted back from $last,
-- ago = 0 the newest. Only detections whose day or week is known.
SELECT code, ago, count(*) AS n
FROM (
    SELECT
        CASE $list
            WHEN 'adm2' THEN adm2::VARCHAR
            WHEN 'crossing' THEN crossing::VARCHAR
            WHEN 'crime_label' THEN crime_label::VARCHAR
            WHEN 'detecting_agency' THEN detecting_agency::VARCHAR
            ELSE 'total'
        END AS code,
        date_diff('day', date_start, $last) // 7 AS ago
    FROM selected
    WHERE date_precision <= 'week'::date_precision AND date_start <= $last
)
WHERE code IS NOT NULL
GROUP BY code, ago
ORDER BY code, ago
