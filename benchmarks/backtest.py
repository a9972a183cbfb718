"""Alarms and maps back-tested: on a planted truth, and on the Missing Migrants records where they are at hand.

Everything runs through what the page runs through: `dashboard.figures.monitor` and `dashboard.figures.judged`.
"""

import argparse
import csv
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

import h3
import numpy as np

from dashboard.figures import judged, monitor
from dashboard.figures.judged import KnownMonths
from dashboard.figures.monitor import Alarm, Known, Origin
from dashboard.stats.alarms import YEAR_WEEKS, record
from dashboard.stats.backtest import BUDGETS, Pooled, pooled

WRITTEN = Path(__file__).with_name("BACKTEST.md")
RECORDS = Path(__file__).parents[2] / "shared" / "data" / "mmp" / "missing_migrants_2014_2022.csv"
SEED = 20261125
SERIES, REPEATS = 64, 8
PLANTED, LASTS, TIMES = 4, 8, 3  # districts that rise in each repeat; weeks that it lasts; times as many
IN_TIME = 8  # weeks from the start of a rise within which an alarm is a hit


@dataclass(frozen=True)
class World:
    """Weekly detections (series, weeks), how late each is told, and the weeks in which some series start to rise."""

    known: Known
    counts: np.ndarray
    starts: dict[int, int]


