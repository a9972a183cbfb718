-- One row a first label, label in force, its status and who decided it, and days from the event to that decision:
-- selected records. timing: timed, undated, not_to_the_day, before_event; days are null but for timed.
WITH told AS (
    SELECT
        incident_id, first(crime_label ORDER BY seq) AS first_label, last(crime_label ORDER BY seq) AS label_now,
        last(label_status ORDER BY seq) AS label_status, last(decider_org ORDER BY seq) AS decider_org,
        last(decided_on ORDER BY seq) AS decided_on
    FROM selected_label_step
    GROUP BY incident_id
),
labelled AS (
    SELECT
        first_label, label_now, told.label_status AS label_status, told.decider_org AS decider_org,
        told.decided_on AS decided_on, date_start, date_precision
    FROM told
    JOIN selected USING (incident_id)
    UNION ALL
    SELECT crime_label, crime_label, label_status, label_decider, label_date, date_start, date_precision
    FROM selected
    WHERE incident_id NOT IN (SELECT incident_id FROM told)
),
timed AS (
    SELECT
        first_label, label_now, label_status, decider_org, decided_on - date_start AS days,
        CASE
            WHEN decided_on IS NULL THEN 'undated'
            WHEN date_precision <> 'day'::date_precision THEN 'not_to_the_day'
            WHEN decided_on < date_start THEN 'before_event'
            ELSE 'timed'
        END AS timing
    FROM labelled
)
SELECT
    first_label, label_now, label_status, decider_org, timing,
    CASE WHEN timing = 'timed' THEN days END AS days,
    count(*) AS n
FROM timed
GROUP BY ALL
