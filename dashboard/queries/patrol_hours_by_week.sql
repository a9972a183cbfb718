-- One row a place and ISO week for which patrol hours were recorded.
SELECT crossing, adm2, week, sum(patrol_hours)::DOUBLE AS patrol_hours
FROM selected_effort
WHERE patrol_hours IS NOT NULL
GROUP BY ALL
ORDER BY ALL
