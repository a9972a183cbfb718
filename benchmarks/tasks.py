"""One task of `load.py`, measured in a process of its own; prints what it took as one line of JSON.

    python benchmarks/tasks.py TASK FOLDER

FOLDER holds full.csv and daily.csv; what a task makes stays there. Wall and CPU seconds are those of the work,
without starting Python and importing; peak memory is the whole process's, imports included.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.filters import Filters

ROOT = Path(__file__).resolve().parents[1]
DISTRICTS = ROOT / "data" / "reference" / "bgd_adm2_detail.parquet"
THREADS: dict[str, str | bool | int | float | list[str]] = {"threads": "2"}  # as many as ours uses
RESOLUTION = 7
TODAY = date(2025, 12, 31)  # after the last report of the generated rows
FIRST_DAY, LAST_DAY = date(2014, 1, 1), date(2024, 12, 31)  # of the generated rows
MOST_ROWS, MOST_BYTES = 100_000_000, 20_000_000_000  # beyond what a load takes unless it is told
PAGES = ("overview", "hotspots", "corridors", "trends")
EVERY_PAGE = (*PAGES, "district", "playback", "warning", "trails", "response", "quality", "law", "plan")
COMBINATIONS = 20
MOST_DISTRICTS = 12

Told = Mapping[str, object]
Work = Callable[[], Told]


# --- loading ---


def floor(folder: Path) -> Work:
    """The least that any load must do: parse the file and write a table."""
    import duckdb

    def work() -> Told:
        with duckdb.connect(folder / "floor.duckdb", config=THREADS) as connection:
            connection.execute("CREATE TABLE t AS SELECT * FROM read_csv(?)", [str(folder / "full.csv")])
            connection.execute("CHECKPOINT")
        return {}

    return work


def stack(folder: Path) -> Work:
    """The obvious stack: pandas, h3 in a loop, geopandas sjoin, insert. It checks nothing."""
    import duckdb
    import geopandas
    import h3
    import pandas

    def work() -> Told:
        frame = pandas.read_csv(folder / "full.csv")
        placed = frame.dropna(subset=["lat", "lon"])
        cells = [h3.latlng_to_cell(lat, lon, RESOLUTION) for lat, lon in zip(placed["lat"], placed["lon"], strict=True)]
        points = geopandas.GeoDataFrame(
            {"cell": cells},
            index=placed.index,
            geometry=geopandas.points_from_xy(placed["lon"], placed["lat"]),
            crs="EPSG:4326",
        )
        districts = geopandas.read_parquet(DISTRICTS)[["adm2_pcode", "geometry"]]
        joined = geopandas.sjoin(points, districts, how="left", predicate="within")
        located = frame.join(joined[["cell", "adm2_pcode"]])
        with duckdb.connect(folder / "stack.duckdb", config=THREADS) as connection:
            connection.register("located", located)
            connection.execute("CREATE TABLE t AS SELECT * FROM located")
            connection.execute("CHECKPOINT")
        return {}

    return work


def ours(folder: Path, file: str) -> Work:
    """The product's load into the folder's store, whatever the store holds already."""
    from etl.build import load
    from etl.table import Reading

    reading = Reading(most_rows=MOST_ROWS, most_streamed_bytes=MOST_BYTES)
    return lambda: load([folder / file], folder / "store", reading=reading, today=TODAY).as_dict()


def layout(folder: Path, is_laid_out: bool) -> Work:
    """The product's load of every file of the folder beside, at once; or the same with rows in the order they came."""
    from etl import publish, runs
    from etl.build import load

    if not is_laid_out:
        publish.Runs = lambda _spool: runs.Runs(None)  # type: ignore[misc, assignment]
        runs._handed_over = runs._arrow
    files = sorted((folder.parent / "files").glob("*.csv"))
    return lambda: load(files, folder / "store", today=TODAY).as_dict()


# --- reads ---


ASKED = {  # districts, first and last day
    "one district, 3 months": (1, date(2020, 4, 10), date(2020, 7, 9)),
    "one district, 2 years": (1, date(2020, 1, 1), date(2021, 12, 31)),
    "ten districts, 3 months": (10, date(2020, 4, 10), date(2020, 7, 9)),
    "ten districts, 2 years": (10, date(2020, 1, 1), date(2021, 12, 31)),
    "the country, 3 months": (0, date(2020, 4, 10), date(2020, 7, 9)),
    "the country, 2 years": (0, date(2020, 1, 1), date(2021, 12, 31)),
    "one district, all years": (1, FIRST_DAY, LAST_DAY),
}
WARM = 3


