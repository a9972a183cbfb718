"""Weeks and months against what season and trend let expect: baseline, usual range, and where the level changed.

Everything but the counts and their own intervals is computed from the counts as they are published, so that no line,
limit or p can give a withheld one back. Where many weeks are withheld, there is no baseline.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import LEFT_OUT, K, beside_small, is_apart
from dashboard.figures import change, delay, hours, kinds
from dashboard.figures.chance import generator
from dashboard.figures.daily import Daily, daily
from dashboard.figures.delay import Reporting, week_no
from dashboard.figures.period import history, monday, regular_from, span
from dashboard.figures.published import STANDS_FOR, is_hidden, published
from dashboard.figures.scatter import Scatter, of_rows
from dashboard.stats import change_point, season, small_numbers, trend, usual

CALENDAR = Path(__file__).resolve().parents[2] / "data" / "reference" / "calendar.csv"
SHOWN_WEEKS = 78
CHANGE_WEEKS = 104
MOST_WITHHELD = 0.2  # of the weeks of a fit; up to here the stand-in moves the mean of a Poisson series by under 3 %
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
WEEKS = dict.fromkeys(("count_low", "count_high", "final"), ("n",))
MONTHS = dict.fromkeys(("low", "high"), ("n",))
LINES = ("expected", "low", "high", "level")
UNFITTED = ("annual_ratio", "low", "high", "p", "dispersion", "change_p", "change_before", "change_after")

Days = NDArray[np.datetime64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weekly:
    """ISO weeks without a gap. mondays: (weeks,). n: (weeks,). is_whole: all of its days lie in the data and period."""

    mondays: Days
    n: Counts
    is_whole: Flags


@dataclass(frozen=True)
class Baseline:
    """weeks: a row a week, the last 78 or the whole period. fit: one row, what the model says or why there is none.

    scatter: of the last 52 settled weeks about the model, for the comparison of periods.
    """

    weeks: pa.Table
    fit: pa.Table
    scatter: Scatter


def weekly(selected: Selected, days: Daily) -> Weekly:
    """The weeks up to the end of the period, from five years before it, as far as all data in scope reach."""
    past = history(selected)
    if past is None:
        return Weekly(np.empty(0, "datetime64[D]"), np.empty(0, np.int64), np.empty(0, bool))
    start, end = span(past)
    mondays = _mondays(start, end)
    is_whole = (mondays >= np.datetime64(start)) & (mondays + 6 <= np.datetime64(end))
    return Weekly(mondays, days.in_bins(mondays, end, "week"), is_whole)


@dataclass(frozen=True)
class _Fitted:
    """The weeks, which of them are told, their published counts, what the model says, and why it is withheld."""

    series: Weekly
    is_withheld: Flags
    is_told: Flags
    told: Counts
    model: trend.Trend
    reason: str | None


def _fitted(selected: Selected, days: Daily, late: Reporting) -> _Fitted:
    """The model of the whole, settled and unwithheld weeks of the choice, where these are enough."""
    series = weekly(selected, days)
    is_told = series.is_whole & ~late.is_provisional(series.mondays)
    is_told &= series.mondays >= np.datetime64(regular_from(selected.store, selected.principal))
    is_withheld = _withheld(selected, series, days, late)
    mondays, told = series.mondays[is_told], np.where(is_withheld, STANDS_FOR, series.n)[is_told]
    model = trend.trend(week_no(mondays), told, *_flags(mondays), _hours(selected, mondays))
    is_mostly_seen = is_withheld[is_told].sum() <= MOST_WITHHELD * len(told)
    return _Fitted(
        series, is_withheld, is_told, told, model, model.withheld or (None if is_mostly_seen else "too_many_withheld")
    )


def _withheld(selected: Selected, series: Weekly, days: Daily, late: Reporting) -> Flags:
    """(weeks,) of 1 to 4, and what would give one back beside the total of the period or of its settled part."""
    first, end = span(selected)
    inside = series.is_whole & (series.mondays >= np.datetime64(first)) & (series.mondays + 6 <= np.datetime64(end))
    part = settled_part(selected, late)
    told = [(inside, first, end)]
    if part is not None:
        after, provisional = span(part)[1] + timedelta(days=1), late.is_provisional(series.mondays)
        told += [(inside & ~provisional, first, after - timedelta(days=1)), (inside & provisional, after, end)]
    rests = [max(0, days.total(start, last) - int(series.n[weeks].sum())) for weeks, start, last in told]
    counts = np.append(series.n, [rest if rest < K else 0 for rest in rests])  # a small rest is withheld as well
    is_all = 7 * int(inside.sum()) == selected.filters.days  # then the rest is what is dated too coarsely, and is told
    groups = [
        (np.append(np.flatnonzero(weeks), len(series.n) + i), rest if rest >= K and not is_all else None)
        for i, ((weeks, *_), rest) in enumerate(zip(told, rests, strict=True))
    ]
    return beside_small(counts, groups)[: len(series.n)]


def _scatter(selected: Selected, fitted: _Fitted, settled: Selected | None) -> Scatter:
    """Of the whole: about its model, or about its own four weeks where there is no model."""
    if fitted.reason is None:
        return Scatter(fitted.model.recent_dispersion, fitted.model.recent_df)
    return of_rows(settled or selected, "total")


def baseline(selected: Selected, days: Daily, late: Reporting) -> Baseline:
    """Weeks of the choice with their usual range, where enough whole, settled and unwithheld weeks tell one."""
    found = _fitted(selected, days, late)
    series, is_told, told, model = found.series, found.is_told, found.told, found.model
    mondays = series.mondays[is_told]
    lines = {name: np.full(len(series.n), np.nan) for name in LINES}
    if found.reason is None:
        low, high = usual.usual_range(model.expected, model.expected_high, model.dispersion)
        level = season.split(told)[0] if _is_unbroken(mondays) else np.full(len(told), np.nan)
        for name, line in zip(LINES, (model.expected, low, high, level), strict=True):
            lines[name][is_told] = line
    weeks = _table(series, late, lines, found.is_withheld)
    scatter = _scatter(selected, found, settled_part(selected, late))
    return Baseline(_shown(weeks, selected), _fit_row(selected, mondays, told, model, found.reason), scatter)


@dataclass(frozen=True)
class Settled:
    """What every page compares, so that one link has one answer: the part of the period whose reports are in.

    part: that part; None where nothing is left.   told: it, or the whole period where nothing is.   days: counts a day.
    scatter: of the whole choice's weeks.   late: how late reports come.
    """

    part: Selected | None
    told: Selected
    days: Daily
    scatter: Scatter
    late: Reporting

    @property
    def is_settled(self) -> bool:
        """Whether there is anything that may be compared."""
        return self.part is not None

    def compared(self) -> pa.Table:
        """The settled part against the period asked for, the one before and a year earlier (`change.total_change`)."""
        return change.total_change(self.told, self.days, self.scatter, self.is_settled)

    def by(self, name: str, key: str, **bound: object) -> pa.Table:
        """A statement's rows over the settled part, with the change of each (`change.grouped_change`)."""
        return change.grouped_change(self.told, name, key, self.is_settled, **bound)


