-- One row a law that selected records cite and how it stood on their days: in_force, before_effect, after_repeal,
-- day_unknown (its first day was not seen), not_in_table (no text of it is in the store); not_told where none is cited.
-- Records of the same law and days are counted first: how it stood is then asked once for them all.
WITH alike AS (
    SELECT legal_basis, date_start, date_end, count(*) AS n
    FROM selected
    GROUP BY legal_basis, date_start, date_end
)
SELECT
    coalesce(legal_basis::VARCHAR, 'not_told') AS legal_basis,
    CASE
        WHEN legal_basis IS NULL THEN 'not_told'
        WHEN law.instrument IS NULL THEN 'not_in_table'
        WHEN date_end < law.effective_from THEN 'before_effect'
        WHEN date_start > law.effective_to THEN 'after_repeal'
        WHEN law.effective_from IS NULL THEN 'day_unknown'
        ELSE 'in_force'
    END AS standing,
    sum(n)::BIGINT AS n
FROM alike
LEFT JOIN published.instrument AS law ON law.instrument = legal_basis::VARCHAR
GROUP BY ALL
ORDER BY n DESC, legal_basis, standing
