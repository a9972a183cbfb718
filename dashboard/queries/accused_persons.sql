-- One row a state of screening: persons told as accused in selected records under a law on passports, foreigners or entry.
SELECT coalesce(screening_status, 'not_told') AS screening_status, sum(n)::BIGINT AS n
FROM selected_person_told
WHERE role = 'accused' AND incident_id IN (
    SELECT incident_id FROM selected WHERE legal_basis IN ('passport_act', 'foreigners_act', 'control_of_entry_act')
)
GROUP BY ALL
