"""Coordination: what one agency asked of another, whose turn it is, and what a term of the law would have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import Row, protect, tellable
from dashboard.figures import reference
from dashboard.figures.label_flow import in_order, tellable_timed
from dashboard.figures.parts import WITHHELD, beside_total
from dashboard.stats.clocks import Calendar, over_from, quantile

STATES = ("done", "accepted", "waiting", "refused", "overdue")
PAIRS = pa.schema(
    [("from_agency", pa.string()), ("to_agency", pa.string()), ("n", pa.int64()),
     *((f"n_{state}", pa.int64()) for state in STATES), ("n_timed", pa.int64()), ("median_d", pa.float64()),
     ("p90_d", pa.float64()), ("clock", pa.string())]
)  # fmt: skip
WAITING = pa.schema(
    [("turn", pa.string()), ("from_agency", pa.string()), ("to_agency", pa.string()), ("state", pa.string()),
     ("n", pa.int64()), ("median_d", pa.float64())]
)  # fmt: skip
RUN = ("in_time", "late", "running", "overdue")
CLOCKS = pa.schema(
    [("clock", pa.string()), ("name_en", pa.string()), ("name_bn", pa.string()), ("term", pa.int64()),
     ("unit", pa.string()), ("extension", pa.int64()), ("section_id", pa.string()), ("effective_from", pa.date32()),
     ("effective_to", pa.date32()), ("kind", pa.string()), ("reading_en", pa.string()), ("reading_bn", pa.string()),
     ("n", pa.int64()), *((f"n_{state}", pa.int64()) for state in RUN), ("n_timed", pa.int64()),
     ("median_d", pa.float64())]
)  # fmt: skip
# What is timed is what is done, but for what has no duration: withheld with it.
PAIR_DERIVED = {"n_timed": ("n_done",), **dict.fromkeys(("median_d", "p90_d"), ("n_done", "n_timed"))}
CLOCK_DERIVED = dict.fromkeys(("n_timed", "median_d"), ("n", "n_in_time", "n_late", "n_timed"))
TENTHS = 10  # tenths need ten
A_DAY = timedelta(days=1)


class Terms:
    """The terms that the law sets, on the day on which each began; and now, by which they may be over."""

    def __init__(self, told: Sequence[Row], calendar: Calendar, now: date) -> None:
        self._calendar, self.now = calendar, datetime.combine(now + A_DAY, time())
        self._told = {row["clock"]: row for row in told}
        self._measured: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in reference.rows("clock_records"):
            if row["clock"] in self._told and row["kind"] != "none":
                self._measured[row["kind"], row["to_agency"] or row["step"]].append(self._told[row["clock"]])

    def of(self, kind: str, what: str, begun: Row) -> Row | None:
        """The term of a hand-over to this agency, or of this step, that was in force on the day it began."""
        day = begun["requested"].date() if kind == "handover" else begun["started_on"]
        in_force = (row for row in self._measured.get((kind, what), ()) if _covers(row, day))
        return next(in_force, None)

    def over_from(self, term: Row, start: date, has_hour: bool) -> datetime:
        """The first moment that is too late, the extension counted in."""
        begins = np.array([start], dtype="datetime64[m]")
        units = term["term"] + (term["extension"] or 0)
        over: datetime = over_from(begins, np.array([has_hour]), units, term["unit"], self._calendar)[0].item()
        return over


def _covers(term: Row, day: date) -> bool:
    start, end = term["effective_from"], term["effective_to"]
    return (start is None or start <= day) and (end is None or day < end)


def asked(selected: Selected, terms: Terms) -> list[Row]:
    """Hand-overs with state, term, days until done, and timing; days_open, for which they have waited until now."""
    rows = protect(selected, selected.ask("handovers")).to_pylist()
    return [row | _judged(row, terms) for row in rows]


def _judged(row: Row, terms: Terms) -> Row:
    term = terms.of("handover", row["to_agency"], row)
    over = terms.over_from(term, row["requested"], row["has_hour"]) if term else None
    timing, open_since = _timing(row), row["accepted"] or row["requested"]
    return {
        "clock": term["clock"] if term else None,
        "timing": timing,
        "state": _state(row, is_over=over is not None and terms.now > over),
        "days": (row["completed"].date() - row["requested"].date()).days if timing == "timed" else None,
        "days_open": max(0, (terms.now.date() - open_since.date() - A_DAY).days),
    }


def _timing(row: Row) -> str:
    """Of what is done: whether it ends before it begins, or was both refused and done. Else it has no duration yet."""
    done, accepted = row["completed"], row["accepted"]
    if done is None:
        return "open"
    ends_first = done.date() < row["requested"].date() or (accepted is not None and done.date() < accepted.date())
    return "ends_first" if ends_first else "refused_and_done" if row["is_refused"] else "timed"


def _state(row: Row, is_over: bool) -> str:
    if row["completed"] is not None:
        return "done"
    if row["is_refused"]:
        return "refused"
    if is_over:
        return "overdue"
    return "waiting" if row["accepted"] is None else "accepted"


def pairs(rows: Sequence[Row]) -> pa.Table:
    """One row a pair of agencies, the first, without agencies, of all: n asked, and of these n_done, n_accepted and not
    done, n_waiting for an answer, n_refused, n_overdue (neither done nor refused within the term); n_timed, median and
    ninth tenth of days until done. What may not be told beside the sums of its row and column is withheld.
    """
    by = _by(rows, ("from_agency", "to_agency"))
    if not by:
        return pa.Table.from_pylist([], PAIRS)
    counts = _counted(by, STATES)
    asked_ = beside_total(counts.sum(axis=1)[None, :])[0]
    told = np.where(_tellable(counts) & (asked_ == counts.sum(axis=1))[:, None], counts, WITHHELD)
    made: list[Row] = [
        {"from_agency": pair[0], "to_agency": pair[1], "n": int(n)} | _states(some, cells)
        for (pair, some), n, cells in zip(by.items(), asked_, told, strict=True)
    ]
    whole = {"n": int(counts.sum())} | _states(rows, beside_total(counts.sum(axis=0)[None, :])[0])
    return pa.Table.from_pylist([whole | {"clock": None}, *in_order(made)], PAIRS)


def _tellable(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """As `disclosure.tellable`, and none where a row's or column's other counts already add up to its sum."""
    told = tellable(counts)
    rests = [np.where(told, 0, counts).sum(axis=axis, keepdims=True) for axis in (1, 0)]
    known: NDArray[np.bool_] = told | (rests[0] == 0) | (rests[1] == 0)
    return known


def _states(rows: Sequence[Row], told: NDArray[np.int64]) -> Row:
    return (
        {f"n_{state}": int(n) for state, n in zip(STATES, told, strict=True)}
        | {"clock": next((row["clock"] for row in rows if row["clock"]), None)}
        | _of_done(rows)
    )


def _of_done(rows: Sequence[Row]) -> Row:
    told = _durations([row for row in rows if row["timing"] == "timed"], "days")
    return told | {"n_timed": tellable_timed(told["n_timed"], sum(row["n"] for row in rows if row["state"] == "done"))}


def waiting(rows: Sequence[Row]) -> pa.Table:
    """One row whose turn it is, for which pair and what: n hand-overs, and median days since the last thing was done.

    Who was asked is to answer; who handed over and was answered is to bring it to its end. state: no_answer, not_done.
    """
    is_open = [row for row in rows if row["completed"] is None and not row["is_refused"]]
    told = [row | _turn(row) for row in is_open]
    by = _by(told, ("turn", "from_agency", "to_agency", "open_state"))
    counts = beside_total(np.array([[sum(row["n"] for row in some) for some in by.values()]], dtype=np.int64))[0]
    made = [
        dict(zip(WAITING.names[:4], key, strict=True))
        | {"n": int(n), "median_d": _durations(some, "days_open")["median_d"]}
        for (key, some), n in zip(by.items(), counts, strict=True)
    ]
    return pa.Table.from_pylist(in_order(made), WAITING)


def _turn(row: Row) -> Row:
    if row["accepted"] is None:
        return {"turn": row["to_agency"], "open_state": "no_answer"}
    return {"turn": row["from_agency"], "open_state": "not_done"}


def _by(rows: Sequence[Row], columns: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in columns)].append(row)
    return dict(sorted(groups.items()))


def _counted(by: Mapping[tuple[str, ...], Sequence[Row]], states: Sequence[str]) -> NDArray[np.int64]:
    counted = [[sum(row["n"] for row in some if row["state"] == state) for state in states] for some in by.values()]
    return np.array(counted, dtype=np.int64).reshape(len(by), len(states))


def _durations(rows: Sequence[Row], column: str) -> Row:
    days, n = (np.array([row[name] for row in rows], dtype=np.int64) for name in (column, "n"))
    total = int(n.sum())
    return {
        "n_timed": total,
        "median_d": quantile(days, n, 0.5) if total else None,
        "p90_d": quantile(days, n, 0.9) if total >= TENTHS else None,
    }


def clocks(told: Sequence[Row], rows: Sequence[Row], steps: Sequence[Row], terms: Terms) -> pa.Table:
    """One row a term of the law: n that began under it, and of these n_in_time, n_late, n_running, n_overdue.

    kind: handover, step, or none where no record could tell. rows: of `asked`; steps: of `response_steps`.
    """
    runs = [row | {"state": _run(row, terms)} for row in rows if row["clock"] and _is_run(row)]
    runs += [run for row in steps if (run := _step_run(row, terms))]
    read = {row["clock"]: row for row in reversed(reference.rows("clock_records"))}
    made = [_clock(row, read.get(row["clock"], {}), [r for r in runs if r["clock"] == row["clock"]]) for row in told]
    return pa.Table.from_pylist(made, CLOCKS)


def _is_run(row: Row) -> bool:
    """Whether a hand-over tells how a term was kept: not where its days contradict one another or nobody took it up."""
    return row["state"] != "refused" and row["timing"] in ("timed", "open")


def _run(row: Row, terms: Terms) -> str:
    """Of a hand-over: until it was done."""
    if row["state"] != "done":
        return "overdue" if row["state"] == "overdue" else "running"
    term = terms.of("handover", row["to_agency"], row)
    is_late = term is not None and row["completed"] >= terms.over_from(term, row["requested"], row["has_hour"])
    return "late" if is_late else "in_time"


def _step_run(row: Row, terms: Terms) -> Row | None:
    if row["started_on"] is None or (term := terms.of("step", row["step"], row)) is None or row["status"] == "dropped":
        return None
    over = terms.over_from(term, row["started_on"], False)
    is_done = row["done_on"] is not None
    end = datetime.combine(row["done_on"], time()) if is_done else terms.now
    states = ("in_time", "late") if is_done else ("running", "overdue")
    is_over = end >= over if is_done else end > over
    days = (row["done_on"] - row["started_on"]).days if is_done else None
    timing = "open" if days is None else "timed" if days >= 0 else "ends_first"
    return row | {"clock": term["clock"], "state": states[is_over], "days": days, "timing": timing}


def _clock(told: Row, read: Mapping[str, str], runs: Sequence[Row]) -> Row:
    (counts,) = beside_total(_counted({("",): runs}, RUN))
    return (
        told
        | {name: read.get(name) for name in ("kind", "reading_en", "reading_bn")}
        | {"n": sum(row["n"] for row in runs)}
        | {f"n_{state}": int(n) for state, n in zip(RUN, counts, strict=True)}
        | _durations([row for row in runs if row["timing"] == "timed"], "days")
    )
