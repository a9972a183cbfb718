"""What two answers share: settled filters, totals, hot cells, corridors, change of a group, counts over time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import h3
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.access import Principal
from dashboard.database import Selected, Store
from dashboard.disclosure import protect
from dashboard.filters import RESOLUTIONS, Filters
from dashboard.stats import gi_star, small_numbers

FINEST_SHOWN = 6  # the finest cells a page draws unless a finer resolution is asked for and the data carry it
COARSEST = 4
MIN_FOR_RATIO = 10  # detections in both periods together, below which only counts are shown
WEEKLY_UP_TO = 53  # weeks; a longer period is counted by month
UNTESTED = small_numbers.RateRatio(*4 * (math.nan,))
DATED = {"week": ("day", "week"), "month": ("day", "week", "month")}

# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
CHANGED = dict.fromkeys(("ratio", "low", "high", "p", "q", "verdict"), ("n", "n_before"))
COUNTED = dict.fromkeys(("low", "high"), ("n",))
TESTED = dict.fromkeys(("z", "p", "q", "class"), ("n_near",))


def settle(selected: Selected) -> tuple[Selected, int | None]:
    """The selection with its period and resolution chosen, and the resolution that was refused as too fine, if any.

    The default period ends with the last day of all data in scope, never of the choice: a window that ended on the
    last event of a choice would be chosen after looking, and would give that day away.
    """
    _, last_day = observed(selected.store, selected.principal)
    dated = replace(selected, filters=selected.filters.settle(last_day, FINEST_SHOWN))
    carried = finest_carried(dated.ask("extent")["uncertainty_p80_m"][0].as_py())
    asked = selected.filters.resolution
    finest = min(carried, FINEST_SHOWN if asked is None else asked)
    refused = asked if asked is not None and asked > carried else None
    return replace(dated, filters=replace(dated.filters, resolution=finest)), refused


@lru_cache(maxsize=8)
def observed(store: Store, principal: Principal) -> tuple[date | None, date | None]:
    """First and last day of all data that a principal may see in a version."""
    extent = store.select(Filters(), principal).ask("extent")
    return extent["first_day"][0].as_py(), extent["last_day"][0].as_py()


def is_comparable(selected: Selected) -> bool:
    """Whether the data reach over the period and the one that it is compared with, and the two do not overlap."""
    first_day, last_day = observed(selected.store, selected.principal)
    (start, end), (start_before, end_before) = _span(selected), _span(selected.compared())
    covered = first_day is not None and last_day is not None and first_day <= start_before and end <= last_day
    return covered and end_before < start


def finest_carried(uncertainty_m: float | None) -> int:
    """The finest resolution whose average edge is not below a radius in metres; where none is known, a coarse one."""
    if uncertainty_m is None:
        return COARSEST
    fitting = [r for r in RESOLUTIONS if h3.average_hexagon_edge_length(r, unit="m") >= uncertainty_m]
    return max(fitting, default=RESOLUTIONS[0])


def totals(selected: Selected) -> pa.Table:
    """One row: n and its parts now, n_before, and the ratio of the two with interval, p and verdict."""
    resolution = selected.filters.resolution
    now = protect(selected, selected.ask("totals", resolution=resolution))
    before = protect(selected, selected.compared().ask("totals", resolution=resolution))
    joined = now.append_column("n_before", before["n"]).append_column("n_tip_before", before["n_tip"])
    return with_change(joined, selected.filters.days, is_comparable(selected))


def with_change(table: pa.Table, days: int, is_tested: bool = True) -> pa.Table:
    """A table with columns n and n_before, and beside them ratio, low, high, p, and q and verdict over its rows.

    Verdict: rise, fall, no_evidence, too_few (under 10 in both periods), none_in_either; not_comparable for every row
    where the two periods cannot be compared. The family of q is the rows of the table that have enough to be tested.
    """
    pairs = list(zip(table["n"].to_pylist(), table["n_before"].to_pylist(), strict=True))
    ratios = [
        small_numbers.rate_ratio(n, days, before, days) if is_tested and n + before >= MIN_FOR_RATIO else UNTESTED
        for n, before in pairs
    ]
    q = gi_star.false_discovery(np.array([r.p for r in ratios], dtype=float)).tolist()
    verdicts = [_verdict(r, n, before, each) for r, (n, before), each in zip(ratios, pairs, q, strict=True)]
    columns: dict[str, Sequence[object]] = {
        "ratio": [r.ratio for r in ratios],
        "low": [r.low for r in ratios],
        "high": [r.high for r in ratios],
        "p": [r.p for r in ratios],
        "q": q,
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    said = verdicts if is_tested else ["not_comparable"] * table.num_rows
    return table.append_column("verdict", pa.array(said, pa.string()))


def _verdict(ratio: small_numbers.RateRatio, n: int, before: int, q: float) -> str:
    if 0 < n + before < MIN_FOR_RATIO:
        return "too_few"
    spoken = small_numbers.verdict(ratio, n, before)
    return "no_evidence" if spoken in ("rise", "fall") and q > 0.05 else spoken


def hot_cells(selected: Selected) -> tuple[pa.Table, str | None]:
    """Cells that hold a detection or are called hot, with n, n_near, z, p, q, class; and why no test was made, if so.

    n_near counts the cell and its neighbours within the study area; p and q are one-sided (statistics: Gi*, exact).
    """
    bound = {
        "resolution": selected.filters.resolution,
        "districts": list(selected.filters.choices.get("d", ())),
    }
    cells = protect(selected, selected.ask("detections_by_cell", **bound))
    at_home, abroad = (cells.filter(is_in) for is_in in (cells["adm2"].is_valid(), cells["adm2"].is_null()))
    refused = gi_star.enough_to_test(at_home["n"].to_numpy())
    table = pa.concat_tables([_with_test(at_home, refused is None), _with_test(abroad, False)])
    shown = pc.or_(pc.greater(table["n"], 0), pc.is_in(table["class"], pa.array(["hot", "peak", "cold"])))
    return table.filter(shown), refused


def _with_test(cells: pa.Table, is_tested: bool) -> pa.Table:
    counts = cells["n"].to_numpy().astype(np.int64)
    near = neighbours(cells["cell"].to_numpy().astype(np.uint64).tobytes())
    for name, column in _tested(counts, near, is_tested).items():
        cells = cells.append_column(name, pa.array(column, from_pandas=True))
    return cells


def _tested(counts: NDArray[np.int64], near: NDArray[np.intp], is_tested: bool) -> dict[str, NDArray[np.generic]]:
    n_near = np.where(near >= 0, counts[near], 0).sum(axis=1)
    if not is_tested:
        nothing = np.full(len(counts), np.nan)
        undefined = np.full(len(counts), "undefined")
        return {"n_near": n_near, "z": nothing, "p": nothing, "q": nothing, "class": undefined}
    p_hot, p_cold = gi_star.exact_tails(counts, near)
    q_hot, q_cold = gi_star.false_discovery(p_hot), gi_star.false_discovery(p_cold)
    effort_known = np.zeros(len(counts), dtype=bool)  # no effort is loaded yet: unknown, so never cold
    peak = small_numbers.is_peak(counts)
    return {
        "n_near": n_near,
        "z": gi_star.gi_star(counts.astype(float), near),
        "p": p_hot,
        "q": q_hot,
        "class": gi_star.classes(q_hot, q_cold, effort_known, peak),
    }


@lru_cache(maxsize=16)
def neighbours(cells: bytes) -> NDArray[np.intp]:
    """For cells as the bytes of a uint64 array: (n, 7) indices of each cell and of those that touch it, or -1."""
    mask = np.frombuffer(cells, dtype=np.uint64)
    position = {int(cell): i for i, cell in enumerate(mask)}
    found = np.full((len(mask), 7), -1, dtype=np.intp)
    for i, cell in enumerate(position):
        for j, other in enumerate(h3.grid_disk(h3.int_to_str(cell), 1)):
            found[i, j] = position.get(h3.str_to_int(other), -1)
    return found


def districts(selected: Selected) -> pa.Table:
    """One row a district: n, its exact 95 % interval as a Poisson count, and how many are known no better."""
    table = protect(selected, selected.ask("detections_by_district"))
    low, high = small_numbers.count_interval(table["n"].to_numpy())
    return table.append_column("low", pa.array(low)).append_column("high", pa.array(high))


def corridors(selected: Selected) -> pa.Table:
    """One row an origin district, crossing and destination; what is known of each in numbers."""
    return protect(selected, selected.ask("corridors"))


def crossings(selected: Selected) -> pa.Table:
    """One row a crossing named now or before: n, n_before and the change; most detections first."""
    return grouped_change(selected, "detections_by_crossing", "crossing")


def grouped_change(selected: Selected, name: str, key: str) -> pa.Table:
    """A statement's rows now beside n_before of the same key, with the change of each; most detections first."""
    now = protect(selected, selected.ask(name))
    before = protect(selected, selected.compared().ask(name))
    counts = dict(zip(before[key].to_pylist(), before["n"].to_pylist(), strict=True))
    gone = before.filter(pc.invert(pc.is_in(before[key], now[key].combine_chunks())))
    none = pa.array([0] * gone.num_rows, pa.int64())
    zeroed = [none if column.startswith("n") else gone[column] for column in now.column_names]
    both = pa.concat_tables([now, pa.table(zeroed, now.column_names)])
    was = pa.array([counts.get(code, 0) for code in both[key].to_pylist()], pa.int64())
    return with_change(both.append_column("n_before", was), selected.filters.days, is_comparable(selected))


