-- One row a step at which the way from rescue to return has come to stand, null where none was done: selected records,
-- their persons, and of how many an earlier step of identified, screened, referred, sheltered is not on record.
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
)
SELECT
    step,
    count(*) AS n,
    coalesce(sum(persons), 0)::BIGINT AS n_persons,
    count(*) FILTER (WHERE n_care < least(furthest, 4)) AS n_skipped
FROM selected
LEFT JOIN reached USING (incident_id)
GROUP BY step
