-- One row a sex, child, adult or unknown, and state of screening: persons of selected records but for those suspected or
-- accused, as the sheet of persons tells them, or the record itself. Of records the persons are added up first: apart by
-- whether they tell children, since those of the two sexes are of all ages where they do not.
WITH told AS (
    SELECT incident_id, sex, age_band, screening_status, n
    FROM selected_person_told
    WHERE role NOT IN ('suspect', 'accused')
),
flat AS (
    SELECT
        if(children IS NULL, 'Unknown', 'adult') AS ages,
        sum(female) AS female,
        sum(male) AS male,
        sum(children) AS children,
        sum(persons - coalesce(female, 0) - coalesce(male, 0) - coalesce(children, 0)) AS others
    FROM selected
    WHERE incident_id NOT IN (SELECT incident_id FROM told)
    GROUP BY children IS NULL
),
each AS (
    SELECT sex, age_band, screening_status, n FROM told
    UNION ALL
    SELECT 'Feminine', ages, NULL, female FROM flat
    UNION ALL
    SELECT 'Masculine', ages, NULL, male FROM flat
    UNION ALL
    SELECT 'NonSpecifiedUnknown', 'child', NULL, children FROM flat
    UNION ALL
    SELECT 'NonSpecifiedUnknown', 'Unknown', NULL, others FROM flat
)
SELECT
    sex,
    CASE
        WHEN age_band IN ('child', '0-8', '9-17') THEN 'child'
        WHEN age_band = 'Unknown' THEN 'unknown'
        ELSE 'adult'
    END AS age,
    coalesce(screening_status, 'not_told') AS screening_status,
    sum(n)::BIGINT AS n
FROM each
WHERE n > 0
GROUP BY ALL
