-- One row a pillar, step, its state, and the days between which it was taken: rows of the response to selected
-- records; their persons are null where none of the rows tells any.
SELECT
    pillar, step, status, started_on, done_on,
    count(*) AS n,
    sum(n_persons)::BIGINT AS n_persons
FROM selected_outcome
GROUP BY ALL
