-- One row 5 km of the border, clockwise from the Sundarbans: land to the Naf's mouth, then the coast back.
SELECT border_segment, kind, chainage_km, lon, lat, adm2, neighbour
FROM published.border_segment
ORDER BY border_segment
