-- One row an origin district, crossing and destination country that selected records share; null where not recorded.
-- Where no crossing is named, the 5 km of the border stand for it, if the place is known so well.
SELECT
    origin_adm2,
    selected.crossing AS crossing,
    CASE WHEN selected.crossing IS NULL THEN selected.border_segment END AS border_segment,
    destination_country,
    any_value(place.adm2) AS adm2,
    any_value(origin.label_lon) AS origin_lon,
    any_value(origin.label_lat) AS origin_lat,
    any_value(place.lon) AS lon,
    any_value(place.lat) AS lat,
    count(*) AS n,
    count(*) FILTER (WHERE crime_label = 'TIP') AS n_tip,
    count(*) FILTER (WHERE crime_label = 'SOM') AS n_som,
    count(*) FILTER (WHERE crime_label = 'UNDETERMINED') AS n_undetermined
FROM selected
LEFT JOIN published.crossing AS place ON place.crossing = selected.crossing
LEFT JOIN published.district AS origin ON origin.adm2 = selected.origin_adm2
GROUP BY ALL
ORDER BY n DESC, crossing, border_segment, origin_adm2, destination_country
