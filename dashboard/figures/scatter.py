"""How widely weeks scatter: what an honest comparison of two periods must allow for beyond Poisson."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.daily import Daily
from dashboard.figures.period import history, regular_from, span
from dashboard.stats import dispersion

WEEKS = 48  # that end with the period
Counts = NDArray[np.int64]


class Scatter(NamedTuple):
    """Variance over mean of recent weeks about their level, and its degrees of freedom; NaN where it is not known."""

    dispersion: float = math.nan
    df: float = math.nan


UNKNOWN = Scatter()


def of_weeks(n: Counts) -> Scatter:
    """Of series a row, newest week first or last: pooled over the rows.

    Told by tenths, upwards, and its degrees of freedom in whole numbers: the limits that it widens give no count back.
    n: (rows, weeks); weeks that fill no block of four are left out.
    """
    found = dispersion.pooled(n[:, : n.shape[1] // dispersion.BLOCK * dispersion.BLOCK])
    if math.isnan(found.dispersion) or found.df < 1:
        return UNKNOWN
    return Scatter(math.ceil(found.dispersion * 10 - 1e-9) / 10, float(math.floor(found.df)))


def of_rows(selected: Selected, key: str) -> Scatter:
    """Of the rows of a table of this selection by a key, or of its total: the last 48 weeks, as far as they are told.

    The excess of the whole is not that of its parts: where detections come in groups each part has all of it, where
    one cause moves all of them hardly any. So it is measured in the parts.
    """
    recent = _recent(selected)
    if recent is None:
        return UNKNOWN
    rows = protect(recent, recent.ask("detections_by_code_and_week", list=key, last=span(recent)[1]))
    codes = rows["code"].to_numpy(zero_copy_only=False).astype(str)
    return _of_counts(recent, codes, rows["ago"].to_numpy(), rows["n"].to_numpy())


def of_labels(selected: Selected, days: Daily) -> Scatter:
    """The same of the rows by crime label, of days that are counted already."""
    recent = _recent(selected)
    if recent is None:
        return UNKNOWN
    first, last = span(recent)
    rows = days.within(first, last, "week")
    ago = (np.datetime64(last) - days.day[rows]).astype(np.int64) // 7
    return _of_counts(recent, days.label[rows], ago, days.n[rows])


def _recent(selected: Selected) -> Selected | None:
    """The last 48 weeks up to the end of the selection, as far as they are told; None where those are too few."""
    past = history(selected)
    if past is None:
        return None
    last = span(past)[1]
    told = ((last - regular_from(selected.store, selected.principal)).days + 1) // 7
    weeks = max(0, min(WEEKS, told))
    if weeks < dispersion.BLOCK:
        return None
    start = last - timedelta(days=7 * weeks - 1)
    return replace(selected, filters=replace(selected.filters, date_from=start, date_to=last))


def _of_counts(recent: Selected, codes: NDArray[np.str_], ago: Counts, n: Counts) -> Scatter:
    """Of counts a code and week ago, (counts,) each."""
    _, at = np.unique(codes, return_inverse=True)
    series = np.zeros((int(at.max(initial=-1)) + 1, recent.filters.days // 7), dtype=np.int64)
    np.add.at(series, (at, ago), n)
    return of_weeks(series)
