-- One row an area with records of a known district that no cell of this resolution can hold: within a district, the
-- coarser cell that their place justifies; cell and area_resolution are null where only the district is known.
SELECT adm2, cell, resolution AS area_resolution, count(*) AS n
FROM selected
WHERE adm2 IS NOT NULL AND precision_code <= 5 AND (resolution IS NULL OR resolution < $resolution)
GROUP BY adm2, cell, resolution
ORDER BY adm2, area_resolution, cell
