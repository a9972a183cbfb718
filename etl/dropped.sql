-- What is not to be stored after all: new rows that did not win, and stored records that a new row supersedes.
DELETE FROM incident
USING (
    SELECT
        touched.incident_id, touched.load_id, touched.table_no, touched.row_no,
        coalesce(verdict.is_stored, false) AS is_kept,
        bool_or(coalesce(verdict.is_stored, false)) OVER (PARTITION BY touched.incident_id) AS has_winner
    FROM touched
    LEFT JOIN verdict USING (seq)
) AS judged
WHERE incident.incident_id = judged.incident_id
    AND incident.load_id = judged.load_id
    AND incident.table_no = judged.table_no
    AND incident.row_no = judged.row_no
    AND NOT judged.is_kept
    AND (judged.has_winner OR judged.load_id = getvariable('load_id'))