def settled(selected: Selected) -> Settled:
    """The settled part of a selection, with what its comparisons need."""
    days, late = daily(selected), delay.reporting(selected)
    part = settled_part(selected, late)
    scatter = _scatter(selected, _fitted(selected, days, late), part)
    return Settled(part, part or selected, days, scatter, late)


def together(whole: Selected, parts: Sequence[Selected]) -> list[Settled]:
    """`settled` of a selection and of its parts that are told beside each other: all of them end on one day."""
    told = (whole, *parts)
    alone = [settled(each) for each in told]
    start, end = span(whole)[0], min(span(each.part)[1] if each.part else date.min for each in alone)
    while start <= end and not all(is_apart(_after(each, end)) for each in told):
        end -= timedelta(days=7)
    ends = [replace(each, filters=replace(each.filters, date_to=end)) if start <= end else None for each in told]
    return [replace(one, part=part, told=part or each) for one, part, each in zip(alone, ends, told, strict=True)]


def _hours(selected: Selected, mondays: Days) -> Floats | None:
    """(weeks,) patrol hours where every district with a detection told them in full in every week; else None."""
    past = history(selected)
    told = hours.hours(past, mondays) if past else {}
    if past is None or not told:
        return None
    seen = past.ask("detections_by_district")["adm2"].to_pylist()
    return hours.together(told, seen, most_missing=0)


