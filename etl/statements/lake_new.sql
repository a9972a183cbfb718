-- Of rows that changed, what the finished version has.
INSERT INTO lake.{table} SELECT * FROM {rows} WHERE {row} IN (SELECT said FROM changed)
