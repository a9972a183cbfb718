-- One row a step of the response with its pillar, in the order of the screen.
SELECT pillar.code AS pillar, step.code AS step
FROM published.code AS step
JOIN published.code AS pillar ON pillar.list = 'pillar' AND pillar.code = step.parent
WHERE step.list = 'outcome_step'
ORDER BY pillar.position, step.position
