-- How names of places were read in each file of a load; of an erased record nothing is told again.
INSERT INTO place_log BY NAME
WITH named AS (
    SELECT
        file, level, typed, code, method, similarity, sum(n)::BIGINT AS n,
        CASE WHEN bool_and(incident_ids IS NOT NULL) AND sum(n) <= $known_by THEN flatten(list(incident_ids)) END
            AS whose
    FROM read_as
    JOIN told USING (table_no)
    GROUP BY file, level, typed, code, method, similarity
),
barred AS (
    SELECT coalesce(list(incident_id), []) AS ids FROM erased
),
allowed AS (
    SELECT named.*, list_filter(whose, lambda each: NOT list_contains(barred.ids, each)) AS incident_ids
    FROM named, barred
)
SELECT
    $load_id AS load_id, * EXCLUDE (whose) REPLACE (n - coalesce(len(whose) - len(incident_ids), 0) AS n)
FROM allowed
WHERE n > coalesce(len(whose) - len(incident_ids), 0)
ORDER BY file, level, typed, code, method, similarity
