-- One row a sex, child, adult or unknown, and state of screening: persons of selected records but for those suspected or
-- accused, as the sheet of persons tells them, or the record itself.
SELECT
    sex,
    CASE
        WHEN age_band IN ('child', '0-8', '9-17') THEN 'child'
        WHEN age_band = 'Unknown' THEN 'unknown'
        ELSE 'adult'
    END AS age,
    coalesce(screening_status, 'not_told') AS screening_status,
    sum(n)::BIGINT AS n
FROM selected_person
WHERE role NOT IN ('suspect', 'accused')
GROUP BY ALL
