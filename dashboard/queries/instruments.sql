-- One row a law: its titles, its days, and how they are known.
SELECT
    instrument, coalesce(number, '') AS number, title_en, title_bn, effective_from, effective_to, effective_basis, source
FROM published.instrument
ORDER BY effective_to IS NOT NULL, instrument <> 'ordinance_2026', instrument
