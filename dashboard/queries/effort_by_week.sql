-- One row a district and week with effort on record, counted back from the seven days that end with $last_day (0); a
-- week belongs to where its Thursday lies. Practice with practice: only of districts in which a selected record lies.
SELECT
    effort.adm2 AS adm2,
    (date_diff('day', week + 3, $last_day::DATE) // 7)::BIGINT AS weeks_ago,
    sum(patrol_hours)::DOUBLE AS patrol_hours,
    sum(checkpost_days)::DOUBLE AS checkpost_days,
    sum(raids)::DOUBLE AS raids
FROM selected_effort AS effort
SEMI JOIN selected ON selected.adm2 = effort.adm2 AND selected.is_invented = effort.is_invented
WHERE week + 3 <= $last_day::DATE
GROUP BY effort.adm2, weeks_ago
ORDER BY adm2, weeks_ago