def settled_part(selected: Selected, late: Reporting) -> Selected | None:
    """The period as far as the data reach, without weeks that are still filling up; None where nothing is left."""
    past = history(selected)
    if past is None:
        return None
    start, end = span(selected)[0], span(past)[1]
    mondays = _mondays(start, end)
    filling = mondays[late.is_provisional(mondays)]
    if len(filling):
        end = min(end, filling[0].astype(object) - timedelta(days=1))
        while start <= end and not is_apart(_after(selected, end)):
            end -= timedelta(days=7)  # the whole period is told beside its settled part
    return replace(selected, filters=replace(selected.filters, date_to=end)) if start <= end else None


def _after(selected: Selected, day: date) -> int:
    """How many of a selection are of later days."""
    later = replace(selected, filters=replace(selected.filters, date_from=day + timedelta(days=1)))
    return int(kinds.totals(later)["n"][0].as_py())


@dataclass(frozen=True)
class Monthly:
    """months: a row a month, the whole history. fit: one row, of how many months, or why there is no baseline."""

    months: pa.Table
    fit: pa.Table


def monthly(selected: Selected, days: Daily, late: Reporting) -> Monthly:
    """One row a calendar month of the history: n with its exact 95 % interval, and its usual range as of a week.

    is_whole: all of its days lie in the data.   is_provisional: reports of its last week are still coming.
    expected, usual_low, usual_high, outside: where enough whole, settled and unwithheld months tell a baseline.
    """
    past = history(selected)
    start, end = span(past) if past else (date.max, date.min)
    months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M") + 1)
    firsts, lasts = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]") - 1
    n = days.in_bins(firsts, end, "month")
    low, high = small_numbers.count_interval(n)
    is_whole = (firsts >= np.datetime64(start)) & (lasts <= np.datetime64(end))
    last_weeks = np.array([monday(day) for day in lasts.astype(object)], dtype="datetime64[D]")
    is_provisional = late.is_provisional(last_weeks)
    is_told = is_whole & ~is_provisional & (firsts >= np.datetime64(regular_from(selected.store, selected.principal)))
    lines, fit = usual_months(firsts, n, is_told)
    told = {"month": pa.array(firsts), "n": n, "low": low, "high": high}
    told |= {"is_whole": is_whole, "is_provisional": is_provisional}
    told["is_in_period"] = (lasts >= np.datetime64(span(selected)[0])) & (firsts <= np.datetime64(span(selected)[1]))
    return Monthly(pa.table(told | lines), fit)


def usual_months(firsts: Days, n: Counts, is_told: Flags) -> tuple[dict[str, pa.Array], pa.Table]:
    """Baseline and usual range of each month as columns, from published counts; and the row on the fit."""
    told = published(n[is_told])
    ramadan, eid, lengths = trend.calendar_months(firsts[is_told], *_calendar())
    number = firsts[is_told].astype("datetime64[M]").astype(np.int64)
    model = trend.of_months(number, told, lengths, ramadan, eid)
    is_mostly_seen = is_hidden(n[is_told]).sum() <= MOST_WITHHELD * len(told)
    reason = model.withheld or (None if is_mostly_seen else "too_many_withheld")
    lines = np.full((3, len(n)), np.nan)
    if reason is None:
        lines[:, is_told] = model.expected, *usual.usual_range(model.expected, model.expected_high, model.dispersion)
    columns = {name: _known(line) for name, line in zip(("expected", "usual_low", "usual_high"), lines, strict=True)}
    columns["outside"] = _outside(published(n), *lines)
    kinds = {"months": pa.int64(), "dispersion": pa.float64(), "withheld": pa.string()}
    row = {"months": len(told), "dispersion": None if reason else model.dispersion, "withheld": reason}
    return columns, pa.table({name: pa.array([row[name]], kind) for name, kind in kinds.items()})


def _outside(told: Counts, expected: Floats, low: Floats, high: Floats) -> pa.Array:
    """above, below or inside the usual range; null where there is none."""
    said = np.select([told > high, told < low], ["above", "below"], default="inside")
    return pc.if_else(pa.array(~np.isnan(expected)), pa.array(said, pa.string()), None)


