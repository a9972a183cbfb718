-- One row a precision code and resolution of the cells that selected records justify, and whether they were at sea:
-- there cells are coarse for safety, which says nothing of how exactly the others are known.
WITH told AS (
    SELECT precision_code, resolution, event_type, count(*) AS n
    FROM selected
    GROUP BY precision_code, resolution, event_type
)
SELECT precision_code, resolution, event_type = 'interception_at_sea' AS is_at_sea, sum(n)::BIGINT AS n
FROM told
GROUP BY ALL
ORDER BY ALL
