-- One row a record first taken up under a law on passports, foreigners or entry that still accuses a victim, or waits to
-- be screened: its pseudonym, the law, whose it is and which of the two. As `accused.sql` of the dashboard counts them.
WITH screened AS (
    SELECT
        incident_id, bool_or(screening_status = 'actual') AS is_actual,
        bool_or(screening_status IN ('actual', 'not_victim')) AS is_done
    FROM published.person_count
    WHERE role <> 'suspect'
    GROUP BY incident_id
),
closed AS (
    SELECT DISTINCT incident_id FROM published.outcome
    WHERE pillar = 'Prosecution' AND (status = 'dropped' OR (step = 'acquittal' AND status = 'done'))
),
judged AS (
    SELECT
        incident_id, legal_basis, detecting_agency, adm2,
        coalesce(is_actual, false)
            OR (crime_label IN ('TIP', 'TIP_AND_SOM') AND label_status IN ('screened', 'confirmed')) AS is_victim,
        coalesce(is_done, false)
            OR (crime_label <> 'UNDETERMINED' AND label_status IN ('screened', 'confirmed')) AS is_done
    FROM published.incident
    LEFT JOIN screened USING (incident_id)
    WHERE legal_basis IN ('passport_act', 'foreigners_act', 'control_of_entry_act')
)
SELECT
    lower(replace(incident_id::VARCHAR, '-', '')) AS case_hash, legal_basis, detecting_agency,
    CASE WHEN is_victim THEN 'victim_accused' ELSE 'not_screened' END AS waits_for
FROM judged
WHERE (is_victim AND incident_id NOT IN (SELECT incident_id FROM closed) OR NOT is_victim AND NOT is_done)
    AND ($districts IS NULL OR list_contains($districts, adm2))
ORDER BY waits_for DESC, detecting_agency, legal_basis, case_hash
