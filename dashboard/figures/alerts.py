"""The monitor's tables: districts now, each with its effort and precision check; its weeks; its record."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.disclosure import K, protect
from dashboard.figures import monitor, scatter
from dashboard.figures.known import History
from dashboard.figures.monitor import Alarm, Origin
from dashboard.stats import alarms, effort, farrington, small_numbers

NOW_WEEKS, BEFORE_WEEKS = 4, 12  # whose effort is compared
KINDS = ("patrol_hours", "checkpost_days", "raids")  # never added up: the first that was recorded well enough speaks
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
WARNED = dict.fromkeys(("expected", "threshold", "p", "q", "recurrence_weeks", "rings", "effort"), ("n",))
RARE = dict.fromkeys(("q",), ("n",))
FOLLOWED = {
    **dict.fromkeys(("expected", "q", "weeks"), ("n",)),
    **dict.fromkeys(("expected_after", "outcome"), ("n", "n_after")),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Warnings:
    """Tables: monitor (one row: method, rates, record in sum), alerts (districts now), weeks, record (past alarms)."""

    monitor: pa.Table
    alerts: pa.Table
    weeks: pa.Table
    record: pa.Table


def warnings(history: History) -> Warnings:
    """The monitor run now and at the end of each of the last 52 weeks, on what was known then."""
    known = history.known
    origins = monitor.rolled(known, history.first) if len(history.districts) else []
    counts = monitor.counts_known(known, known.n_weeks - 1)
    found = monitor.alarms(origins[:-1], counts, history.settled)
    silent = monitor.without_alarm(origins[:-1], counts, history.settled)
    return Warnings(
        monitor=_monitor(history, origins, found, silent),
        alerts=_alerts(history, origins, counts),
        weeks=_weeks(history, origins),
        record=_record(history, found),
    )


def _alerts(history: History, origins: list[Origin], counts: NDArray[np.int64]) -> pa.Table:
    """One row a district that was loud enough to be tested now, the rarest first."""
    tested = origins[-1].tested if origins else None
    shown = np.flatnonzero(tested.state == "tested") if tested else np.empty(0, dtype=np.intp)
    if tested:
        shown = shown[np.lexsort((shown, -tested.n[shown], tested.p[shown]))]
    district_only = _district_only(history, tested.span) if tested and len(shown) else {}
    checks = _effort_checks(history, counts) if len(shown) else {}
    rows = [
        {
            "adm2": history.districts[i],
            "rings": bool(tested.rings[i]),
            "n": int(tested.n[i]),
            "expected": float(tested.expected[i]),
            "threshold": float(tested.threshold[i]),
            "p": float(tested.p[i]),
            "q": float(tested.q[i]),
            "recurrence_weeks": alarms.recurrence_weeks(float(tested.p[i])),
            "effort": checks[i],
            "n_district_only": district_only.get(history.districts[i], 0),
        }
        for i in shown.tolist()
        if tested
    ]
    return pa.Table.from_pylist(rows, ALERTS)


ALERTS = pa.schema(
    {
        "adm2": pa.string(),
        "rings": pa.bool_(),
        "n": pa.int64(),
        "expected": pa.float64(),
        "threshold": pa.float64(),
        "p": pa.float64(),
        "q": pa.float64(),
        "recurrence_weeks": pa.float64(),
        "effort": pa.string(),
        "n_district_only": pa.int64(),
    }
)


def _district_only(history: History, weeks: int) -> dict[str, int]:
    """District to the tested weeks' detections, those known to the district only; none where there are none."""
    tested = history.settled_weeks(weeks)
    rows = protect(tested, tested.ask("known_to_district_only", known_by=history.last_day))
    return dict(zip(rows["adm2"].to_pylist(), rows["n"].to_pylist(), strict=True))


def _effort_checks(history: History, counts: NDArray[np.int64]) -> dict[int, effort.Explanation]:
    """Of each district, what effort says of its last four settled weeks against the twelve before."""
    first = history.settled - NOW_WEEKS - BEFORE_WEEKS + 1
    n = counts[:, max(first, 0) : history.settled + 1]
    told, wide = _effort(history), scatter.of_weeks(n)
    return {i: _explained(n[i], told.get(code, {}), wide) for i, code in enumerate(history.districts)}


def _effort(history: History) -> dict[str, dict[int, dict[str, float | None]]]:
    """District to week to effort of each kind; what is not there is not recorded."""
    rows = history.selected.ask("effort_by_week", last_day=history.settled_day)
    found: dict[str, dict[int, dict[str, float | None]]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["adm2"], {})[row["weeks_ago"]] = row
    return found


