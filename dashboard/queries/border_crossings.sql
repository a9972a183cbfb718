-- One row a crossing that has a place on the border.
SELECT crossing, kind, border_segment, chainage_km
FROM published.crossing
WHERE border_segment IS NOT NULL
ORDER BY chainage_km, crossing
