-- One row a district of a list, also one without a detection.
SELECT district.adm2 AS adm2, count(selected.adm2) AS n
FROM published.district AS district
LEFT JOIN selected ON selected.adm2 = district.adm2
WHERE list_contains($neighbours, district.adm2)
GROUP BY district.adm2
ORDER BY n DESC, adm2