def _explained(
    n: NDArray[np.int64], told: dict[int, dict[str, float | None]], wide: scatter.Scatter
) -> effort.Explanation:
    """n: (weeks,) detections, oldest first, the last four are now.   wide: how the weeks of all districts scatter."""
    now, before = n[-NOW_WEEKS:], n[:-NOW_WEEKS]
    if len(before) == 0:
        return "unknown"
    days_now, days_before = 7 * len(now), 7 * len(before)
    count = small_numbers.change(int(now.sum()), days_now, int(before.sum()), days_before, *wide)
    for kind in KINDS if told else ():
        worked = np.array([_number(told.get(ago, {}).get(kind)) for ago in range(len(n))][::-1])
        a, b = effort.recorded(now, worked[-NOW_WEEKS:]), effort.recorded(before, worked[:-NOW_WEEKS])
        if a.withheld is None and b.withheld is None:
            rate = small_numbers.change(a.n_within, a.effort, b.n_within, b.effort, *wide)
            return effort.explanation(count, rate, a.effort / days_now / (b.effort / days_before))
    return effort.explanation(count, None, float("nan"))


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _weeks(history: History, origins: list[Origin]) -> pa.Table:
    """One row a week in which the monitor was run: its rarest district with n and q, and how many districts rang."""
    tested = [origin for origin in origins if (origin.tested.state != "too_short").all()]
    rarest = [_rarest(origin) for origin in tested]
    return pa.table(
        {
            "day": pa.array([history.day(origin.at) for origin in tested], pa.date32()),
            "alarms": pa.array([int(origin.tested.rings.sum()) for origin in tested], pa.int64()),
            "adm2": pa.array([None if i is None else history.districts[i] for i in rarest], pa.string()),
            "n": pa.array([_of(o, i, "n") for o, i in zip(tested, rarest, strict=True)], pa.int64()),
            "q": pa.array([_of(o, i, "q") for o, i in zip(tested, rarest, strict=True)], pa.float64()),
        }
    )


def _rarest(origin: Origin) -> int | None:
    """The series with the smallest p; None where all are quiet."""
    loud = np.flatnonzero(origin.tested.state == "tested")
    return int(loud[np.argmin(origin.tested.p[loud])]) if len(loud) else None


def _of(origin: Origin, series: int | None, name: str) -> float | None:
    return None if series is None else getattr(origin.tested, name)[series]


def _record(history: History, found: list[Alarm]) -> pa.Table:
    """One row an alarm of the last 52 weeks, newest first: what rang, and what came in the four weeks after."""
    newest = found[::-1]
    tested = [(alarm.origin.tested, alarm.series) for alarm in newest]
    return pa.table(
        {
            "day": pa.array([history.day(alarm.origin.at) for alarm in newest], pa.date32()),
            "tested_to": pa.array([history.day(alarm.origin.last) for alarm in newest], pa.date32()),
            "adm2": pa.array([history.districts[alarm.series] for alarm in newest], pa.string()),
            "n": pa.array([int(each.n[i]) for each, i in tested], pa.int64()),
            "expected": pa.array([float(each.expected[i]) for each, i in tested], pa.float64()),
            "q": pa.array([float(each.q[i]) for each, i in tested], pa.float64()),
            "weeks": pa.array([alarm.weeks for alarm in newest], pa.int64()),
            "n_after": pa.array([alarm.n_after for alarm in newest], pa.int64()),
            "expected_after": pa.array([alarm.expected_after for alarm in newest], pa.float64()),
            "outcome": pa.array([OUTCOME[alarm.went_on] for alarm in newest], pa.string()),
        }
    )


OUTCOME = {True: "went_on", False: "did_not", None: "open"}


def _monitor(history: History, origins: list[Origin], found: list[Alarm], silent: tuple[int, int]) -> pa.Table:
    """One row: the method and its budget, how long it was run again, and its record in sum."""
    now = origins[-1].tested if origins else None
    run = [origin for origin in origins if (origin.tested.state != "too_short").all()]
    judged = [alarm.went_on for alarm in found if alarm.went_on is not None and not _is_withheld(alarm)]
    withheld = sum(map(_is_withheld, found))
    record = alarms.record(sum(judged), len(judged) - sum(judged))
    allowed = alarms.budget(len(history.districts), farrington.ALPHA)
    row = {
        "method": now.method if now else None,
        "span_weeks": now.span if now else None,
        "day": history.settled_day,
        "history_weeks": history.weeks,
        "districts": len(history.districts),
        "tested": int((now.state == "tested").sum()) if now and history.weeks >= monitor.SHORT_WEEKS else 0,
        "ring": int(now.rings.sum()) if now else 0,
        "chance_weeks_a_year": allowed.weeks_with_any + alarms.YEAR_WEEKS * monitor.SCAN_LEVEL,
        "record_weeks": max(0, len(run) - 1),
        "weeks_with_any": sum(bool(origin.tested.rings.any()) for origin in run[:-1]),
        "rang": len(found),
        "went_on": sum(judged),
        "did_not": len(judged) - sum(judged),
        "open": len(found) - len(judged) - withheld,
        "withheld": withheld,
        "share": record.share,
        "low": record.low,
        "high": record.high,
        "share_without": silent[1] / silent[0] if silent[0] else float("nan"),
        "is_delay_known": history.is_delay_known,
    }
    return pa.table({name: pa.array([value], MONITOR[name], from_pandas=True) for name, value in row.items()})


def _is_withheld(alarm: Alarm) -> bool:
    """Whether what came after is a count of 1 to 4, so that what it says is withheld too."""
    return alarm.n_after is not None and 0 < alarm.n_after < K


MONITOR = {
    "method": pa.string(),
    "day": pa.date32(),
    "is_delay_known": pa.bool_(),
    **dict.fromkeys(("chance_weeks_a_year", "share", "low", "high", "share_without"), pa.float64()),
    **dict.fromkeys(
        ("span_weeks", "history_weeks", "districts", "tested", "ring", "record_weeks", "weeks_with_any", "rang",
         "went_on", "did_not", "open", "withheld"),
        pa.int64(),
    ),
}  # fmt: skip
