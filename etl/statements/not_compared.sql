-- How many new incidents fall on days too full for possible double counts to be sought.
SELECT coalesce(sum(n_new), 0)
FROM (
    SELECT count(*) FILTER (load_id = $load_id) AS n_new
    FROM incident
    WHERE date_precision = 'day'
    GROUP BY coalesce(country, ''), date_start
    HAVING count(*) > $most_a_day
)
