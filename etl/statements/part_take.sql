-- Rows of `batch` are staged under the number of their file.
INSERT INTO {stage} BY NAME SELECT $table_no AS table_no, * FROM batch
