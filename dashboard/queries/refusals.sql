-- One row a rule and the field that broke it: how many rows it refused, how many of them still wait, and in which load last.
SELECT rule, field, count(*) AS refused_rows, count(*) FILTER (WHERE is_open) AS open_rows, max(load_id) AS last_load_id
FROM whole_refused
GROUP BY rule, field
ORDER BY open_rows DESC, refused_rows DESC, rule, field
