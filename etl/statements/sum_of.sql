-- How many rows a table has, and the sum of their hashes, whatever their order.
SELECT '{table}' AS name, count(*) AS n, coalesce(sum({row}), 0)::HUGEINT AS total FROM {rows}