def world(rng: np.random.Generator, weeks: int, mean: float, scatter: float) -> World:
    """64 series whose means differ, with a season; four of the given mean rise threefold for eight weeks."""
    season = np.exp(0.3 * np.cos(2 * np.pi * np.arange(weeks) / 52.1775))
    means = rng.gamma(0.5, 2.0, SERIES)[:, None] * season
    rising = rng.choice(SERIES, PLANTED, replace=False)
    first = weeks - monitor.RECORD_WEEKS + 4
    starts = {int(s): first + i * 10 for i, s in enumerate(rising)}
    for series, start in starts.items():
        means[series] = mean * season
        means[series, start : start + LASTS] *= TIMES
    counts = scattered(rng, means, scatter)
    series, event = (np.repeat(axis, counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
    told = event + rng.geometric(0.6, len(event)) - 1
    now = told < weeks
    rows, n = np.unique(np.stack([series, event, told])[:, now], axis=1, return_counts=True)
    known = Known(rows[0], rows[1], rows[2], n, np.ones(len(n), dtype=bool), SERIES, weeks)
    return World(known, counts, starts)


def scattered(rng: np.random.Generator, mean: np.ndarray, scatter: float) -> np.ndarray:
    """Counts of that mean, their variance `scatter` times as large."""
    if scatter == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(np.maximum(mean, 1e-9) / (scatter - 1), 1 / scatter)


Rings = dict[tuple[int, int], int]  # (series, week in which it was told) to the week that it was about


def ours(drawn: World) -> tuple[Rings, list[Origin], list[Alarm], tuple[int, int]]:
    """Each series and week in which the monitor rings; its origins, its alarms as judged by what came after."""
    origins = monitor.rolled(drawn.known, 0)
    settled, _ = monitor.last_settled(drawn.known, drawn.known.n_weeks - 1)
    counts = monitor.counts_known(drawn.known, drawn.known.n_weeks - 1)
    rings = {(int(s), o.at): o.last for o in origins for s in np.flatnonzero(o.tested.rings)}
    return (
        rings,
        origins,
        monitor.alarms(origins, counts, settled),
        monitor.without_alarm(origins, counts, settled),
    )


def twice(drawn: World, origins: list[Origin]) -> Rings:
    """The naive alarm: five or more in four weeks, and twice the mean of the twelve weeks before."""
    found: Rings = {}
    for origin in origins:
        counts = monitor.counts_known(drawn.known, origin.at)[:, : origin.last + 1]
        now, before = counts[:, -4:].sum(axis=1), counts[:, -16:-4].sum(axis=1) / 3
        found |= {(int(s), origin.at): origin.last for s in np.flatnonzero((now >= 5) & (now >= 2 * before))}
    return found


@dataclass(frozen=True)
class Tally:
    """What rang against what was planted, over all repeats."""

    planted: int
    hits: int
    delays: list[int]
    weeks: int
    false_weeks: int
    false_alarms: int


def tally(worlds: list[World], rings: list[Rings], weeks: int) -> Tally:
    """An alarm in a planted series from its rise to 8 weeks on is a hit; one outside that and its 8 weeks is false."""
    delays, false_weeks, false_alarms = [], 0, 0
    for drawn, rang in zip(worlds, rings, strict=True):
        for series, start in drawn.starts.items():
            first = min((at for s, at in rang if s == series and start <= at < start + IN_TIME), default=None)
            delays += [] if first is None else [first - start]
        wrong = {(s, at) for s, at in rang if not _is_of_a_rise(drawn, s, at)}
        false_weeks += len({at for _, at in wrong})
        false_alarms += sum((s, at - 1) not in wrong for s, at in wrong)
    return Tally(PLANTED * len(worlds), len(delays), delays, weeks * len(worlds), false_weeks, false_alarms)


def _is_of_a_rise(drawn: World, series: int, at: int) -> bool:
    start = drawn.starts.get(series)
    return start is not None and start <= at < start + LASTS + IN_TIME


def planted_alarms() -> list[str]:
    """The table of alarms on a planted truth."""
    lines = [
        "| history | a week | scatter | alarm | found (95 %) | weeks late | weeks with a false one (95 %) | a year "
        "| false alarms a year |",
        "|---|---:|---:|---|---|---:|---|---:|---:|",
    ]
    for years in (5, 2):
        for mean, scatter in ((2, 1), (5, 1), (10, 1), (5, 2)):
            rng = np.random.default_rng(SEED)
            worlds = [world(rng, years * 52 + 30, mean, scatter) for _ in range(REPEATS)]
            run = [ours(drawn) for drawn in worlds]
            weeks = len(run[0][1])
            naive = [twice(drawn, each[1]) for drawn, each in zip(worlds, run, strict=True)]
            for name, rings in (("ours", [each[0] for each in run]), ("twice 12 weeks", naive)):
                found = tally(worlds, rings, weeks)
                late = f"{median(found.delays):.0f}" if found.delays else ""
                yearly = YEAR_WEEKS / found.weeks
                lines.append(
                    f"| {years * 52 + 30} weeks | {mean} | {scatter} | {name} "
                    f"| {_share(found.hits, found.planted)} | {late} "
                    f"| {_share(found.false_weeks, found.weeks)} | {found.false_weeks * yearly:.1f} "
                    f"| {found.false_alarms * yearly:.1f} |"
                )
    return lines


def _share(n: int, of: int) -> str:
    found = record(n, of - n)
    return f"{found.share:.2f} ({found.low:.2f} to {found.high:.2f})"


def verdicts() -> list[str]:
    """Whether the page's own record, which knows no truth, tells planted rises from chance."""
    rng = np.random.default_rng(SEED + 1)
    judged_right, judged, true_on, false_on = 0, 0, [0, 0], [0, 0]
    without = np.zeros(2, dtype=int)
    for years in (5, 2):
        for _ in range(REPEATS):
            drawn = world(rng, years * 52 + 30, 5, 1)
            _, _, alarms, silent = ours(drawn)
            without += silent
            for alarm in alarms:
                if alarm.went_on is not None:
                    is_true = _is_of_a_rise(drawn, alarm.series, alarm.origin.at)
                    (true_on if is_true else false_on)[0] += alarm.went_on
                    (true_on if is_true else false_on)[1] += 1
                    judged, judged_right = judged + 1, judged_right + (alarm.went_on == is_true)
    return [
        "| of | went on (95 %) |",
        "|---|---|",
        f"| {true_on[1]} alarms of a planted rise | {_share(*true_on)} |",
        f"| {false_on[1]} alarms of chance | {_share(*false_on) if false_on[1] else ''} |",
        f"| {without[0]} tested weeks of a district without alarm | {_share(int(without[1]), int(without[0]))} |",
    ]


def neighbours(cells: list[str]) -> np.ndarray:
    """(n, 7) neighbours among these cells, itself among them, padded with -1."""
    position = {cell: i for i, cell in enumerate(cells)}
    found = [[position.get(other, -1) for other in h3.grid_disk(cell, 1)] for cell in cells]
    return np.array([(row + [-1] * 7)[:7] for row in found])


def months_of(counts: np.ndarray) -> KnownMonths:
    """Counts (cells, months), oldest first, each told in its own month."""
    cell, month = np.nonzero(counts)
    ago = counts.shape[1] - 1 - month
    return KnownMonths(cell, ago, ago, counts[cell, month], len(counts))


def still(rng: np.random.Generator, near: np.ndarray) -> np.ndarray:
    """Places differ and stay as they are."""
    return np.repeat(rng.gamma(0.3, 0.1 / 0.3, len(near))[:, None], 36, axis=1)


def moving(rng: np.random.Generator, near: np.ndarray) -> np.ndarray:
    """Twenty clusters of seven cells begin, and twenty end, at any time."""
    mean = still(rng, near)
    for _ in range(20):
        begins, ends = (near[c][near[c] >= 0] for c in rng.integers(0, len(near), 2))
        mean[begins, rng.integers(6, 34) :] += 0.5
        mean[ends, : rng.integers(6, 34)] += 0.5
    return mean


def wandering(rng: np.random.Generator, near: np.ndarray) -> np.ndarray:
    """Each place goes its own way."""
    return still(rng, near) * np.exp(np.cumsum(rng.normal(0, 0.25, (len(near), 36)), axis=1))


WORLDS: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "still": still,
    "moving": moving,
    "wandering": wandering,
}
NAMES = {
    "recent_and_near": "ours",
    "last_year": "last 12 months' count",
    "last_month": "last month's count",
    "uniform": "blind choice",
    "truth": "the true means (no method can)",
}


def planted_maps() -> list[str]:
    """The table of maps on planted truths, the true means beside them."""
    lines = _maps_head("world")
    near = neighbours(h3.grid_disk(h3.latlng_to_cell(23.7, 90.4, 6), 15))
    for name, made in WORLDS.items():
        rng = np.random.default_rng(SEED)
        mean = made(rng, near)
        counts = rng.poisson(mean)
        for budget in BUDGETS:
            found, _ = judged.judge(months_of(counts), 36, near, budget, np.random.default_rng(SEED))
            lines += _maps(f"{name}", budget, found | {"truth": _of_truth(mean, counts, budget)})
    return lines


def _of_truth(mean: np.ndarray, counts: np.ndarray, budget: float) -> Pooled:
    rival = np.array([counts[:, t - 12 : t].sum(axis=1) for t in range(24, 36)], dtype=float)
    k = max(1, int(budget * len(counts)))
    return pooled(mean[:, 24:].T, rival, counts[:, 24:].T, k, np.random.default_rng(SEED))


def _maps_head(first: str) -> list[str]:
    return [
        f"| {first} | area | map | n | hit rate (95 %) | PAI (95 %) | PEI | PAI less that of 12 months (95 %) | said |",
        "|---|---:|---|---:|---|---|---:|---|---|",
    ]


def _maps(first: str, budget: float, found: dict[str, Pooled]) -> list[str]:
    return [
        f"| {first} | {budget:.0%} | {NAMES[name]} | {each.n} | {_hit_rate(each)} "
        f"| {each.pai:.2f} ({each.pai_low:.2f} to {each.pai_high:.2f}) | {each.pei:.2f} "
        f"| {each.difference:+.2f} ({each.difference_low:+.2f} to {each.difference_high:+.2f}) | {each.verdict} |"
        for name, each in found.items()
    ]


def _hit_rate(each: Pooled) -> str:
    """With the limits of PAI, which is the hit rate over the share of the area."""
    share = each.hit_rate / each.pai
    return f"{each.hit_rate:.2f} ({each.pai_low * share:.2f} to {each.pai_high * share:.2f})"


@dataclass(frozen=True)
class Told:
    """One record of the Missing Migrants project, as much of it as is needed."""

    day: date
    region: str
    lat: float
    lon: float


def told() -> Iterator[Told]:
    """The records, each once; those without a day or place are left out. The last record of a web_id counts."""
    with RECORDS.open(encoding="utf-8", newline="") as lines:
        rows = {row["web_id"]: row for row in csv.DictReader(lines)}
    for row in rows.values():
        where = row["location_coodinates"].split(",")
        if row["reported_date"] and len(where) == 2:
            yield Told(date.fromisoformat(row["reported_date"][:10]), row["region"], float(where[0]), float(where[1]))


def told_alarms(records: list[Told]) -> list[str]:
    """The monitor over the regions' weeks, one year after another."""
    regions = sorted({each.region for each in records})
    lines = ["| year | regions | rang | went on | false | weeks with an alarm | of tested weeks without, went on |",
             "|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    total, silent = np.zeros(3, dtype=int), np.zeros(2, dtype=int)
    for year in range(2018, 2023):
        last = date(year, 12, 31)
        past = [each for each in records if each.day <= last]
        weeks = (last - min(each.day for each in past)).days // 7 + 1
        series = np.array([regions.index(each.region) for each in past])
        week = weeks - 1 - np.array([(last - each.day).days // 7 for each in past])
        known = Known(series, week, week, np.ones_like(week), np.zeros(len(week), dtype=bool), len(regions), weeks)
        origins = monitor.rolled(known, 0)[:-1]
        counts = monitor.counts_known(known, weeks - 1)
        alarms = monitor.alarms(origins, counts, weeks - 1)
        quiet = np.array(monitor.without_alarm(origins, counts, weeks - 1))
        went = [alarm.went_on for alarm in alarms if alarm.went_on is not None]
        rang = sum(bool(origin.tested.rings.any()) for origin in origins)
        total += [len(alarms), sum(went), len(went) - sum(went)]
        silent += quiet
        lines.append(
            f"| {year} | {len(regions)} | {len(alarms)} | {sum(went)} | {len(went) - sum(went)} | {rang} of "
            f"{len(origins)} | {quiet[1]} of {quiet[0]} |"
        )
    right = _share(int(total[1]), int(total[1] + total[2]))
    return [*lines, "", f"All years: the rise went on after {right} of judged alarms; after tested weeks without "
            f"alarm, {_share(int(silent[1]), int(silent[0]))}."]  # fmt: skip


BOXES = {  # name: (south, west, north, east), resolution
    "Mediterranean": ((29, -18, 46, 37), 3),
    "Mexico and its northern border": ((14, -118, 34, -86), 3),
    "Bay of Bengal": ((0, 80, 27, 104), 3),
}


def told_maps(records: list[Told]) -> list[str]:
    """Maps judged on each of the last 12 months of 2022."""
    lines = _maps_head("box")
    for name, ((south, west, north, east), resolution) in BOXES.items():
        corners = [(south, west), (south, east), (north, east), (north, west)]
        cells = sorted(h3.polygon_to_cells(h3.LatLngPoly(corners), resolution))
        position = {cell: i for i, cell in enumerate(cells)}
        counts = np.zeros((len(cells), 36), dtype=np.int64)
        for each in records:
            month = (each.day.year - 2020) * 12 + each.day.month - 1
            at = position.get(h3.latlng_to_cell(each.lat, each.lon, resolution))
            if 0 <= month < 36 and at is not None:
                counts[at, month] += 1
        for budget in BUDGETS:
            found, _ = judged.judge(months_of(counts), 36, neighbours(cells), budget, np.random.default_rng(SEED))
            lines += _maps(f"{name}, {len(cells)} cells", budget, found)
    return lines


def report() -> str:
    """The whole file."""
    start = perf_counter()
    parts = [
        "# Alarms and maps, back-tested",
        "",
        "Made by `.venv/bin/python benchmarks/backtest.py --write`; the same seed and versions give the same tables.",
        "",
        "## Alarms on a planted truth",
        "",
        f"{SERIES} districts whose means differ (gamma, shape 0.5, mean 1 a week), a season, reports that come late "
        f"(geometric, 0.6 a",
        f"week). In each of {REPEATS} repeats {PLANTED} districts rise to {TIMES} times their mean for {LASTS} weeks; "
        "*a week*: that mean; *scatter*: variance",
        "over mean. The monitor runs at the end of each of the last 53 weeks on what was known then. *Found*: it rings "
        f"within {IN_TIME}",
        "weeks of the start; *weeks late* (median) has the reporting delay in it. The budget is 2.6 weeks a year with "
        "any false one.",
        "*Twice 12 weeks*: the naive alarm, five or more in four weeks and twice the mean of the twelve before.",
        "",
        *planted_alarms(),
        "",
        "## Does the page's own record tell truth from chance?",
        "",
        "The page cannot know what was true: it says that a rise *went on* where the four weeks after an alarm hold "
        "more than",
        "chance gives. Rises of 5 a week, both histories.",
        "",
        *verdicts(),
        "",
        "## Maps on planted truths",
        "",
        "721 cells, 36 months, the last 12 of them predicted one by one from those before. *Still*: places differ "
        "(gamma, shape 0.3)",
        "and stay; *moving*: clusters begin and end; *wandering*: each cell's log mean goes its own way, 0.25 a month. "
        "The half-life",
        "and the neighbours' share of our map were chosen on worlds of these kinds, with other seeds.",
        "",
        *planted_maps(),
        "",
        *_of_records(),
        "## Where and with what",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "h3", "duckdb"))
        + "; about a minute.",
        "",
    ]
    print(f"{perf_counter() - start:.0f} s")  # noqa: T201
    return "\n".join(parts)


def _of_records() -> list[str]:
    if not RECORDS.exists():
        return ["## Missing Migrants", "", "The records are not at hand: left out.", ""]
    records = sorted(told(), key=lambda each: (each.day, each.lat, each.lon))
    return [
        "## Alarms on records: Missing Migrants, 2014 to 2022",
        "",
        f"{len(records)} incidents of IOM's Missing Migrants Project (read from the data pack beside the repository, "
        "no row of it is",
        "here). They have no date of report, so each counts as known in its week. No truth is known: *went on* as "
        "above.",
        "",
        *told_alarms(records),
        "",
        "## Maps on records: Missing Migrants, the 12 months of 2022",
        "",
        "H3 cells of resolution 3 in three boxes, empty ones too.",
        "",
        *told_maps(records),
        "",
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help=f"write {WRITTEN.name}")
    text = report()
    if options.parse_args().write:
        WRITTEN.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201
