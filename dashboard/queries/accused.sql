-- One row a law on passports, foreigners or entry under which selected records were first taken up: how many of these are
-- now victims, are not, or wait to be screened; and of victims, how many have no acquittal and no dropped case on record.
WITH screened AS (
    SELECT
        incident_id, bool_or(screening_status = 'actual') AS is_actual,
        bool_or(screening_status IN ('actual', 'not_victim')) AS is_done
    FROM selected_person_told
    WHERE role <> 'suspect'
    GROUP BY incident_id
),
closed AS (
    SELECT DISTINCT incident_id FROM selected_outcome
    WHERE pillar = 'Prosecution' AND (status = 'dropped' OR (step = 'acquittal' AND status = 'done'))
),
judged AS (
    SELECT
        legal_basis,
        coalesce(is_actual, false)
            OR (crime_label IN ('TIP', 'TIP_AND_SOM') AND label_status IN ('screened', 'confirmed')) AS is_victim,
        coalesce(is_done, false)
            OR (crime_label <> 'UNDETERMINED' AND label_status IN ('screened', 'confirmed')) AS is_done,
        closed.incident_id IS NOT NULL AS is_closed
    FROM selected
    LEFT JOIN screened USING (incident_id)
    LEFT JOIN closed USING (incident_id)
    WHERE legal_basis IN ('passport_act', 'foreigners_act', 'control_of_entry_act')
)
SELECT
    legal_basis,
    count(*) AS n,
    count(*) FILTER (WHERE is_victim) AS n_victims,
    count(*) FILTER (WHERE is_done AND NOT is_victim) AS n_not_victims,
    count(*) FILTER (WHERE NOT is_done AND NOT is_victim) AS n_waiting,
    count(*) FILTER (WHERE is_victim AND NOT is_closed) AS n_open,
    count(*) FILTER (WHERE is_victim AND is_closed) AS n_closed
FROM judged
GROUP BY legal_basis
