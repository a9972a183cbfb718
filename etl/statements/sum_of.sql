-- How many rows a table has, and the sum of their hashes, whatever their order.
SELECT count(*), coalesce(sum({row}), 0)::HUGEINT FROM {rows}
