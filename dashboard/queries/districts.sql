-- One row a district: where its label stands, and the old and local spellings of its name, for who looks for it.
SELECT
    district.adm2 AS adm2,
    any_value(label_lon) AS lon,
    any_value(label_lat) AS lat,
    coalesce(string_agg(alias, ', ' ORDER BY script DESC, alias), '') AS spellings
FROM published.district AS district
LEFT JOIN published.place_alias AS other
    ON other.code = district.adm2 AND other.level = 'adm2'
    AND spelling IN ('former official spelling', 'variant spelling', 'informal')
GROUP BY district.adm2
ORDER BY district.adm2
