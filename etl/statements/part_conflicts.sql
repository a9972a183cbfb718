-- One row a staged row of a kind that the store cannot take, with the rule that it broke.
SELECT rule, part.*
FROM part_verdict
JOIN {stage} AS part USING (table_no, row_no)
WHERE rule IS NOT NULL AND part_verdict.part = '{table}'
ORDER BY table_no, row_no
