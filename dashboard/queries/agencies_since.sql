-- One row an agency: the month of its first selected detection, and how many it made.
SELECT detecting_agency, date_trunc('month', min(date_start))::DATE AS first_month, count(*) AS n
FROM selected
WHERE detecting_agency IS NOT NULL
GROUP BY detecting_agency
ORDER BY first_month, detecting_agency
