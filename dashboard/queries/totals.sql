-- One row: what the selected records add up to. Placed means: on a cell of the resolution that was asked for.
-- The few combinations are counted first: twelve counts over all records take twice the time.
WITH told AS (
    SELECT
        event_type, crime_label, precision_code, is_invented, adm2 IS NULL AS is_outside,
        resolution >= $resolution AS is_fine, crossing IS NOT NULL AS has_crossing, count(*) AS n
    FROM selected
    GROUP BY ALL
)
SELECT
    coalesce(sum(n), 0)::BIGINT AS n,
    coalesce(sum(n) FILTER (WHERE is_fine AND NOT is_outside), 0)::BIGINT AS n_placed,
    coalesce(sum(n) FILTER (WHERE precision_code = 5), 0)::BIGINT AS n_district_only,
    coalesce(sum(n) FILTER (WHERE is_outside), 0)::BIGINT AS n_outside,
    coalesce(sum(n) FILTER (WHERE is_invented), 0)::BIGINT AS n_invented,
    coalesce(sum(n) FILTER (WHERE starts_with(event_type, 'interception')), 0)::BIGINT AS n_interceptions,
    coalesce(sum(n) FILTER (WHERE crime_label IN ('TIP', 'TIP_AND_SOM')), 0)::BIGINT AS n_tip,
    coalesce(sum(n) FILTER (WHERE crime_label = 'UNDETERMINED'), 0)::BIGINT AS n_undetermined,
    coalesce(sum(n) FILTER (WHERE has_crossing), 0)::BIGINT AS n_with_crossing,
    coalesce(sum(n) FILTER (WHERE precision_code <= 2), 0)::BIGINT AS n_exact,
    coalesce(sum(n) FILTER (WHERE precision_code IN (3, 4)), 0)::BIGINT AS n_upazila,
    coalesce(sum(n) FILTER (WHERE precision_code IN (6, 7)), 0)::BIGINT AS n_coarse
FROM told
