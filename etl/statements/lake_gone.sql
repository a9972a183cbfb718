-- Of rows that changed, what the head of the lake has.
DELETE FROM lake.{table} WHERE {row} IN (SELECT said FROM changed)
