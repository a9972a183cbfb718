"""Detections a day, asked once: what weeks, months, days and periods of one answer are added up from."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.period import history, span
from dashboard.filters import COMPARISONS

# Which date precisions a bin of this length can hold.
DATED = {"day": ("day",), "week": ("day", "week"), "month": ("day", "week", "month")}

Days = NDArray[np.datetime64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Daily:
    """Arrays (rows,): day, label, date precision and n, over the history, the period and the one compared with."""

    day: Days
    label: NDArray[np.str_]
    precision: NDArray[np.str_]
    n: Counts

    def within(self, start: date, end: date, unit: str | None = None) -> NDArray[np.bool_]:
        """(rows,) the rows of these days, both ends counted; with a unit, those that a bin of it can hold."""
        inside = (self.day >= np.datetime64(start)) & (self.day <= np.datetime64(end))
        return inside if unit is None else inside & np.isin(self.precision, DATED[unit])

    def in_bins(self, starts: Days, end: date, unit: str) -> Counts:
        """(bins,) counts of bins that begin on these days, ascending; the last ends with end."""
        if not len(starts):
            return np.zeros(0, dtype=np.int64)
        rows = self.within(starts[0].astype(object), end, unit)
        position = np.searchsorted(starts, self.day[rows], side="right") - 1
        return np.bincount(position, weights=self.n[rows], minlength=len(starts)).astype(np.int64)

    def total(self, start: date, end: date, unit: str | None = None) -> int:
        """Detections of these days, however they are dated; with a unit, those that a bin of it can hold."""
        return int(self.n[self.within(start, end, unit)].sum())

    def labelled(self, label: str) -> "Daily":
        """The rows of one crime label."""
        rows = self.label == label
        return Daily(self.day[rows], self.label[rows], self.precision[rows], self.n[rows])

    def by_label(self, start: date, end: date) -> dict[str, int]:
        """The same by crime label."""
        rows = self.within(start, end)
        return {str(each): int(self.n[rows & (self.label == each)].sum()) for each in np.unique(self.label)}


def daily(selected: Selected) -> Daily:
    """One question over all days that the answer to a settled selection looks at."""
    against = [replace(selected, filters=replace(selected.filters, against=each)).compared() for each in COMPARISONS]
    spans = [span(each) for each in (selected, selected.compared(), *against, history(selected)) if each is not None]
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
    wide = replace(selected, filters=replace(selected.filters, date_from=start, date_to=end))
    rows = protect(wide, wide.ask("detections_by_day"))
    return Daily(
        rows["day"].to_numpy().astype("datetime64[D]"),
        rows["crime_label"].to_numpy().astype(str),
        rows["date_precision"].to_numpy().astype(str),
        rows["n"].to_numpy().astype(np.int64),
    )
