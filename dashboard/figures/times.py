"""Counts a week or a month, now and before, aligned at their ends; a day; and a period of each district."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, protect
from dashboard.figures.daily import Daily
from dashboard.figures.period import history, monday, regular_from, span
from dashboard.figures.published import published
from dashboard.stats import gi_star, usual

WEEKLY_UP_TO = 53  # weeks; a longer period is counted by month
CALENDAR_WEEKS = 26
# Of a day's count, where a step begins; fixed, so that a colour means the same in every picture.
DAY_STEPS = (0, 1, K, 2 * K, 5 * K, 20 * K)
DISTRICTS, PERIODS = 12, 9  # of the small pictures: the newest period and up to eight before it
MIN_PAST = 4  # earlier periods, without which a district has no range of its own


Counts = NDArray[np.int64]
Span = tuple[date, date]


@dataclass(frozen=True)
class Times:
    """Counts a week, or a month in a period of over 53 weeks, now and before, aligned at their ends.

    all: day (last of the bin), n, n_before (null where that period has no such bin), is_provisional (its reports are
    still coming); labelled: the same by crime_label.
    n_not_dated: detections dated too coarsely for such a bin, and in none.
    """

    unit: str
    all: pa.Table
    labelled: pa.Table
    n_not_dated: int


def over_time(selected: Selected, told: Selected, days: Daily) -> Times:
    """The selection and the period that it is compared with, counted by week or month; told: its settled part."""
    unit = "week" if selected.filters.days <= 7 * WEEKLY_UP_TO else "month"
    now, before = span(selected), span(selected.compared())
    labels = np.unique(days.label[days.within(*now, unit) | days.within(*before, unit)])
    whole = _counted(days, now, before, unit, None)
    parts = [_counted(days.labelled(label), now, before, unit, str(label)) for label in labels]
    filling = pa.array([end > span(told)[1] for end in bins(*now, unit)], pa.bool_())
    all_ = whole.drop_columns("crime_label").append_column("is_provisional", filling)
    return Times(unit, all_, pa.concat_tables(parts or [whole.slice(0, 0)]), days.total(*now) - days.total(*now, unit))


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


def _counted(days: Daily, now: Span, before: Span, unit: str, label: str | None) -> pa.Table:
    ends, n, was = bins(*now, unit), _in_bins(days, now, unit), _in_bins(days, before, unit)
    aligned = [None] * max(0, len(ends) - len(was)) + was
    return pa.table(
        {
            "day": pa.array(ends, pa.date32()),
            "crime_label": pa.array([label] * len(ends), pa.string()),
            "n": pa.array(n, pa.int64()),
            "n_before": pa.array(aligned[len(aligned) - len(ends) :], pa.int64()),
        }
    )


def _in_bins(days: Daily, period: Span, unit: str) -> list[int]:
    starts = [period[0], *(end + timedelta(days=1) for end in bins(*period, unit)[:-1])]
    return [int(n) for n in days.in_bins(np.array(starts, dtype="datetime64[D]"), period[1], unit)]


def calendar(selected: Selected, days: Daily) -> pa.Table:
    """One row a day of the last 26 weeks up to the end of the period: how many of them are dated to the day, in steps.

    least, most: the ends of the step that the day's count lies in; most is null in the last one. No number of a day
    is told: with the others of its week it would give back the one day that is withheld.
    """
    past = history(selected)
    first, end = span(past) if past else (date.max, date.min)
    start = max(first, monday(end) - timedelta(weeks=CALENDAR_WEEKS - 1)) if past else first
    shown = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    step = np.searchsorted(DAY_STEPS, days.in_bins(shown, end, "day"), side="right") - 1
    lasts = [*(following - 1 for following in DAY_STEPS[1:]), None]
    least, most = np.array(DAY_STEPS)[step], [lasts[i] for i in step]
    mondays = shown[::7]
    for at, n in zip(range(0, len(shown), 7), days.in_bins(mondays, end, "week"), strict=True):
        _blur(least[at : at + 7], most, at, K - 1 if 0 < n < K else int(n))
    return pa.table({"day": pa.array(shown), "least": pa.array(least, pa.int64()), "most": pa.array(most, pa.int64())})


def _blur(least: Counts, most: list[int | None], at: int, at_most: int) -> None:
    """Tells the days of a week less finely, where its count leaves a day of 1 to 4 fewer values than these.

    at: of its first day in `most`.   at_most: what the week's count can be; both are changed in place.
    """
    few = least < K
    if (least == 1).any() and at_most - (least.sum() - 1) < K - 1:
        least[few] = 0
        most[at : at + len(least)] = [K - 1 if is_few else n for is_few, n in zip(few, most[at:], strict=False)]
        if at_most - least.sum() < K - 1:
            least[:], most[at : at + len(least)] = 0, [None] * len(least)


def by_district(settled: Selected | None) -> pa.Table:
    """One row a period and district, of the 12 districts with most detections: the newest period and those before it.

    Periods are as long as the one in view, and the last ends with it; none begins before regular reporting. The newest
    has the usual range given the district's earlier ones, p, q over the districts, and outside: above or below at
    q <= 0.05, else inside. Without a settled part of the period, no row.
    """
    if settled is None:
        return _ranged([], np.empty((0, 0), dtype=np.int64), [], 1)
    days, (_, end) = settled.filters.days, span(settled)
    covered = (end - regular_from(settled.store, settled.principal)).days + 1
    periods = max(0, min(PERIODS, covered // days))
    start = end - timedelta(days=days * periods - 1)
    wide = replace(settled, filters=replace(settled.filters, date_from=start, date_to=end))
    asked = wide.ask("detections_by_district_period", last=end, days=days) if periods else None
    counts: dict[str, list[int]] = {}
    for row in protect(wide, asked).to_pylist() if asked else []:
        counts.setdefault(row["adm2"], [0] * periods)[periods - 1 - row["ago"]] = row["n"]
    most = sorted(counts, key=lambda code: (-sum(counts[code]), code))[:DISTRICTS]
    n = np.array([counts[code] for code in most], dtype=np.int64).reshape(len(most), periods)
    ends = [end - timedelta(days=days * ago) for ago in range(periods)][::-1]
    return _ranged(most, n, ends, days)


def newest(n: Counts) -> tuple[NDArray[np.float64], ...]:
    """(low, high, p, q), each (districts,), of the newest period of each district given its earlier ones.

    n: (districts, periods), newest last. NaN where fewer than four are earlier.
    """
    if not n.size or n.shape[1] <= MIN_PAST:
        return (np.full(len(n), np.nan),) * 4
    told = published(n)
    p, low, high = usual.surprise(told[:, -1], told[:, :-1])
    return low, high, p, gi_star.false_discovery(p)


def _ranged(codes: list[str], n: Counts, ends: list[date], days: int) -> pa.Table:
    periods = len(ends)
    ranges = np.full((4, *n.shape), np.nan)
    if n.size:
        ranges[:, :, -1] = newest(n)
    _, high, _, q = ranges
    outside = np.where(q <= gi_star.LEVEL, np.where(published(n) > high, "above", "below"), "inside")
    is_tested = pa.array(~np.isnan(q).ravel())
    return pa.table(
        {
            "adm2": pa.array(np.repeat(np.array(codes, dtype=object), periods), pa.string()),
            "date_from": pa.array([each - timedelta(days=days - 1) for each in ends] * len(codes), pa.date32()),
            "date_to": pa.array(ends * len(codes), pa.date32()),
            "n": n.ravel(),
            **{
                name: pa.array(values.ravel(), from_pandas=True)
                for name, values in zip(("low", "high", "p", "q"), ranges, strict=True)
            },
            "outside": pc.if_else(is_tested, pa.array(outside.ravel(), pa.string()), None),
        }
    )
