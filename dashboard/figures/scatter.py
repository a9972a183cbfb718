"""How widely weeks scatter: what an honest comparison of two periods must allow for beyond Poisson."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import protect
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
    past = history(selected)
    if past is None:
        return UNKNOWN
    last = span(past)[1]
    told = ((last - regular_from(selected.store, selected.principal)).days + 1) // 7
    weeks = max(0, min(WEEKS, told))
    if weeks < dispersion.BLOCK:
        return UNKNOWN
    start = last - timedelta(days=7 * weeks - 1)
    recent = replace(selected, filters=replace(selected.filters, date_from=start, date_to=last))
    rows = protect(recent, recent.ask("detections_by_code_and_week", list=key, last=last))
    _, at = np.unique(rows["code"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    n = np.zeros((int(at.max(initial=-1)) + 1, weeks), dtype=np.int64)
    n[at, rows["ago"].to_numpy()] = rows["n"].to_numpy()
    return of_weeks(n)
