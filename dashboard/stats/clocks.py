"""Terms and how long things took: when a term is over, in calendar and in working days; medians of dated steps."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Unit = Literal["hours", "days", "working_days", "months"]

WEEK_DAYS = 7
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. weekend: ISO numbers of days, Monday 1; holidays: datetime64[D], sorted, each once.

    Raises ValueError where no day of the week is left.
    """

    weekend: tuple[int, ...]
    holidays: Moments

    def __post_init__(self) -> None:
        if "1" not in self._mask:
            raise ValueError("weekend: a day of the week must be left for work")

    @property
    def _mask(self) -> str:
        return "".join("0" if day + 1 in self.weekend else "1" for day in range(WEEK_DAYS))

    def after(self, days: Moments, n: int) -> Moments:
        """The n-th working day after each day, which itself is not counted; n is 1 or more."""
        found: Moments = np.busday_offset(days, n, roll="backward", weekmask=self._mask, holidays=self.holidays)
        return found

    def between(self, first: Moments, last: Moments) -> Counts:
        """Working days after `first` up to and with `last`; 0 where `last` is not later. Shapes as given."""
        counted = np.busday_count(first + DAY, last + DAY, weekmask=self._mask, holidays=self.holidays)
        return np.maximum(counted, 0)


def over_from(start: Moments, has_hour: Flags, term: int, unit: Unit, calendar: Calendar) -> Moments:
    """The first moment (n,) that is too late for a term that begins at `start`, in favour of whoever must act.

    start: (n,) datetime64[m]; where has_hour is false its day alone is known, and the term runs from that day's end.
    Hours run from the moment. Days, working days and months count from the day after and end with their last day, a
    month on the day of the same number or the last of its month.
    Raises ValueError where a term is under 1.
    """
    if term < 1:
        raise ValueError("term: one unit or more")
    day = start.astype("datetime64[D]")
    if unit == "hours":
        begins: Moments = np.where(has_hour, start, (day + DAY).astype("datetime64[m]"))
        return begins + np.timedelta64(60 * term, "m")
    last = {"days": _days, "months": _months, "working_days": _working_days}[unit](day, term, calendar)
    return (last + DAY).astype("datetime64[m]")


def _days(day: Moments, term: int, _: Calendar) -> Moments:
    return day + np.timedelta64(term, "D")


def _working_days(day: Moments, term: int, calendar: Calendar) -> Moments:
    return calendar.after(day, term)


def _months(day: Moments, term: int, _: Calendar) -> Moments:
    month = day.astype("datetime64[M]")
    then = month + np.timedelta64(term, "M")
    last = (then + np.timedelta64(1, "M")).astype("datetime64[D]") - DAY
    ends: Moments = np.minimum(then.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)
    return ends


def quantile(days: Counts, n: Counts, share: float) -> float:
    """The quantile of values that occur n times each, between two of them in proportion; NaN where there is none.

    days, n: (k,).   share: 0.5 for the median.   As `numpy.quantile` of the values written out.
    Raises ValueError where a value is negative: a step that ends before it begins has no duration.
    """
    if (days < 0).any():
        raise ValueError("days: what ends before it begins is left out, not counted")
    total = int(n.sum())
    if total == 0:
        return float("nan")
    order = np.argsort(days, kind="stable")
    values, ends = days[order], np.cumsum(n[order])
    at = share * (total - 1)
    below, above = (int(values[np.searchsorted(ends, place, side="right")]) for place in (int(at), int(np.ceil(at))))
    return below + (above - below) * (at - int(at))
