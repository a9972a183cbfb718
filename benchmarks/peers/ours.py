"""Simanta itself: the load as `simanta load` does it, the pages' own statements, the served pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from clock import Clock
from questions import AT_A_PLACE, DAYS, FIRST_DAY, LAST_DAY, RESOLUTION, Rows
from tasks import MOST_BYTES, MOST_ROWS, TODAY

from dashboard.access import local_user
from dashboard.database import Selected, open_current
from dashboard.filters import Filters
from etl.build import load as build
from etl.table import Reading

TITLE = "Simanta"
NOT_DONE = (
    "It does all of it, and so its load does more than the others': each row is checked and refused with its reason, "
    "scanned for personal data, told from its duplicates and re-sends, accounted for; the version can be rolled back. "
    "Its pages test what they show and withhold small counts; its cells come with the empty ones between them, for the "
    "tests. *Again* is an answer that it kept."
)
PAGES = ("", "hotspots", "corridors", "trends")


def load(place: Path, file: Path, clock: Clock) -> dict[str, int]:
    """Into an empty store, with a receipt of every row, from which the runner learns what was kept."""
    reading = Reading(most_rows=MOST_ROWS, most_streamed_bytes=MOST_BYTES)
    with clock:
        told = build([file], place / "store", reading=reading, today=TODAY, receipt_to=place / "receipt.csv").as_dict()
    return {"rows": told["loaded"]}


@contextmanager
def opened(place: Path) -> Iterator[Selected]:
    """The whole period with the other filters as they are by default."""
    yield open_current(place / "store").select(Filters(FIRST_DAY, LAST_DAY), local_user())


def hexes(selected: Selected) -> Rows:
    """The statement of Hotspots, which tells of empty cells too."""
    there = replace(selected, filters=selected.filters.choose("type", AT_A_PLACE))
    told = there.ask("detections_by_cell", resolution=RESOLUTION, districts=[]).to_pylist()
    return [[row["cell"], row["n"]] for row in told if row["n"] and row["adm2"]]


def trend(selected: Selected) -> Rows:
    """The statement of Overview and Trends."""
    told = selected.ask("detections_by_district_period", days=DAYS, last=LAST_DAY)
    return [list(row) for row in zip(*told.to_pydict().values(), strict=True)]


def corridors(selected: Selected) -> Rows:
    """The statement of Corridors, where a crossing is known; it tells of stretches of the border besides."""
    told, counts = selected.ask("corridors").to_pylist(), Counter[tuple[str, ...]]()
    for row in told:
        for name in ("n", "n_tip", "n_som", "n_undetermined"):
            counts[row["origin_adm2"], row["crossing"], row["destination_country"], name] += row[name]
    keys = {key[:3] for key in counts if key[1] is not None}
    return [[*key, *(counts[*key, name] for name in ("n", "n_tip", "n_som", "n_undetermined"))] for key in keys]


def first_view(place: Path) -> dict[str, list[float]]:
    """Four pages, each of a server just started, in a browser that holds nothing."""
    from browser import seen
    from first_view import HEADLINE, PICTURE
    from people import served

    views = {}
    for page in PAGES:
        with served(place / "store") as (port, _):
            address = f"http://127.0.0.1:{port}/{page}?from={FIRST_DAY}&to={LAST_DAY}"
            views[f"/{page}"] = seen(address, HEADLINE, PICTURE)
    return views


def versions() -> str:
    """The database and the web server."""
    return ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "streamlit"))
