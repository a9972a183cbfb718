-- All rows of a table of an attached version.
INSERT INTO main.{table} BY NAME FROM {database}.{table}
