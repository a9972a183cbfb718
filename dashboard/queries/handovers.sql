-- One row a pair of agencies and the moments of their hand-overs in Bangladesh time, with whether each hour is known:
-- hand-overs of selected records.
SELECT
    from_agency, to_agency,
    coalesce(requested_at + INTERVAL 6 HOUR, requested_on::TIMESTAMP) AS requested, requested_at IS NOT NULL AS has_hour,
    coalesce(accepted_at + INTERVAL 6 HOUR, accepted_on::TIMESTAMP) AS accepted,
    coalesce(completed_at + INTERVAL 6 HOUR, completed_on::TIMESTAMP) AS completed,
    refusal_reason IS NOT NULL AS is_refused,
    count(*) AS n
FROM selected_handover
GROUP BY ALL
