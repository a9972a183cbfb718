-- The refused rows of a load, numbered; one that corrects another is of its source and judged on its terms.
INSERT INTO quarantine BY NAME
WITH corrected AS (
    SELECT correcting.table_no, correcting.row_no, quarantine.terms, quarantine.source
    FROM correcting
    JOIN quarantine USING (quarantine_id)
)
SELECT
    format('Q{}-{}', $load_id, row_number() OVER (ORDER BY refused.table_no, refused.row_no)) AS quarantine_id,
    $load_id AS load_id,
    refused.* EXCLUDE (table_no) REPLACE (coalesce(corrected.source, refused.source) AS source),
    told.* EXCLUDE (table_no, terms),
    coalesce(corrected.terms, told.terms) AS terms
FROM refused
JOIN told USING (table_no)
LEFT JOIN corrected ON corrected.table_no = refused.table_no AND corrected.row_no = refused.row_no
ORDER BY refused.table_no, refused.row_no
