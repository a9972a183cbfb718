-- One row a code with its labels, in the order of the screen: code lists, districts and crossings of this version.
SELECT list, code, label_en, label_bn, position FROM published.code
UNION ALL
SELECT 'district', adm2, name_en, name_bn, row_number() OVER (ORDER BY name_en) FROM published.district
UNION ALL
SELECT 'crossing', crossing, name_en, name_bn, row_number() OVER (ORDER BY name_en) FROM published.crossing
ORDER BY list, position
