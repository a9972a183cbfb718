-- One row a spelling that is no name of the gazetteer, and the place that it was read as.
SELECT
    level,
    typed,
    read_as.code AS code,
    any_value(coalesce(district.name_en, upazila.name_en, crossing.name_en, country.label_en)) AS name_en,
    any_value(coalesce(district.name_bn, upazila.name_bn, crossing.name_bn, country.label_bn)) AS name_bn,
    method,
    min(similarity) AS similarity,
    sum(n_rows)::BIGINT AS read_rows
FROM whole_place_reading AS read_as
LEFT JOIN published.district AS district ON level = 'adm2' AND district.adm2 = read_as.code
LEFT JOIN published.upazila AS upazila ON level = 'adm3' AND upazila.adm3 = read_as.code
LEFT JOIN published.crossing AS crossing ON level = 'crossing' AND crossing.crossing = read_as.code
LEFT JOIN published.code AS country ON level = 'country' AND country.list = 'country' AND country.code = read_as.code
GROUP BY level, typed, read_as.code, method
ORDER BY method DESC, read_rows DESC, typed, read_as.code
