-- One row a step of protection, crossing, agency, and days from the event until it was done: selected records in which it
-- was done, with the persons told of. A step that several agencies tell is one, of the most persons that one of them tells.
WITH reached AS (
    SELECT incident_id, step, max(n_persons) AS persons, min(done_on) AS done_on
    FROM selected_outcome
    WHERE pillar = 'Protection' AND status = 'done'
    GROUP BY incident_id, step
),
timed AS (
    SELECT
        step, crossing, detecting_agency, reached.persons AS persons, done_on - date_start AS days,
        CASE
            WHEN done_on IS NULL THEN 'undated'
            WHEN date_precision <> 'day' THEN 'not_to_the_day'
            WHEN done_on < date_start THEN 'before_event'
            ELSE 'timed'
        END AS timing
    FROM reached
    JOIN selected USING (incident_id)
)
SELECT
    step, crossing, detecting_agency, timing,
    CASE WHEN timing = 'timed' THEN days END AS days,
    count(*) AS n,
    coalesce(sum(persons), 0)::BIGINT AS n_persons,
    count(*) FILTER (WHERE persons IS NULL) AS n_untold
FROM timed
GROUP BY ALL
