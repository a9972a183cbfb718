-- One row an incoming row, with what became of it; the places and codes of a refused row are not known.
SELECT
    file_no, row_no, coalesce(verdict, 'loaded') AS verdict,
    NULL::VARCHAR AS rule, NULL::VARCHAR AS field, NULL::VARCHAR AS fix,
    adm2, precision_code, date_start, date_precision, event_type, crime_label, resolution
FROM stage
LEFT JOIN verdict USING (seq)
WHERE verdict IS DISTINCT FROM 'quarantined'
UNION ALL BY NAME
SELECT file_no, row_no, 'quarantined' AS verdict, rule, field, fix
FROM refused