@dataclass(frozen=True)
class Times:
    """Counts a week, or a month in a period of over 53 weeks, now and before, aligned at their ends.

    all: day (last of the bin), n, n_before (null where that period has no such bin); labelled: the same by crime_label.
    n_not_dated: detections dated too coarsely for such a bin, and in none.
    """

    unit: str
    all: pa.Table
    labelled: pa.Table
    n_not_dated: int


def over_time(selected: Selected) -> Times:
    """The selection and the period that it is compared with, counted by week or month."""
    unit = "week" if selected.filters.days <= 7 * WEEKLY_UP_TO else "month"
    past = selected.compared()
    now, before = (protect(each, each.ask("detections_by_day")) for each in (selected, past))
    (now, coarse), (before, _) = _dated(now, unit), _dated(before, unit)
    ends, ends_before = bins(*_span(selected), unit), bins(*_span(past), unit)
    labels = sorted({*now["crime_label"].to_pylist(), *before["crime_label"].to_pylist()})
    whole = _counted(now, before, ends, ends_before, None)
    parts = [_counted(now, before, ends, ends_before, label) for label in labels]
    return Times(unit, whole.drop_columns("crime_label"), pa.concat_tables(parts or [whole.slice(0, 0)]), coarse)


def _dated(daily: pa.Table, unit: str) -> tuple[pa.Table, int]:
    """The rows that a bin of this unit can hold, and how many detections the others have."""
    fine = pc.is_in(daily["date_precision"], pa.array(DATED[unit]))
    return daily.filter(fine), int(pc.sum(daily.filter(pc.invert(fine))["n"]).as_py() or 0)


