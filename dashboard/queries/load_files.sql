-- One row a file of a load with its row equation, the last load first.
SELECT load_id, loaded_on, file, source, rows_in, loaded, unchanged, superseded, duplicate, quarantined
FROM whole_load_file
ORDER BY load_id DESC, file
LIMIT 50
