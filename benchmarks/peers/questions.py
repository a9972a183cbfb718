"""The three questions that every peer answers, and what a peer is.

A peer is a module of this folder with

    load(place, file, clock)    everything from the CSV to what can be asked, the counted part of it inside the clock;
                        tells {"rows": of the table, "located": points in a district}
    opened(place)       a context with what was loaded, for
    hexes(base)         [cell at resolution 6, n]: detections in a cell
    trend(base)         [district, period, n]: detections in a district and 28 days, counted back from the last day
    corridors(base)     [origin district, crossing, destination, n, trafficking, smuggling, undetermined]
    first_view(place)   {what is seen: [ms until its numbers, ms until its map or chart]}, from nothing
    versions()          what it is made of
    TITLE, NOT_DONE     its name, and what it leaves out

All rows of the whole period count but persons pushed in over the border, as on the pages. A point has the cell that its
precision allows (9 for a GPS point, 6 for a named place), and from it the parent at 6. Cells count interceptions and
rescues: of a return or a complaint Simanta tells no cell, for it may be somebody's home. A district is the one that the
row names, in any spelling of data/reference/aliases.csv, else the one in which the point lies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
DISTRICTS = ROOT / "data" / "reference" / "bgd_adm2_detail.parquet"
ALIASES = ROOT / "data" / "reference" / "aliases.csv"
FIRST_DAY, LAST_DAY = date(2014, 1, 1), date(2024, 12, 31)  # of the generated rows
NOT_COUNTED = "pushed_in"
DAYS = 28
RESOLUTION = 6
FINEST = {1: 9, 2: 6}  # of a precision code
AT_A_PLACE = ("interception_at_border", "interception_inland", "rescue_from_exploitation")
LOWER_BITS = (1 << 3 * (15 - RESOLUTION)) - 1
Rows = list[list[Any]]
Base = TypeVar("Base")

# One text for DuckDB and PostgreSQL, over their table `located`.
COUNTED = f"event_type <> '{NOT_COUNTED}' AND date_start BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'"
PARENT = f"((cell & ~(15::BIGINT << 52)) | ({RESOLUTION}::BIGINT << 52)) | {LOWER_BITS}"
SQL = {
    "hexes": f"SELECT {PARENT} AS cell, count(*) AS n FROM located "  # noqa: S608  # constants of this file
    f"WHERE {COUNTED} AND event_type IN {AT_A_PLACE} AND cell IS NOT NULL AND adm2 IS NOT NULL GROUP BY 1",
    "trend": f"SELECT adm2, floor((DATE '{LAST_DAY}' - date_start) / {DAYS}.0)::INTEGER AS period, "  # noqa: S608
    f"count(*) AS n FROM located WHERE {COUNTED} AND adm2 IS NOT NULL GROUP BY 1, 2",
    "corridors": "SELECT origin_adm2, crossing, destination_country, count(*) AS n, "  # noqa: S608
    "count(*) FILTER (WHERE crime_label = 'TIP') AS n_tip, count(*) FILTER (WHERE crime_label = 'SOM') AS n_som, "
    "count(*) FILTER (WHERE crime_label = 'UNDETERMINED') AS n_undetermined "
    f"FROM located WHERE {COUNTED} AND crossing IS NOT NULL GROUP BY 1, 2, 3",
}


def all_three(base: Base, questions: Iterable[Callable[[Base], Rows]]) -> dict[str, list[float]]:
    """The first view of what has no page: each question answered once."""
    started = time.perf_counter()
    for question in questions:
        question(base)
    return {"all three answers; no page": [1_000 * (time.perf_counter() - started)]}
