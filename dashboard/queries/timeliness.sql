-- One row an agency: days from a detection dated to the day until its report; tenths need ten, and n_undated have no days.
SELECT
    detecting_agency,
    count(*) FILTER (WHERE is_timed) AS n,
    count(*) FILTER (WHERE NOT is_timed) AS n_undated,
    quantile_cont(late_d, 0.5) FILTER (WHERE is_timed) AS median_d,
    CASE WHEN count(*) FILTER (WHERE is_timed) >= 10 THEN quantile_cont(late_d, 0.9) FILTER (WHERE is_timed) END AS p90_d
FROM (
    SELECT
        detecting_agency,
        report_date - date_start AS late_d,
        report_date IS NOT NULL AND date_precision = 'day' AS is_timed
    FROM selected
)
GROUP BY detecting_agency
ORDER BY n DESC, detecting_agency
