-- One row: what the selected records add up to. Placed means: on a cell of the resolution that was asked for.
SELECT
    count(*) AS n,
    count(*) FILTER (WHERE resolution >= $resolution AND adm2 IS NOT NULL) AS n_placed,
    count(*) FILTER (WHERE precision_code = 5) AS n_district_only,
    count(*) FILTER (WHERE adm2 IS NULL) AS n_outside,
    count(*) FILTER (WHERE is_invented) AS n_invented,
    count(*) FILTER (WHERE starts_with(event_type, 'interception')) AS n_interceptions,
    count(*) FILTER (WHERE crime_label IN ('TIP', 'TIP_AND_SOM')) AS n_tip,
    count(*) FILTER (WHERE crime_label = 'UNDETERMINED') AS n_undetermined,
    count(*) FILTER (WHERE crossing IS NOT NULL) AS n_with_crossing,
    count(*) FILTER (WHERE precision_code <= 2) AS n_exact,
    count(*) FILTER (WHERE precision_code IN (3, 4)) AS n_upazila,
    count(*) FILTER (WHERE precision_code IN (6, 7)) AS n_coarse
FROM selected
