-- One row: n selected records, and of how many the origin district, the place on the border (a crossing, else 5 km of
-- it) and the destination country are known; a leg is known by both of its ends.
SELECT
    count(*) AS n,
    count(origin_adm2) AS n_origin,
    count(*) FILTER (WHERE crossing IS NOT NULL OR border_segment IS NOT NULL) AS n_border,
    count(destination_country) AS n_destination,
    count(*) FILTER (WHERE origin_adm2 IS NOT NULL AND (crossing IS NOT NULL OR border_segment IS NOT NULL)) AS n_arriving,
    count(*) FILTER (WHERE destination_country IS NOT NULL AND (crossing IS NOT NULL OR border_segment IS NOT NULL))
        AS n_leaving
FROM selected
