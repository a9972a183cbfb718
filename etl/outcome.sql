-- One row an incoming row, with what became of it; the places and codes of a refused row are not known.
-- Asked before the rows that are not to be stored are dropped.
SELECT
    incident.table_no, incident.row_no, coalesce(verdict, 'loaded') AS verdict,
    NULL::VARCHAR AS rule, NULL::VARCHAR AS field, NULL::VARCHAR AS fix,
    adm2, precision_code, date_start, date_precision, event_type, crime_label, resolution
FROM incident
LEFT JOIN verdict ON verdict.seq = (incident.table_no::BIGINT << 40) + incident.row_no
WHERE load_id = getvariable('load_id') AND verdict IS DISTINCT FROM 'quarantined'
UNION ALL BY NAME
SELECT table_no, row_no, verdict
FROM part_verdict
WHERE verdict <> 'quarantined'
UNION ALL BY NAME
SELECT table_no, row_no, 'quarantined' AS verdict, rule, field, fix
FROM refused
