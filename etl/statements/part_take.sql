-- Rows of `batch` are staged under the number of their file.
INSERT INTO {stage} SELECT $file_no, * FROM batch
