-- One row a quarter of a year, crime label, district and crossing: the leaves of which protected figures are made.
SELECT
    date_trunc('quarter', date_start)::DATE AS quarter,
    crime_label,
    adm2,
    crossing,
    bool_or(is_invented) AS is_invented,
    count(*) AS n
FROM selected
GROUP BY date_trunc('quarter', date_start), crime_label, adm2, crossing
ORDER BY quarter, crime_label, adm2, crossing
