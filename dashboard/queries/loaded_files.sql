-- One row a file that was ever loaded into this version, by its name; none for who may not see every district.
SELECT DISTINCT file
FROM whole_load_file
ORDER BY file
