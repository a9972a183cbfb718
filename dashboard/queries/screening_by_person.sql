-- One row a sex, child, adult or unknown, and state of screening: persons of selected records but for those suspected or
-- accused, as the sheet of persons tells them, or the record itself. Of records the persons are added up first: apart by
-- whether they tell children, since those of the two sexes are of all ages where they do not. All are added up, less those
-- that the sheet tells of: without it no identifier is read.
WITH told AS (
    SELECT incident_id, sex, age_band, screening_status, n
    FROM selected_person_told
    WHERE role NOT IN ('suspect', 'accused')
),
signed AS (
    SELECT 1 AS sign, persons, female, male, children FROM selected
    UNION ALL
    SELECT -1, persons, female, male, children FROM selected WHERE incident_id IN (SELECT incident_id FROM told)
),
flat AS (
    SELECT
        if(children IS NULL, 'Unknown', 'adult') AS ages,
        sum(sign * female) AS female,
        sum(sign * male) AS male,
        sum(sign * children) AS children,
        sum(sign * (persons - coalesce(female, 0) - coalesce(male, 0) - coalesce(children, 0))) AS others
    FROM signed
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
