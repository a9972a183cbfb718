-- One row a kind of event: its records at most, those of them that may repeat another agency's, and at least.
WITH repeats AS (
    SELECT DISTINCT incident_id_b AS incident_id FROM selected_double_count
)
SELECT
    event_type,
    count(*) AS n_most,
    count(repeats.incident_id) AS n_repeats,
    count(*) - count(repeats.incident_id) AS least
FROM selected
LEFT JOIN repeats ON repeats.incident_id = selected.incident_id
GROUP BY event_type
ORDER BY n_most DESC, event_type
