-- One row an origin district, crossing and destination country that selected records share; null where not recorded.
-- Where no crossing is named, the 5 km of the border stand for it, if the place is known so well.
WITH counted AS (
    SELECT origin_adm2, crossing, border_segment, destination_country, crime_label, count(*) AS n
    FROM selected
    GROUP BY ALL
),
told AS (
    SELECT
        origin_adm2,
        crossing,
        CASE WHEN crossing IS NULL THEN border_segment END AS border_segment,
        destination_country,
        sum(n)::BIGINT AS n,
        coalesce(sum(n) FILTER (WHERE crime_label = 'TIP'), 0)::BIGINT AS n_tip,
        coalesce(sum(n) FILTER (WHERE crime_label = 'SOM'), 0)::BIGINT AS n_som,
        coalesce(sum(n) FILTER (WHERE crime_label = 'UNDETERMINED'), 0)::BIGINT AS n_undetermined
    FROM counted
    GROUP BY 1, 2, 3, 4
)
SELECT
    told.origin_adm2 AS origin_adm2,
    told.crossing AS crossing,
    told.border_segment AS border_segment,
    destination_country,
    place.adm2 AS adm2,
    origin.label_lon AS origin_lon,
    origin.label_lat AS origin_lat,
    place.lon AS lon,
    place.lat AS lat,
    n,
    n_tip,
    n_som,
    n_undetermined
FROM told
LEFT JOIN published.crossing AS place ON place.crossing = told.crossing
LEFT JOIN published.district AS origin ON origin.adm2 = told.origin_adm2
ORDER BY n DESC, crossing, border_segment, origin_adm2, destination_country
