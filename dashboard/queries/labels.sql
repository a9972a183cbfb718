-- One row a code with its labels, in the order of the screen: code lists, divisions, districts and crossings of this
-- version; and divisions once more as they are named where a district's name would stand.
SELECT list, code, label_en, label_bn, position FROM published.code
UNION ALL
SELECT 'division', adm1, adm1_name_en, adm1_name_bn, row_number() OVER (ORDER BY adm1_name_en)
FROM (SELECT DISTINCT adm1, adm1_name_en, adm1_name_bn FROM published.district)
UNION ALL
SELECT 'district', adm2, name_en, name_bn, row_number() OVER (ORDER BY name_en) FROM published.district
UNION ALL
SELECT 'crossing', crossing, name_en, name_bn, row_number() OVER (ORDER BY name_en) FROM published.crossing
UNION ALL
SELECT DISTINCT 'wider', adm1, adm1_name_en || ' division', adm1_name_bn || ' বিভাগ', 0 FROM published.district
ORDER BY list, position, code
