-- Rows of `batch` are staged under the number of their file.
INSERT INTO {stage} SELECT $table_no, * FROM batch
