-- One row a section of a law as a short fact in either language, in the order of the laws and their sections.
SELECT
    part.section_id AS section_id,
    law.instrument AS instrument,
    coalesce(law.number, '') AS number,
    law.title_en AS title_en,
    law.title_bn AS title_bn,
    law.effective_from AS effective_from,
    law.effective_to AS effective_to,
    part.section AS section,
    part.offence_class AS offence_class,
    part.topic AS topic,
    coalesce(array_to_string(part.trails, ';'), '') AS trails,
    part.fact_en AS fact_en,
    part.fact_bn AS fact_bn,
    part.source AS source
FROM published.legal_section AS part
JOIN published.instrument AS law ON law.instrument = part.instrument
ORDER BY law.effective_to IS NOT NULL, law.instrument <> 'ordinance_2026', law.instrument,
    TRY_CAST(regexp_extract(part.section, '^\d+') AS INTEGER), part.section
