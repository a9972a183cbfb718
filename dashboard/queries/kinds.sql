-- One row an event type, crime label, precision code and resolution of cells that selected records share: what totals,
-- precision and resolution of a page are added up from. The few combinations of codes are counted in an array.
SELECT
    event_type,
    crime_label,
    precision_code,
    resolution,
    count(*) AS n,
    count(adm2) AS n_inside,
    count(crossing) AS n_with_crossing,
    count(origin_adm2) AS n_with_origin,
    count(*) FILTER (WHERE is_invented) AS n_invented
FROM selected
GROUP BY event_type, crime_label, precision_code, resolution
ORDER BY event_type, crime_label, precision_code, resolution
