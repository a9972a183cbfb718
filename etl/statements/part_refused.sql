-- How many of them cannot be stored.
SELECT count(*) FROM part_verdict WHERE rule IS NOT NULL
