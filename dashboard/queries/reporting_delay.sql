-- One row: within how many days 95 % of the records were reported, among those that happened half a year before the
-- last one or earlier; null where none of them tells its day of report.
WITH last AS (
    SELECT max(date_start) AS last_day FROM selected
)
SELECT quantile_disc(report_date - date_start, 0.95) AS days
FROM selected, last
WHERE report_date >= date_start AND date_start <= last_day - 182
