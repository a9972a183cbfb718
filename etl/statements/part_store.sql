-- Rows of a kind are stored as told by this load.
INSERT INTO {table} BY NAME SELECT $load_id AS load_id, * FROM part_kept
