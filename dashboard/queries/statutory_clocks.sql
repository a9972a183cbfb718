-- One row a term that a law in the store sets.
SELECT
    term.clock AS clock, term.name_en AS name_en, term.name_bn AS name_bn, term.term AS term, term.unit AS unit,
    term.extension AS extension, term.section_id AS section_id, term.effective_from AS effective_from,
    term.effective_to AS effective_to
FROM published.statutory_clock AS term
ORDER BY term.effective_to IS NOT NULL, term.section_id, term.clock
