-- One row a step at which the way from rescue to return has come to stand, null where none was done: selected records,
-- their persons, and of how many an earlier step of identified, screened, referred, sheltered is not on record.
-- Where none was done all are counted, less those with a step: without steps no identifier is read.
WITH chain AS (
    SELECT step, place FROM (VALUES
        ('identified', 1), ('screened', 2), ('referred', 3), ('sheltered', 4), ('repatriated', 5), ('reunited', 6)
    ) AS listed (step, place)
),
reached AS (
    SELECT
        incident_id, max(place) AS furthest, arg_max(step, place) AS step,
        count(DISTINCT place) FILTER (WHERE place <= 4) AS n_care
    FROM selected_outcome
    JOIN chain USING (step)
    WHERE status = 'done'
    GROUP BY incident_id
),
stopped AS (
    SELECT
        step,
        count(*) AS n,
        coalesce(sum(persons), 0) AS n_persons,
        count(*) FILTER (WHERE n_care < least(furthest, 4)) AS n_skipped
    FROM selected
    JOIN reached USING (incident_id)
    GROUP BY step
    UNION ALL
    SELECT NULL, count(*), coalesce(sum(persons), 0), 0 FROM selected
    UNION ALL
    SELECT NULL, -count(*), -coalesce(sum(persons), 0), 0 FROM selected JOIN reached USING (incident_id)
)
SELECT step, sum(n)::BIGINT AS n, sum(n_persons)::BIGINT AS n_persons, sum(n_skipped)::BIGINT AS n_skipped
FROM stopped
GROUP BY step
HAVING sum(n) > 0
