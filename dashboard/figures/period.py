"""Which period and resolution an answer is about: what was asked, what the data reach over, what they carry."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa

from dashboard.access import Principal
from dashboard.database import Selected, Store, remembered
from dashboard.filters import RESOLUTIONS, Filters

FINEST_SHOWN = 6  # the finest cells a page draws unless a finer resolution is asked for and the data carry it
COARSEST = 4
AT_SEA = "interception_at_sea"
HISTORY = timedelta(weeks=260)  # five years that end with the period, or the period where that is longer
SILENCE = timedelta(weeks=2)  # between two weeks with a detection: reporting had not begun, or stood still


def settle(selected: Selected) -> tuple[Selected, int | None]:
    """The selection with its period and resolution chosen, and the resolution that was refused as too fine, if any.

    The default period ends with the last day of all data in scope, never of the choice: a window that ended on the
    last event of a choice would be chosen after looking, and would give that day away.
    """
    _, last_day = observed(selected.store, selected.principal)
    dated = replace(selected, filters=selected.filters.settle(last_day, FINEST_SHOWN))
    carried = finest_carried(dated.ask("kinds"))
    asked = selected.filters.resolution
    finest = min(carried, FINEST_SHOWN if asked is None else asked)
    refused = asked if asked is not None and asked > carried else None
    return replace(dated, filters=replace(dated.filters, resolution=finest)), refused


@remembered
def observed(store: Store, principal: Principal) -> tuple[date | None, date | None]:
    """First and last day of all data that a principal may see in a version."""
    extent = store.select(Filters(), principal).ask("extent")
    return extent["first_day"][0].as_py(), extent["last_day"][0].as_py()


def is_comparable(selected: Selected) -> bool:
    """Whether the data reach over the period and the one that it is compared with, and the two do not overlap."""
    first_day, last_day = observed(selected.store, selected.principal)
    (start, end), (start_before, end_before) = span(selected), span(selected.compared())
    if first_day is None or last_day is None:
        return False
    covered = first_day <= min(start, start_before) and max(end, end_before) <= last_day
    return covered and (end_before < start or end < start_before)


def finest_carried(kinds: pa.Table) -> int:
    """The finest resolution to draw: that which four of five of the placed records carry; a coarse one for none.

    kinds: event_type, resolution, n. A record lies on the finest cell whose average edge is not below its uncertainty.
    Those at sea lie on coarse cells for safety, which says nothing of how exactly the others are known.
    """
    on_land = [row for row in kinds.to_pylist() if row["resolution"] is not None and row["event_type"] != AT_SEA]
    whole = sum(row["n"] for row in on_land)
    within = {each["resolution"]: 0 for each in on_land}
    for finest in within:
        within[finest] = sum(row["n"] for row in on_land if row["resolution"] >= finest)
    carried = max((finest for finest, n in within.items() if 5 * n >= 4 * whole), default=COARSEST)
    return min(max(carried, RESOLUTIONS[0]), RESOLUTIONS[-1])


def span(selected: Selected) -> tuple[date, date]:
    """First and last day of a settled period."""
    return selected.filters.span


def history(selected: Selected) -> Selected | None:
    """The same choice over the period and the years before it, no further than the data in scope; None outside them."""
    first_day, last_day = observed(selected.store, selected.principal)
    start, end = span(selected)
    if first_day is None or last_day is None or start > last_day or end < first_day:
        return None
    end = min(end, last_day)
    start = max(first_day, min(start, monday(end) - HISTORY))
    return replace(selected, filters=replace(selected.filters, date_from=start, date_to=end))


@remembered
def regular_from(store: Store, principal: Principal) -> date:
    """The Monday after the last two weeks and more in which all data in scope have no detection; far off without data.

    What began before it would take the beginning of reporting for a rise.
    """
    weeks: list[date] = store.select(Filters(), principal).ask("detections_by_week")["week"].to_pylist()
    after_silence: list[date] = [week for last, week in pairwise(weeks) if week - last > SILENCE]
    if after_silence:
        return after_silence[-1]
    return min(weeks, default=date.max)


def monday(day: date) -> date:
    """The first day of its ISO week."""
    return day - timedelta(days=day.weekday())
