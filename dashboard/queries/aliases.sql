-- One row an old or local spelling of a district or crossing that means one place alone.
SELECT CASE level WHEN 'adm2' THEN 'district' ELSE level END AS list, lower(alias) AS alias, any_value(code) AS code
FROM published.place_alias
WHERE level IN ('adm2', 'crossing')
GROUP BY level, lower(alias)
HAVING count(DISTINCT code) = 1
ORDER BY list, alias
