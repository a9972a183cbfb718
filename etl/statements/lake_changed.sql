-- The hashes of rows that the head of the lake has more or less often than the finished version.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT said
FROM (SELECT {row} AS said, count(*) AS n FROM lake.{table} GROUP BY said) AS there
FULL JOIN (SELECT {row} AS said, count(*) AS n FROM {rows} GROUP BY said) AS here USING (said)
WHERE there.n IS DISTINCT FROM here.n
