"""How often each flag over time goes up on null data like ours, and the back-test of maps on a planted truth.

Every row draws data in which nothing happens and counts how often the product would say that something did.
"""

import argparse
import warnings
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path
from time import perf_counter

import h3
import numpy as np
import pyarrow as pa
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from dashboard.figures.change import with_change
from dashboard.figures.scatter import UNKNOWN, WEEKS, Scatter, of_weeks
from dashboard.stats.backtest import cells_of, last_month, last_year, pooled, uniform
from dashboard.stats.capture import estimate
from dashboard.stats.change_point import change_point
from dashboard.stats.delay import completeness, delay, provisional
from dashboard.stats.ears import LIMIT, this_month
from dashboard.stats.effort import explanation
from dashboard.stats.farrington import this_week
from dashboard.stats.gi_star import false_discovery, gi_star
from dashboard.stats.scan import scan
from dashboard.stats.small_numbers import change, rate_ratio, verdict
from dashboard.stats.trend import Trend, trend

WRITTEN = Path(__file__).with_name("STATISTICS_TIME.md")
SEED = 20261125
LEVEL = 0.05
LONG = 5 * 52 + 4
Flags = Iterator[tuple[bool, ...]]


def drawn(rng: np.random.Generator, mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Counts of that mean, their variance `dispersion` times as large."""
    if dispersion == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(np.maximum(mean, 1e-9) / (dispersion - 1), 1 / dispersion)


def season(weeks: int) -> np.ndarray:
    """A year that swings by a third either way."""
    return np.exp(0.3 * np.cos(2 * np.pi * np.arange(weeks) / 52.1775))


def fitted(counts: np.ndarray) -> Trend:
    never = np.zeros(len(counts), dtype=bool)
    return trend(np.arange(len(counts)), counts, never, never, None)


def changes(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """12 weeks against the 12 before, after three years; as the product does, and exact whatever the scatter."""
    while True:
        counts = drawn(rng, np.full(156, mean), dispersion)
        model = fitted(counts)
        a, b = int(counts[-12:].sum()), int(counts[-24:-12].sum())
        ours = verdict(change(a, 84, b, 84, model.recent_dispersion, model.recent_df), a, b)
        yield ours in ("rise", "fall"), verdict(rate_ratio(a, 84, b, 84), a, b) in ("rise", "fall")


def tables(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """64 districts, 12 weeks against 12: any arrow of a table as the product makes it; and by Poisson alone."""
    yield from _tables(rng, mean, dispersion, 64)


def short_tables(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """The same of 20 crossings."""
    yield from _tables(rng, mean, dispersion, 20)


def _tables(rng: np.random.Generator, mean: float, dispersion: float, rows: int) -> Flags:
    while True:
        means = rng.gamma(0.5, mean / 0.5, rows)
        weeks = drawn(rng, np.repeat(means[:, None], WEEKS, 1), dispersion)
        yield _arrow(weeks, of_weeks(weeks)), _arrow(weeks, UNKNOWN)


def _arrow(weeks: np.ndarray, scatter: Scatter) -> bool:
    """Whether a table of the last 12 weeks against the 12 before says rise or fall of any row."""
    table = pa.table({"n": weeks[:, -12:].sum(axis=1), "n_before": weeks[:, -24:-12].sum(axis=1)})
    said = with_change(table, 84, scatter=scatter)["verdict"].to_pylist()
    return "rise" in said or "fall" in said


def placed(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """One of 64 districts at 2 a week rises to `mean` a week for 12 weeks: its own arrow; and by Poisson alone."""
    while True:
        means = np.repeat(rng.gamma(0.5, 2 / 0.5, (64, 1)), WEEKS, axis=1)
        means[0], means[0, -12:] = 2, mean
        weeks = drawn(rng, means, dispersion)
        yield tuple(_first_rises(weeks, scatter) for scatter in (of_weeks(weeks), UNKNOWN))


def _first_rises(weeks: np.ndarray, scatter: Scatter) -> bool:
    table = pa.table({"n": weeks[:, -12:].sum(axis=1), "n_before": weeks[:, -24:-12].sum(axis=1)})
    return bool(with_change(table, 84, scatter=scatter)["verdict"][0].as_py() == "rise")


def trends(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """A trend in three years with a season and none; withheld is no flag."""
    while True:
        yield (fitted(drawn(rng, mean * season(156), dispersion)).p < LEVEL,)


def splits(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """A change point in three years, the season taken out as fitted; and left in."""
    while True:
        counts = drawn(rng, mean * season(156), dispersion)
        model = fitted(counts)
        flat = np.ones(156)
        known = flat if model.withheld else model.season
        yield change_point(counts, known, rng).p < LEVEL, change_point(counts, flat, rng).p < LEVEL


def monitors(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """128 series of five years, one week: any alarm by q; any count above the method's own threshold."""
    while True:
        means = rng.gamma(0.5, mean / 0.5, 128)[:, None] * season(LONG)
        counts = drawn(rng, means, dispersion)
        found = this_week(counts)
        yield (false_discovery(found.p) <= LEVEL).any(), (counts[:, -1] > found.threshold).any()


def short_monitors(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """128 series of two years, four weeks: any alarm by q; any above the method's own limit."""
    while True:
        means = rng.gamma(0.5, mean / 0.5, 128)[:, None] * season(104)
        found = this_month(drawn(rng, means, dispersion))
        loud = found.state == "tested"
        yield (false_discovery(found.p) <= LEVEL).any(), (found.deviate[loud] > LIMIT).any()


def scans(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """91 cells of 7-cell areas, a year of exact records, two fifths of all: the cluster's p; and that of records."""
    areas = neighbours(5)
    while True:
        means = rng.gamma(0.5, mean / 0.5, len(areas))[:, None] * season(52)
        found = scan(rng.binomial(drawn(rng, means, dispersion), 0.4), areas, rng)
        yield found.p <= LEVEL, found.p_records <= LEVEL


def rises_with_effort(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """Twice the patrols, the rate per hour the same: "beyond effort"; and "a rise" by days alone.

    As `effort.by_district` has it: the scatter of 20 districts, of which this is one, is read from their weeks.
    """
    while True:
        weeks = drawn(rng, np.full((20, WEEKS), mean), dispersion)
        weeks[0, -12:] = drawn(rng, np.full(12, 2 * mean), dispersion)
        a, b = int(weeks[0, -12:].sum()), int(weeks[0, -24:-12].sum())
        by_days, by_hours = (change(a, t, b, 84, *of_weeks(weeks)) for t in (84, 168))
        said = explanation(by_days, by_hours, 2.0)
        yield said == "beyond_effort", verdict(by_days, a, b) == "rise"


def fresh_weeks(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """Reports that come late, 12 weeks against 12: provisional weeks left out; and left in."""
    now = 156
    while True:
        event = np.repeat(np.arange(now + 1), drawn(rng, np.full(now + 1, mean), dispersion))
        report = event + rng.geometric(0.4, len(event)) - 1
        event, report = event[report <= now], report[report <= now]
        counts = np.bincount(event, minlength=now + 1)
        share = completeness(delay(event, report, report, now), np.arange(now + 1), now)
        yield tuple(_fell(series) for series in (counts[~provisional(share)], counts))


def _fell(counts: np.ndarray) -> bool:
    a, b = int(counts[-12:].sum()), int(counts[-24:-12].sum())
    return verdict(rate_ratio(a, 84, b, 84), a, b) in ("rise", "fall")


def equal_maps(rng: np.random.Generator, mean: float, dispersion: float) -> Flags:
    """Two maps of equal worth, each from a year of its own, changing places at random: one said to be better."""
    while True:
        means = np.repeat(rng.gamma(0.5, mean / 0.5, 200)[:, None], 12, axis=1)
        maps = [drawn(rng, means, dispersion).sum(axis=1).astype(float) for _ in range(2)]
        first = rng.integers(0, 2, 12)
        one, other = (np.array([maps[i] for i in order]) for order in (first, 1 - first))
        found = pooled(one, other, drawn(rng, means, dispersion).T, cells_of(0.05, 200), rng)
        low, high = found.difference_low, found.difference_high
        yield found.verdict in ("better", "worse"), not low <= 0 <= high


def neighbours(rings: int) -> np.ndarray:
    """(n, 7) neighbours of a disk of hexagons, itself among them, padded with -1."""
    cells = h3.grid_disk(h3.latlng_to_cell(23.7, 90.4, 6), rings)
    position = {cell: i for i, cell in enumerate(cells)}
    return np.array([[position.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in cells])


STUDIES: list[
    tuple[str, str, Callable[[np.random.Generator, float, float], Flags], int, tuple[tuple[float, float], ...]]
] = [
    (
        "change, one series",
        "exact whatever the scatter",
        changes,
        400,
        ((0.3, 1), (1, 1), (5, 1), (1, 2), (5, 2), (5, 4)),
    ),
    ("change, table of 64, any arrow", "by Poisson", tables, 400, ((0.3, 1), (2, 1), (0.3, 2), (2, 2), (2, 4))),
    ("change, table of 20, any arrow", "by Poisson", short_tables, 400, ((2, 1), (0.3, 2), (2, 2), (2, 4))),
    ("trend", "", trends, 400, ((1, 1), (5, 1), (1, 2), (5, 2), (5, 4))),
    ("change point", "season left in", splits, 200, ((1, 1), (5, 1), (5, 2))),
    ("alarm, 128 long series, any", "own 1 % threshold", monitors, 300, ((0.3, 1), (0.1, 3), (0.3, 2), (1, 3))),
    (
        "alarm, 128 short series, any",
        "own limit of 3.09 sd",
        short_monitors,
        400,
        ((0.3, 1), (1, 1), (0.1, 3), (0.3, 2), (1, 3)),
    ),
    ("scan, 60 % district-only", "dates shuffled over records", scans, 150, ((0.3, 1), (0.3, 2), (0.1, 3))),
    ("rise beyond effort", "rise by days alone", rises_with_effort, 400, ((1, 1), (5, 1), (5, 2))),
    ("change with late reports", "fresh weeks left in", fresh_weeks, 200, ((2, 1), (5, 1))),
    ("back-test, either map better", "by the interval alone", equal_maps, 200, ((0.3, 1), (0.3, 2))),
]


def sizes() -> list[str]:
    """The table of false flags."""
    lines = [
        "| flag | mean | scatter | repeats | flagged | standard error | for comparison | flagged |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    rng = np.random.default_rng(SEED)
    for name, other, study, repeats, settings in STUDIES:
        for mean, dispersion in settings:
            flags = study(rng, mean, dispersion)
            shares = np.array([next(flags) for _ in range(repeats)]).mean(axis=0)
            error = sqrt(LEVEL * (1 - LEVEL) / repeats)
            beside = f"{shares[1]:.3f}" if other else ""
            lines.append(
                f"| {name} | {mean} | {dispersion} | {repeats} | {shares[0]:.3f} | {error:.3f} | {other} | {beside} |"
            )
    return lines


def arrows() -> list[str]:
    """How often the row that rises has its arrow; and by Poisson alone."""
    rng = np.random.default_rng(SEED)
    lines = ["| a week | scatter | its arrow | by Poisson |", "|---:|---:|---:|---:|"]
    for mean, dispersion in ((4, 1), (4, 2), (6, 2), (8, 2), (8, 4), (12, 4)):
        flags = placed(rng, mean, dispersion)
        shares = np.array([next(flags) for _ in range(200)]).mean(axis=0)
        lines.append(f"| {mean} | {dispersion} | {shares[0]:.2f} | {shares[1]:.2f} |")
    return lines


def powers() -> list[str]:
    """How often a week that is planted in one of 128 long series rings, and one in one of 128 short series."""
    rng = np.random.default_rng(SEED)
    lines = [
        "| mean | scatter | planted in one week | long series ring | planted in four | short series ring |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for mean, dispersion in ((1.0, 1), (1.0, 2), (4.0, 2)):
        for more in (5, 10, 20):
            rung = np.array([_rings(rng, mean, dispersion, more) for _ in range(60)]).mean(axis=0)
            lines.append(f"| {mean} | {dispersion} | {more} | {rung[0]:.2f} | {more} | {rung[1]:.2f} |")
    return lines


def _rings(rng: np.random.Generator, mean: float, dispersion: float, more: int) -> tuple[bool, bool]:
    counts = drawn(rng, rng.gamma(0.5, mean / 0.5, (128, 1)) * season(LONG), dispersion)
    counts[0] = drawn(rng, mean * season(LONG), dispersion)
    week, month = counts.copy(), counts[:, -104:].copy()
    week[0, -1] += more
    month[0, -4:] += rng.multinomial(more, [0.25] * 4)
    return tuple(bool(false_discovery(p)[0] <= LEVEL) for p in (this_week(week).p, this_month(month).p))


def planted(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cells, 36) months of detections: background, three places that last, one that moves; true means; neighbours."""
    near = neighbours(12)
    mean = np.full((len(near), 36), 0.05)
    for centre, months in (
        (5, slice(0, 36)),
        (120, slice(0, 36)),
        (300, slice(0, 36)),
        (200, slice(0, 27)),
        (420, slice(27, 36)),
    ):
        ring = near[centre][near[centre] >= 0]
        mean[ring, months] += 0.6
        mean[centre, months] += 0.8
    return rng.poisson(mean), mean, near


def smoothed(history: np.ndarray, near: np.ndarray) -> np.ndarray:
    """A year's counts, half its own and half the mean of the neighbourhood."""
    year = last_year(history)
    around = np.where(near >= 0, year[near], 0).sum(axis=1) / (near >= 0).sum(axis=1)
    return 0.5 * year + 0.5 * around


def recent(history: np.ndarray) -> np.ndarray:
    """Counts that weigh half as much every three months."""
    return history @ 0.5 ** (np.arange(history.shape[1])[::-1] / 3)


def maps() -> list[str]:
    """The back-test's table: 12 origins, 5 % of the area, each map beside the last 12 months' count."""
    rng = np.random.default_rng(SEED)
    counts, mean, near = planted(rng)
    origins = range(24, 36)
    future = counts[:, 24:].T
    candidates: dict[str, Callable[[int], np.ndarray]] = {
        "the true means (no method can)": lambda t: mean[:, t],
        "a year, smoothed over neighbours": lambda t: smoothed(counts[:, :t], near),
        "recent months weigh more": lambda t: recent(counts[:, :t]),
        "z of Gi* on a year": lambda t: gi_star(last_year(counts[:, :t]), near),
        "last 12 months' count": lambda t: last_year(counts[:, :t]),
        "last month": lambda t: last_month(counts[:, :t]),
        "uniform": lambda t: uniform(counts[:, :t]),
    }
    rival = np.array([last_year(counts[:, :t]) for t in origins])
    k = cells_of(0.05, len(counts))
    lines = [
        "| map | hit rate | PAI | 95 % | PEI | PAI less that of 12 months | 95 % | said |",
        "|---|---:|---:|---|---:|---:|---|---|",
    ]
    for name, scored in candidates.items():
        found = pooled(np.array([scored(t) for t in origins]), rival, future, k, np.random.default_rng(SEED))
        own = f"{found.hit_rate:.2f} | {found.pai:.2f} | {found.pai_low:.2f} to {found.pai_high:.2f} | {found.pei:.2f}"
        limits = f"{found.difference_low:+.2f} to {found.difference_high:+.2f}"
        lines.append(f"| {name} | {own} | {found.difference:+.2f} | {limits} | {found.verdict} |")
    return [f"{len(counts)} cells, {int(future.sum())} detections in 12 months, {k} cells a map.", "", *lines]


def seconds(run: Callable[[], object], times: int) -> float:
    """The best of some runs."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        run()
        taken.append(perf_counter() - start)
    return min(taken)


def one_by_one(counts: np.ndarray) -> None:
    """The two fits of each series by statsmodels, on a design of the same size."""
    past = counts[:, :-27]
    week = np.arange(past.shape[1])
    design = np.column_stack([(week // 5 % 10)[:, None] == np.arange(10), week / 52]).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for series in past:
            for _ in range(2):
                GLM(series, design, family=Poisson()).fit()


def times() -> list[str]:
    """The table of seconds."""
    rng = np.random.default_rng(SEED)
    many, areas = rng.poisson(2, (128, LONG)), neighbours(18)
    long, sparse = rng.poisson(5, 260), rng.poisson(0.02, (len(areas), 52))
    table = np.array([247, 49, 142, 60, 112, 4, 12])
    rows = [
        ("Farrington, 128 series of five years", seconds(lambda: this_week(many), 3)),
        ("the same two fits a series by statsmodels, one by one", seconds(lambda: one_by_one(many), 1)),
        ("EARS, 128 series", seconds(lambda: this_month(many), 3)),
        (
            f"scan, {len(areas)} cells, {sparse.sum()} records, 999 shuffles",
            seconds(lambda: scan(sparse, areas, rng), 2),
        ),
        ("trend, 260 weeks", seconds(lambda: fitted(long), 3)),
        ("change point, 260 weeks, 1,999 shuffles", seconds(lambda: change_point(long, np.ones(260), rng), 3)),
        ("capture-recapture, eight models with limits", seconds(lambda: estimate(table), 1)),
    ]
    return ["| task | s |", "|---|---:|", *[f"| {name} | {value:.3f} |" for name, value in rows]]


def report() -> str:
    """The whole file."""
    parts = [
        "# Statistics over time: false flags, back-test, seconds",
        "",
        "Made by `benchmarks/statistics_alarms.py --write`; the same seed gives the same flags.",
        "",
        "## Flags on null data",
        "",
        "Nothing happens in these data; stated level 0.05. *Mean*: detections a week and series (a month and cell in",
        "the back-test); *scatter*: variance over mean, 1 is Poisson. Where there are many series, their means differ",
        "(gamma, shape 0.5). *For comparison*: what the flag would do without the rule that the product adds. Standard",
        "error: of a share of 0.05.",
        "",
        *sizes(),
        "",
        "A scan by records alone supposes that detections come one by one; where they come in groups it rings in every",
        "second or third null map, so the product shuffles the weeks of each cell too.",
        "",
        "## What it takes for an arrow",
        "",
        "One of 64 districts at 2 a week rises for 12 weeks; share of 200 repeats in which its row says so.",
        "",
        *arrows(),
        "",
        "## What it takes to ring",
        "",
        "One of 128 series, more detections than usual; share of 60 repeats in which that series rings.",
        "",
        *powers(),
        "",
        "## Back-test on a planted truth",
        "",
        "Three places that last and one that moved nine months before the end; each map knows only the months before.",
        "",
        *maps(),
        "",
        "## Seconds",
        "",
        "Best of a few runs, on a machine that others were using.",
        "",
        *times(),
        "",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help=f"write {WRITTEN.name}")
    text = report()
    if options.parse_args().write:
        WRITTEN.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201