def _span(selected: Selected) -> tuple[date, date]:
    start, end = selected.filters.date_from, selected.filters.date_to
    if start is None or end is None:
        raise ValueError("settle the filters first")
    return start, end


def bins(start: date, end: date, unit: str) -> list[date]:
    """Last days of the bins of a period, oldest first. Weeks count back from its end; months are calendar ones."""
    if unit == "week":
        return [end - timedelta(days=7 * i) for i in range((end - start).days // 7 + 1)][::-1]
    ends: list[date] = []
    last = start
    while last <= end:
        following = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
        ends.append(min(following - timedelta(days=1), end))
        last = following
    return ends


def _counted(now: pa.Table, before: pa.Table, ends: list[date], past: list[date], label: str | None) -> pa.Table:
    was = [None] * max(0, len(ends) - len(past)) + _in_bins(before, past, label)
    return pa.table(
        {
            "day": pa.array(ends, pa.date32()),
            "crime_label": pa.array([label] * len(ends), pa.string()),
            "n": pa.array(_in_bins(now, ends, label), pa.int64()),
            "n_before": pa.array(was[len(was) - len(ends) :], pa.int64()),
        }
    )


def _in_bins(daily: pa.Table, ends: list[date], label: str | None) -> list[int | None]:
    if label is not None:
        daily = daily.filter(pc.equal(daily["crime_label"], label))
    edges = np.array(ends, dtype="datetime64[D]")
    position = np.searchsorted(edges, daily["day"].to_numpy().astype("datetime64[D]"))
    counts = np.bincount(position, weights=daily["n"].to_numpy(), minlength=len(ends))
    return [int(n) for n in counts[: len(ends)]]
