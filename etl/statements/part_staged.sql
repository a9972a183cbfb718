-- How many rows of further sheets were staged.
SELECT count(*) FROM part_verdict
