-- One row: what the selected records add up to. Placed means: on a cell of the resolution that was asked for.
-- The few combinations of codes are counted first, which DuckDB does in an array; a flag among them would need a hash.
WITH told AS (
    SELECT
        event_type, crime_label, precision_code, resolution,
        count(*) AS n, count(adm2) AS n_inside, count(crossing) AS n_with_crossing,
        count(*) FILTER (WHERE is_invented) AS n_invented
    FROM selected
    GROUP BY event_type, crime_label, precision_code, resolution
)
SELECT
    coalesce(sum(n), 0)::BIGINT AS n,
    coalesce(sum(n_inside) FILTER (WHERE resolution >= $resolution), 0)::BIGINT AS n_placed,
    coalesce(sum(n) FILTER (WHERE precision_code = 5), 0)::BIGINT AS n_district_only,
    coalesce(sum(n) - sum(n_inside), 0)::BIGINT AS n_outside,
    coalesce(sum(n_invented), 0)::BIGINT AS n_invented,
    coalesce(sum(n) FILTER (WHERE starts_with(event_type, 'interception')), 0)::BIGINT AS n_interceptions,
    coalesce(sum(n) FILTER (WHERE crime_label IN ('TIP', 'TIP_AND_SOM')), 0)::BIGINT AS n_tip,
    coalesce(sum(n) FILTER (WHERE crime_label = 'UNDETERMINED'), 0)::BIGINT AS n_undetermined,
    coalesce(sum(n_with_crossing), 0)::BIGINT AS n_with_crossing,
    coalesce(sum(n) FILTER (WHERE precision_code <= 2), 0)::BIGINT AS n_exact,
    coalesce(sum(n) FILTER (WHERE precision_code IN (3, 4)), 0)::BIGINT AS n_upazila,
    coalesce(sum(n) FILTER (WHERE precision_code IN (6, 7)), 0)::BIGINT AS n_coarse
FROM told
