-- A run of judged rows, each with the cell that a page may tell: where somebody lives, is cared for or asks for help
-- none, so that its district is all; of what happened at sea the parent of about 1,800 km2.
INSERT INTO incident BY NAME
SELECT
    * EXCLUDE (is_home),
    CASE
        WHEN is_home THEN NULL
        WHEN event_type = 'interception_at_sea' AND resolution > 4
            THEN (((cell & ~(15::UBIGINT << 52)) | (4::UBIGINT << 52))
                | ((1::UBIGINT << (3 * (15 - 4))) - 1::UBIGINT))::UBIGINT
        ELSE cell
    END AS shown_cell,
    CASE
        WHEN is_home THEN NULL
        WHEN event_type = 'interception_at_sea' AND resolution > 4 THEN 4
        ELSE resolution
    END AS shown_resolution
FROM (
    SELECT
        getvariable('load_id') AS load_id,
        *,
        event_type IN (
            'return_repatriation', 'recruitment_lead', 'hotline_report', 'complaint_or_case_filed'
        ) AS is_home
    FROM batch
)
