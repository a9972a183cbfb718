-- One row: n selected records, and of these n_part of which the district is known where the journey began.
SELECT count(*) AS n, count(origin_adm2) AS n_part
FROM selected
