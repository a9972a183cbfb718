-- One row a district: detections of which it is known and not the place in it, of those that were told by $known_by.
SELECT adm2, count(*) AS n
FROM selected
WHERE precision_code = 5 AND adm2 IS NOT NULL AND date_precision <= 'week'::date_precision
    AND greatest(coalesce(report_date, date_end), date_start) <= $known_by::DATE
GROUP BY adm2
ORDER BY adm2
