-- One row a source of what is said of laws and agencies.
SELECT source, what FROM published.reference_source ORDER BY length(source), source
