-- One row a label that this load replaces by another: of a stored record, or of an earlier record of the same load.
-- A chain is what was told of one incident in its order: the stored record, those of this load, the one to store.
INSERT INTO incident_label BY NAME
WITH winner AS (
    SELECT incident_id, crime_label, label_status
    FROM retold
    WHERE is_stored
),
told AS (
    SELECT
        replaced.incident_id, replaced.crime_label, replaced.label_status, label_decider, label_date, report_date,
        load_id, 0 AS position, 0 AS seq
    FROM replaced
    UNION ALL
    SELECT
        incident_id, crime_label, label_status, label_decider, label_date, report_date,
        $load_id, 1, seq
    FROM retold
    WHERE NOT is_stored
),
chain AS (
    SELECT
        told.*,
        lead(row(told.crime_label, told.label_status), 1, row(winner.crime_label, winner.label_status)) OVER (
            PARTITION BY incident_id ORDER BY position, told.report_date, told.seq
        ) AS next
    FROM told
    JOIN winner USING (incident_id)
),
before AS (
    SELECT incident_id, max(seq) AS n FROM incident_label GROUP BY incident_id
)
SELECT
    incident_id,
    coalesce(before.n, 0)
        + row_number() OVER (PARTITION BY incident_id ORDER BY position, report_date, chain.seq) AS seq,
    crime_label, label_status, label_decider AS decider_org, label_date AS decided_on, report_date AS reported_on,
    NULL AS reason_code, load_id
FROM chain
LEFT JOIN before USING (incident_id)
WHERE next IS DISTINCT FROM row(crime_label, label_status)
