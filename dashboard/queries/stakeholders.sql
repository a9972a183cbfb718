-- One row an agency of the response: what it does, and the law that says so, where one was read. No person.
SELECT
    listed.stakeholder AS stakeholder, listed.kind AS kind, listed.duty_en AS duty_en, listed.duty_bn AS duty_bn,
    law.title_en AS title_en, law.title_bn AS title_bn, part.section AS section
FROM published.stakeholder AS listed
LEFT JOIN published.legal_section AS part ON part.section_id = listed.section_id
LEFT JOIN published.instrument AS law ON law.instrument = part.instrument
LEFT JOIN published.code AS named ON named.list = 'stakeholder' AND named.code = listed.stakeholder
ORDER BY named.position