def _table(series: Weekly, late: Reporting, lines: dict[str, Floats], is_withheld: Flags) -> pa.Table:
    low, high = small_numbers.count_interval(series.n)
    is_provisional = series.is_whole & late.is_provisional(series.mondays)
    told = np.where(is_withheld, STANDS_FOR, series.n)
    columns = {
        "week": pa.array(series.mondays),
        "n": pa.array(series.n),
        LEFT_OUT: pa.array(is_withheld),
        "count_low": pa.array(low),
        "count_high": pa.array(high),
        "is_whole": pa.array(series.is_whole),
        "is_provisional": pa.array(is_provisional),
        "share": _known(np.where(is_provisional, late.share(series.mondays), np.nan)),
        "final": _known(np.where(series.is_whole, late.expected(series.n, series.mondays), np.nan)),
        **{name: _known(line) for name, line in lines.items()},
        "outside": _outside(told, lines["expected"], lines["low"], lines["high"]),
    }
    return pa.table(columns)


def _shown(weeks: pa.Table, selected: Selected) -> pa.Table:
    """The last 78 weeks, or as many as the period has; each says whether it begins within the period."""
    start, end = span(selected)
    mondays = weeks["week"].to_numpy()
    in_period = (mondays + 6 >= np.datetime64(start)) & (mondays <= np.datetime64(end))
    first = len(mondays) - max(SHOWN_WEEKS, int(in_period.sum()))
    return weeks.append_column("is_in_period", pa.array(in_period)).slice(max(0, first))


def _fit_row(selected: Selected, mondays: Days, told: Counts, fitted: trend.Trend, reason: str | None) -> pa.Table:
    """One row: the trend a year, where the level changed, or why neither is told."""
    row: dict[str, object] = dict.fromkeys(UNFITTED)
    row |= {"weeks": len(told), "has_season": False, "has_effort": False, "change_week": None, "withheld": reason}
    if reason is None:
        row |= {
            "annual_ratio": fitted.annual_ratio,
            "low": fitted.low,
            "high": fitted.high,
            "p": fitted.p,
            "dispersion": fitted.dispersion,
            "has_season": fitted.has_season,
            "has_effort": fitted.has_effort,
        }
        row |= _change(selected, mondays[-CHANGE_WEEKS:], told[-CHANGE_WEEKS:], fitted.season[-CHANGE_WEEKS:])
    kinds = dict.fromkeys(UNFITTED, pa.float64()) | {"weeks": pa.int64(), "change_week": pa.date32()}
    kinds |= {"has_season": pa.bool_(), "has_effort": pa.bool_(), "withheld": pa.string()}
    return pa.table({name: pa.array([row[name]], kind) for name, kind in kinds.items()})


def _change(selected: Selected, mondays: Days, told: Counts, seasonal: Floats) -> dict[str, object]:
    """The week at which the level of the last two years changed most, season taken out."""
    found = change_point.change_point(told, seasonal, generator(selected, "change point"))
    if found.withheld is not None or found.index is None:
        return {}
    week = mondays[found.index].astype(object)
    return {"change_week": week, "change_p": found.p, "change_before": found.before, "change_after": found.after}


def _is_unbroken(mondays: Days) -> bool:
    return bool((np.diff(mondays) == np.timedelta64(7, "D")).all())


def _mondays(start: date, end: date) -> Days:
    """Of every week that has a day from start to end."""
    return np.arange(np.datetime64(monday(start)), np.datetime64(end) + 1, np.timedelta64(7, "D"))


def _known(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)


def _flags(mondays: Days) -> tuple[Flags, Flags]:
    """Which weeks are of Ramadan, and which have a day of Eid."""
    return trend.calendar_weeks(mondays, *_calendar())


@cache
def _calendar() -> tuple[Days, Days]:
    """Every day of Ramadan, and every first day of Eid, in Bangladesh."""
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days: dict[bool, list[np.datetime64]] = {True: [], False: []}
    for row in rows:
        first, last = np.datetime64(row["start"], "D"), np.datetime64(row["end"], "D")
        days[row["occasion"] == "ramadan"] += list(np.arange(first, last + 1))
    return np.array(days[True]), np.array(days[False])
