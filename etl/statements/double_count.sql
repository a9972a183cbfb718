-- One row a pair of incidents that may be one, of which one at least is new in this load: two agencies, the same
-- crossing or at most 5 km (0.045 degrees) apart, at most 2 days apart, and numbers of persons of which the smaller is
-- at least half of the larger; an unknown number may be any, one that is a least may be more. The score is the product of how near they are in place
-- (a crossing is a place), in days and in number.
-- Days on which a country has more than $most_a_day incidents are not compared: there, most pairs would be chance.
-- An incident stands in one bucket of 5 days and one square of 0.1 degrees; a new one looks into all that it reaches.
INSERT INTO double_count BY NAME
WITH busy AS (
    SELECT coalesce(country, '') AS country, date_start
    FROM incident
    WHERE date_precision = 'day'
    GROUP BY ALL
    HAVING count(*) > $most_a_day
),
told AS (
    SELECT
        incident_id, load_id, is_invented, detecting_agency, crossing, lat, lon, persons, persons_is_min,
        date_start - DATE '1970-01-01' AS day, coalesce(report_date, date_start) AS known_on
    FROM incident
    WHERE date_precision = 'day' AND detecting_agency IS NOT NULL
        AND (crossing IS NOT NULL OR lat IS NOT NULL)
        AND (coalesce(country, ''), date_start) NOT IN (SELECT (country, date_start) FROM busy)
),
placed AS (
    SELECT *, day // 5 AS days, floor(lat * 10)::BIGINT AS y, floor(lon * 10)::BIGINT AS x FROM told
),
reaching AS (
    SELECT
        *,
        unnest(range((day - 2) // 5, (day + 2) // 5 + 1)) AS days,
        0.045 / greatest(cos(radians(lat)), 0.01) AS reach
    FROM told
    WHERE load_id = $load_id
),
across AS (
    SELECT *, unnest(range(floor((lat - 0.045) * 10)::BIGINT, floor((lat + 0.045) * 10)::BIGINT + 1)) AS y
    FROM reaching
    WHERE lat IS NOT NULL
),
along AS (
    SELECT *, unnest(range(floor((lon - reach) * 10)::BIGINT, floor((lon + reach) * 10)::BIGINT + 1)) AS x
    FROM across
),
met AS (
    SELECT
        reaching.incident_id AS new_id, placed.incident_id AS other_id, 'same_crossing' AS reason, 0.0 AS km,
        reaching.known_on AS new_known_on, placed.known_on AS other_known_on, abs(reaching.day - placed.day) AS days,
        reaching.persons AS new_persons, reaching.persons_is_min AS new_is_min,
        placed.persons AS other_persons, placed.persons_is_min AS other_is_min
    FROM reaching
    JOIN placed USING (days, crossing, is_invented)
    WHERE reaching.detecting_agency <> placed.detecting_agency
    UNION ALL
    SELECT
        along.incident_id, placed.incident_id, 'within_5_km',
        12742 * asin(sqrt(least(1,
            sin(radians(placed.lat - along.lat) / 2) ** 2
            + cos(radians(along.lat)) * cos(radians(placed.lat)) * sin(radians(placed.lon - along.lon) / 2) ** 2
        ))),
        along.known_on, placed.known_on, abs(along.day - placed.day),
        along.persons, along.persons_is_min, placed.persons, placed.persons_is_min
    FROM along
    JOIN placed USING (days, x, y, is_invented)
    WHERE along.detecting_agency <> placed.detecting_agency
),
counted AS (
    SELECT
        *,
        least(new_persons, other_persons) / greatest(new_persons, other_persons, 1) AS alike,
        (new_is_min AND new_persons <= other_persons) OR (other_is_min AND other_persons <= new_persons) AS may_be_more
    FROM met
    WHERE days <= 2 AND km <= 5
),
scored AS (
    SELECT
        (new_known_on, new_id) < (other_known_on, other_id) AS is_new_first, new_id, other_id, reason,
        round((1 - km / 10) * (1 - days / 4) * if(may_be_more, greatest(alike, 0.5), coalesce(alike, 0.5)), 2) AS score
    FROM counted
    WHERE may_be_more OR coalesce(alike, 0.5) >= 0.5
)
SELECT
    if(is_new_first, new_id, other_id) AS incident_id_a,
    if(is_new_first, other_id, new_id) AS incident_id_b,
    max(score) AS score,
    if(bool_or(reason = 'same_crossing'), 'same_crossing', 'within_5_km') AS reason
FROM scored
GROUP BY ALL
