-- One row an origin district, crossing and destination country that selected records share; null where not recorded.
SELECT
    origin_adm2,
    selected.crossing AS crossing,
    destination_country,
    any_value(origin.label_lon) AS origin_lon,
    any_value(origin.label_lat) AS origin_lat,
    any_value(place.lon) AS lon,
    any_value(place.lat) AS lat,
    CASE
        WHEN 2 * count(*) FILTER (WHERE crime_label = 'TIP') > count(*) THEN 'TIP'
        WHEN 2 * count(*) FILTER (WHERE crime_label = 'SOM') > count(*) THEN 'SOM'
        WHEN 2 * count(*) FILTER (WHERE crime_label = 'UNDETERMINED') > count(*) THEN 'UNDETERMINED'
        ELSE 'mixed'
    END AS label,
    count(*) AS n,
    count(*) FILTER (WHERE crime_label = 'TIP') AS n_tip,
    count(*) FILTER (WHERE crime_label = 'SOM') AS n_som
FROM selected
JOIN published.crossing AS place ON place.crossing = selected.crossing
LEFT JOIN published.district AS origin ON origin.adm2 = selected.origin_adm2
GROUP BY origin_adm2, selected.crossing, destination_country
ORDER BY n DESC, crossing, origin_adm2, destination_country