def reads(folder: Path) -> Work:
    """What the statement of a page's totals reads, for districts and periods: a store just opened, and once more.

    Cold, nothing of the file is in memory. Read are the bytes that were asked for, scanned the rows that could not be
    passed by.
    """
    from dashboard import database
    from dashboard.access import local_user
    from dashboard.filters import Filters

    file = folder / "store" / "facts" / "v000001.duckdb"

    def asked(districts: int, first: date, last: date) -> Told:
        database._open.clear()
        store = database.open_store(folder / "store", 1)
        codes = sorted(store.codes["district"])
        chosen = {"d": tuple(codes[:: len(codes) // districts][:districts])} if districts else {}
        selected, told = store.select(Filters(first, last, chosen), local_user()), list[tuple[Any, Any]]()
        execute = store._rows

        def kept(sql: str, bound: Mapping[str, object]) -> Any:
            told.append((sql, bound))
            return execute(sql, bound)

        def ask() -> int:
            store._answers.clear()
            return int(selected.ask("totals", resolution=RESOLUTION)["n"][0].as_py())

        store._rows = kept  # type: ignore[method-assign]
        _forget(file)
        before, started = _read(), time.perf_counter()
        n = ask()
        cold, after = _ms_since(started), _read()
        warm = min(_ms(ask) for _ in range(WARM))
        sql, bound = told[0]
        explained = execute(f"EXPLAIN (ANALYZE, FORMAT json) {sql}", bound)["explain_value"][0].as_py()
        store.close()
        return {"n": n, "mb": (after - before) / 1e6, "cold": cold, "warm": warm, "scanned": _scanned(explained)}

    def work() -> Told:
        asked(1, FIRST_DAY, FIRST_DAY)  # what a process reads once, its own modules too
        return {name: asked(*each) for name, each in ASKED.items()}

    return work


def _forget(file: Path) -> None:
    """Takes a file out of the system's memory."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read() -> int:
    """Bytes that this process asked of files until now."""
    return int(Path("/proc/self/io").read_text().split()[1])


def _scanned(explained: str) -> int:
    """Rows of blocks that were not passed by, of the table of records."""
    parts, found = [json.loads(explained)], 0
    while parts:
        part = parts.pop()
        parts += part.get("children", [])
        is_ours = str(part.get("extra_info", {}).get("Table", "")).endswith("incident")
        found += part["operator_rows_scanned"] if is_ours else 0
    return found


# --- pages ---


# What a page draws by chance: imputation and permutations, which may take two seconds.
DRAWN = (
    ("dashboard.stats.imputation", "deal"),
    ("dashboard.stats.gi_star", "hot_q_of_each"),
    ("dashboard.stats.gi_star", "exact_tails"),  # the law of all permutations
    ("dashboard.stats.shift", "centre_shift"),
    ("dashboard.stats.concentration", "concentration"),
    ("dashboard.stats.change_point", "change_point"),
    ("dashboard.stats.near_repeat", "knox"),
    ("dashboard.stats.scan", "scan"),
    ("dashboard.figures.judged", "judge"),  # backtests and their draws
)


def page(folder: Path, name: str) -> Work:
    """A page's Answer under many filters, each asked for the first time and at once again; no Streamlit.

    The first view is of the default filters in a store just opened; a change is what comes after it.
    """
    from dashboard.access import local_user
    from dashboard.database import open_store

    answer = import_module(f"dashboard.answers.{name}").answer

    def work() -> Told:
        started = time.perf_counter()
        store = open_store(folder / "store", 1)  # as the full load left it
        opened = _ms_since(started)
        asked = [store.select(_of(name, filters), local_user()) for filters in combinations(store.codes)]
        opened += _ms(partial(answer, asked[0]))
        drawn = _timed()
        first, again, by_chance = list[float](), list[float](), list[float]()
        for selected in asked[1:]:
            drawn.clear()
            first.append(_ms(partial(answer, selected)))
            by_chance.append(sum(drawn))
            again.append(_ms(partial(answer, selected)))
        questions = [whole - part for whole, part in zip(first, by_chance, strict=True)]
        return {"opened": opened, "first": first, "questions": questions, "again": again}

    return work


def _of(page_name: str, filters: Filters) -> Filters:
    """A brief is of one district."""
    return filters.choose("d", (filters.choices.get("d") or ("BD4041",))[:1]) if page_name == "district" else filters


def _timed() -> list[float]:
    """Where the milliseconds of every function of DRAWN are told from now on."""
    told = list[float]()

    def timed(function: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            started = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                told.append(_ms_since(started))

        return call

    for module, name in DRAWN:
        room = import_module(module)
        setattr(room, name, timed(getattr(room, name)))
    return told


def combinations(codes: Mapping[str, frozenset[str]]) -> list[Filters]:
    """Filters: the default, the whole period, and random ones, the same in each run."""
    from dashboard.filters import Filters

    rng = random.Random(7)
    districts, labels = sorted(codes["district"]), sorted(codes["crime_label"])
    made = [Filters(), Filters(FIRST_DAY, LAST_DAY)]
    for at in range(COMBINATIONS):
        days = rng.randint(28, 730)
        end = LAST_DAY - timedelta(days=rng.randint(0, 2_900))
        chosen = {
            "d": tuple(rng.sample(districts, rng.randint(1, MOST_DISTRICTS))) if at % 4 else (),
            "label": tuple(rng.sample(labels, rng.randint(1, 2))) if at % 3 else (),
        }
        made.append(Filters(end - timedelta(days=days - 1), end, chosen))
    return made


def _ms(ask: Callable[[], object]) -> float:
    started = time.perf_counter()
    ask()
    return _ms_since(started)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1_000


# --- one task ---

TASKS: Mapping[str, Callable[[Path], Work]] = {
    "floor": floor,
    "stack": stack,
    "ours": partial(ours, file="full.csv"),
    "daily": partial(ours, file="daily.csv"),
    "laid_out": partial(layout, is_laid_out=True),
    "as_they_came": partial(layout, is_laid_out=False),
    "reads": reads,
    **{name: partial(page, name=name) for name in EVERY_PAGE},
}


def measured(work: Work) -> Told:
    """What the work told, with its wall and CPU seconds and the process's peak memory."""
    wall, cpu = time.perf_counter(), time.process_time()
    told = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": wall, "cpu": cpu, "peak_mib": peak, "told": told}


if __name__ == "__main__":
    print(json.dumps(measured(TASKS[sys.argv[1]](Path(sys.argv[2]))), default=str))  # noqa: T201
