-- One row: in how many whole weeks of the period some effort was reported in the selected places.
SELECT count(DISTINCT week) AS weeks_told FROM selected_effort
