-- One row: n selected records with a district and a day or week, and of these n_part in a district and week of which some
-- effort is on record.
WITH worked AS (
    SELECT DISTINCT adm2, week FROM selected_effort
    WHERE patrol_hours > 0 OR checkpost_days > 0 OR raids > 0
)
SELECT count(*) AS n, count(worked.week) AS n_part
FROM selected
LEFT JOIN worked ON worked.adm2 = selected.adm2 AND worked.week = date_trunc('week', date_start)
WHERE selected.adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
