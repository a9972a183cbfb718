-- How many rows of a kind are stored.
SELECT count(*) FROM {table}
