-- One row: how far the selected records reach in time, and how exactly most of the placed ones are known.
SELECT
    min(date_start) AS first_day,
    max(date_start) AS last_day,
    quantile_disc(uncertainty_m, 0.8) FILTER (WHERE cell IS NOT NULL) AS uncertainty_p80_m
FROM selected
