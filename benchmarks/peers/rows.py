"""The rows that all peers get.

`journeys FILE` adds what a corridor is made of; `kept FILE RECEIPT OUT` writes the rows that ours kept.

The generator knows no journeys. Each row gets an origin and a destination, and where it has a point also a crossing of
its district, all by a hash of its reference: so a duplicate and a corrected re-send tell the same journey as before.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from questions import ALIASES, ROOT

CROSSINGS = ROOT / "data" / "reference" / "crossings.csv"
JOURNEYS = """
WITH row AS (
    SELECT *, row_number() OVER () AS no, (md5_number_lower(coalesce(source_ref, '')) >> 8)::BIGINT AS h
    FROM read_csv($file, all_varchar = true)
),
district AS (
    SELECT lower(alias) AS alias, any_value(code) AS code FROM read_csv($aliases) WHERE level = 'adm2' GROUP BY 1
),
near AS (
    SELECT adm2_pcode AS code, list(crossing_id ORDER BY crossing_id) AS crossings FROM read_csv($crossings) GROUP BY 1
),
origins AS (SELECT list(code ORDER BY code) AS codes FROM (SELECT DISTINCT code FROM district))
SELECT row.* EXCLUDE (h, no),
    CASE WHEN lat IS NOT NULL THEN crossings[h % len(crossings) + 1] END AS crossing,
    codes[(h // 64) % 12 * 5 + 1] AS origin_adm2,
    ['IN', 'IN', 'MY', 'SA'][(h // 4096) % 4 + 1] AS destination_country
FROM row LEFT JOIN district ON district.alias = lower(row.adm2) LEFT JOIN near USING (code), origins
ORDER BY no
"""
# Of a reference that came again, ours keeps what was reported last.
KEPT = """
WITH row AS (SELECT *, row_number() OVER () + 1 AS no FROM read_csv($file, all_varchar = true)),
told AS (SELECT "row" AS no FROM read_csv($receipt) WHERE verdict IN ('loaded', 'superseded'))
SELECT row.* EXCLUDE no FROM row SEMI JOIN told USING (no)
QUALIFY row_number() OVER (PARTITION BY source_ref ORDER BY report_date DESC) = 1
"""


def written(sql: str, out: Path, **given: Path) -> None:
    """The rows of a statement as a CSV."""
    with duckdb.connect(config={"threads": "2"}) as con:
        part = out.with_name(f"{out.name}.part")
        con.sql(sql, params={name: str(file) for name, file in given.items()}).write_csv(str(part))
        part.replace(out)


def journeys(file: Path) -> None:
    """In place."""
    written(JOURNEYS, file, file=file, aliases=ALIASES, crossings=CROSSINGS)


def kept(file: Path, receipt: Path, out: Path) -> None:
    """The rows that stand in our store."""
    written(KEPT, out, file=file, receipt=receipt)


if __name__ == "__main__":
    {"journeys": journeys, "kept": kept}[sys.argv[1]](*map(Path, sys.argv[2:]))
