"""Where effort was recorded, and what detections are beside it. It tells nothing of a place that it did not reach."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import h3
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import Row, protect
from dashboard.figures.baseline import Settled
from dashboard.figures.change import MIN_FOR_RATIO, UNTESTED
from dashboard.figures.period import is_comparable, span
from dashboard.figures.scatter import Scatter, of_rows
from dashboard.stats import effort, gi_star, small_numbers

REACH_KM = 15  # from a crossing: what was not told of a whole district reaches no farther
MOST_WEEKS = 0.8  # of a period, in which effort must be recorded for a place to be known
KINDS = ("patrol_hours", "checkpost_days")  # what a rate may be made of; never added up
EARTH_KM = 6371.0
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
DERIVED = dict.fromkeys(
    ("rate", "rate_before", "ratio", "low", "high", "p", "said"), ("n", "n_before", "n_within", "n_within_before")
)

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Place = tuple[str, str | None]  # district, and the crossing where one was told
Bin = tuple[date, date]  # first and last day


def known(selected: Selected, cells: NDArray[np.uint64], adm2: Sequence[str], bins: Sequence[Bin]) -> Flags:
    """Whether each cell was reached by effort in each bin of time: (cells, bins).

    A district's effort reaches its cells, a crossing's those within 15 km; in at least 80 % of the bin's whole weeks.
    """
    start, end = min(first for first, _ in bins), max(last for _, last in bins)
    rows = _between(selected, start, end).ask("effort_by_place").to_pylist()
    found = np.zeros((len(cells), len(bins)), dtype=bool)
    worked: dict[Place, set[date]] = defaultdict(set)
    where: dict[Place, tuple[float, float]] = {}
    for row in rows:
        if row["amount"] > 0:
            place = (row["adm2"], row["crossing"])
            worked[place].add(row["week"])
            where[place] = (row["lat"], row["lon"])
    weeks = [_whole_weeks(*each) for each in bins]
    for place, done in worked.items():
        often = [len(done.intersection(each)) >= MOST_WEEKS * len(each) > 0 for each in weeks]
        if any(often):
            found |= _reached(place, where[place], cells, adm2)[:, None] & np.array(often)[None, :]
    return found


def _between(selected: Selected, start: date, end: date) -> Selected:
    return replace(selected, filters=replace(selected.filters, date_from=start, date_to=end))


def _whole_weeks(start: date, end: date) -> list[date]:
    """The Mondays of the weeks that lie in a period as a whole."""
    monday = start + timedelta(days=-start.weekday() % 7)
    return [monday + timedelta(days=7 * i) for i in range(((end - monday).days + 1) // 7)]


def _reached(place: Place, at: tuple[float, float], cells: NDArray[np.uint64], adm2: Sequence[str]) -> Flags:
    district, crossing = place
    if crossing is None:
        return np.array([each == district for each in adm2], dtype=bool)
    centres = np.radians(centres_of(cells.tobytes()))
    return np.asarray(distances_km(centres, np.radians(np.array([at])))[:, 0] <= REACH_KM)


@lru_cache(maxsize=16)
def centres_of(cells: bytes) -> Floats:
    """For cells as the bytes of a uint64 array: (n, 2) latitude and longitude of their centres, in degrees."""
    told = [h3.cell_to_latlng(h3.int_to_str(int(cell))) for cell in np.frombuffer(cells, dtype=np.uint64)]
    return np.array(told, dtype=float).reshape(len(told), 2)


def distances_km(a_rad: Floats, b_rad: Floats) -> Floats:
    """Great-circle distances (a, b) between points given as latitude and longitude in radians."""
    lat_a, lon_a, lat_b, lon_b = a_rad[:, :1], a_rad[:, 1:], b_rad[:, 0], b_rad[:, 1]
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def unknown(cells: NDArray[np.uint64]) -> pa.Table:
    """The cells, neighbours that fill a larger cell given as that one."""
    without = [h3.int_to_str(int(cell)) for cell in cells]
    return pa.table({"cell": pa.array(sorted(h3.str_to_int(cell) for cell in h3.compact_cells(without)), pa.uint64())})


def by_district(settled: Settled) -> pa.Table:
    """One row a district and kind of effort recorded there now or before, and what it says of a rise.

    All of the settled part of the period.   n, n_before: detections.   n_within, n_within_before: those of the weeks
    whose effort is complete, that is, told by as many units as in the fullest week.   effort, effort_before: the amount
    in those weeks.   rate, rate_before: the one by the other, missing where effort is complete in under 80 % of the
    weeks.   ratio, low, high, p: of the rates.
    said: `effort.explanation`'s word, too_few, or not_comparable. A rise is one at q <= 0.05 over the rows.
    """
    selected = settled.told
    past, whole = selected.compared(), settled.is_settled and is_comparable(selected)
    if not any(each.ask("effort_by_place").num_rows for each in (selected, past)):
        return _rows([])  # the common case: a few milliseconds instead of four questions over all records
    (now, n), (before, n_before) = ((_weekly(each), _counts(each)) for each in (selected, past))
    places = sorted({*now.told, *before.told})
    rows: list[Row] = [{"adm2": adm2, "kind": kind, "n": n[adm2], "n_before": n_before[adm2]} for adm2, kind in places]
    wide, days, days_before = of_rows(selected, "adm2"), selected.filters.days, past.filters.days
    ratios = [_counted(row, days, days_before, wide) if whole else UNTESTED for row in rows]
    q = gi_star.false_discovery(np.array([ratio.p for ratio in ratios], dtype=float)).tolist()
    found = [
        row | _compared(_recorded(now, before, *place), _recorded(before, now, *place), replace(ratio, p=each), wide)
        for place, row, ratio, each in zip(places, rows, ratios, q, strict=True)
    ]
    for row in found:
        if not whole:
            row["said"] = "not_comparable"
        elif row["n"] + row["n_before"] < MIN_FOR_RATIO:
            row["said"] = "too_few"
    return _rows(found)


def _rows(found: Sequence[Row]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in found], kind) for name, kind in COLUMNS.items()})


AMOUNTS = ("effort", "effort_before", "rate", "rate_before", "ratio", "low", "high", "p")
COLUMNS = (
    dict.fromkeys(("adm2", "kind", "said"), pa.string())
    | dict.fromkeys(("n", "n_before", "n_within", "n_within_before"), pa.int64())
    | dict.fromkeys(AMOUNTS, pa.float64())
)


@dataclass(frozen=True)
class _Weekly:
    """Arrays (weeks,). n: detections by district.   told: by district and kind, number of reports and their amount."""

    n: dict[str, NDArray[np.int64]]
    told: dict[tuple[str, str], tuple[NDArray[np.int64], Floats]]


def _weekly(selected: Selected) -> _Weekly:
    week = {monday: i for i, monday in enumerate(_whole_weeks(*span(selected)))}
    n: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(len(week), dtype=np.int64))
    told: dict[tuple[str, str], tuple[NDArray[np.int64], Floats]] = {}
    for row in protect(selected, selected.ask("detections_by_district_week")).to_pylist():
        if row["week"] in week:
            n[row["adm2"]][week[row["week"]]] = row["n"]
    for row in selected.ask("effort_by_place").to_pylist():
        if row["kind"] in KINDS:
            place = (row["adm2"], row["kind"])
            reports, amount = told.setdefault(place, (np.zeros(len(week), dtype=np.int64), np.zeros(len(week))))
            reports[week[row["week"]]] += row["n_reports"]
            amount[week[row["week"]]] += row["amount"]
    return _Weekly(n, told)


def _counts(selected: Selected) -> Counter[str]:
    counts = protect(selected, selected.ask("detections_by_district"))
    return Counter(dict(zip(counts["adm2"].to_pylist(), counts["n"].to_pylist(), strict=True)))


def _counted(row: Row, days: int, days_before: int, wide: Scatter) -> small_numbers.RateRatio:
    n, before = row["n"], row["n_before"]
    if n + before < MIN_FOR_RATIO:
        return UNTESTED
    return small_numbers.change(n, days, before, days_before, *wide)


def _recorded(period: _Weekly, other: _Weekly, adm2: str, kind: str) -> effort.Recorded:
    """One district, kind and period; a week that fewer units told than in the fullest of both periods is missing."""
    told = [each.told[adm2, kind][0] for each in (period, other) if (adm2, kind) in each.told]
    fullest = max(int(reports.max(initial=0)) for reports in told)
    if (adm2, kind) not in period.told:
        return effort.recorded(np.zeros(0, dtype=np.int64), np.zeros(0))
    reports, amount = period.told[adm2, kind]
    return effort.recorded(period.n[adm2], np.where(reports == fullest, amount, np.nan))


def _compared(now: effort.Recorded, before: effort.Recorded, count: small_numbers.RateRatio, wide: Scatter) -> Row:
    """Both rates where each period has one, their ratio, and whether a rise is more than one of effort."""
    can, could = now.withheld is None, before.withheld is None
    ratio = UNTESTED
    if can and could and now.n_within + before.n_within >= MIN_FOR_RATIO:
        ratio = small_numbers.change(now.n_within, now.effort, before.n_within, before.effort, *wide)
    return {
        "n_within": now.n_within,
        "n_within_before": before.n_within,
        "effort": now.effort,
        "effort_before": before.effort,
        "rate": now.n_within / now.effort if can else None,
        "rate_before": before.n_within / before.effort if could else None,
        **{name: _or_none(getattr(ratio, name)) for name in ("ratio", "low", "high", "p")},
        "said": effort.explanation(
            count, ratio if ratio is not UNTESTED else None, now.effort / before.effort if before.effort else math.inf
        ),
    }


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
