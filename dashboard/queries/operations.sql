-- One row an area of an operation: its target, what lies beside it, what it is compared with.
SELECT operation_id::VARCHAR AS operation, area, adm2, crossing, operation_type, agency, date_start, date_end, is_invented
FROM selected_operation
ORDER BY date_start DESC, operation, area, crossing, adm2
