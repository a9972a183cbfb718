-- One row a district that touches this one, longest shared border first.
SELECT neighbour AS adm2, shared_km
FROM published.neighbour
WHERE adm2 = $district
ORDER BY shared_km DESC, neighbour
