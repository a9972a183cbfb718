-- Stored rows of a kind that this load tells anew are taken out.
DELETE FROM {table} USING part_kept WHERE {same}
