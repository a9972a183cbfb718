"""What was known when: detections by district, week and the week in which they were told, since reporting is steady."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.monitor import MAX_HISTORY_WEEKS, Known, last_settled
from dashboard.figures.period import observed, span

YEAR_WEEKS = 52
BEGINNING_D = 27  # after the first day: whoever told of records by then is seen at once
MAIN_REPORTER = 0.2  # of the last year's detections: whoever tells so many must have told before, or a start looks new


@dataclass(frozen=True)
class History:
    """All weeks up to the end of the period in view, for the same choice of records, as known by then.

    selected: these records.   last_day: ends the newest week; None where there is no data by then.   districts: codes,
    in the order of known.series.   first: week of `known` from which on the main reporters tell.   settled: newest
    settled week, -1 for none.
    """

    selected: Selected
    last_day: date | None
    districts: tuple[str, ...]
    known: Known
    first: int
    settled: int
    is_delay_known: bool

    def day(self, week: int) -> date:
        """The last day of a week."""
        return (self.last_day or date.max) - timedelta(days=7 * (self.known.n_weeks - 1 - week))

    @property
    def settled_day(self) -> date | None:
        """The last day of the newest settled week; None where there is none."""
        return self.day(self.settled) if self.last_day and self.settled >= self.first else None

    def settled_weeks(self, weeks: int) -> Selected:
        """These records of the newest settled weeks of that number alone."""
        start = self.day(self.settled - weeks) + timedelta(days=1)
        return replace(
            self.selected, filters=replace(self.selected.filters, date_from=start, date_to=self.day(self.settled))
        )

    def newest(self, weeks: int) -> Selected:
        """These records without those before the newest settled weeks of that number, or before the main reporters."""
        start = self.day(self.settled - min(weeks, self.weeks)) + timedelta(days=1)
        return replace(self.selected, filters=replace(self.selected.filters, date_from=start))

    @property
    def weeks(self) -> int:
        """Settled weeks since the main reporters tell."""
        return max(0, self.settled - self.first + 1)


def history(selected: Selected) -> History:
    """The weeks up to the end of a settled period, or to the last day of the data where that is earlier."""
    _, last_seen = observed(selected.store, selected.principal)
    last_day = min(span(selected)[1], last_seen) if last_seen else None
    start = (last_day or date(2000, 1, 1)) - timedelta(days=7 * MAX_HISTORY_WEEKS - 1)
    chosen = replace(selected, filters=replace(selected.filters, date_from=start, date_to=last_day or start))
    rows = protect(chosen, chosen.ask("detections_known_by_week", last_day=chosen.filters.date_to))
    codes = pc.unique(rows["adm2"]).sort()
    weeks = int(pc.max(rows["weeks_ago"]).as_py() or 0) + 1
    known = _known(rows, codes, weeks)
    settled, is_delay_known = last_settled(known, weeks - 1) if rows.num_rows else (-1, False)
    return History(
        selected=chosen,
        last_day=last_day,
        districts=tuple(codes.to_pylist()),
        known=known,
        first=_first_week(chosen, weeks) if rows.num_rows else 0,
        settled=settled,
        is_delay_known=is_delay_known,
    )


def _known(rows: pa.Table, codes: pa.Array, weeks: int) -> Known:
    return Known(
        series=pc.index_in(rows["adm2"], codes).to_numpy().astype(np.int64),
        event=weeks - 1 - rows["weeks_ago"].to_numpy(),
        known=weeks - 1 - rows["known_weeks_ago"].to_numpy(),
        n=rows["n"].to_numpy(),
        is_reported=rows["is_reported"].to_numpy(),
        n_series=len(codes),
        n_weeks=weeks,
    )


def _first_week(chosen: Selected, weeks: int) -> int:
    """The first whole week in which every main reporter of the last year had begun to tell."""
    last_day: date = span(chosen)[1]
    reporters = _reporters(chosen, last_day - timedelta(days=7 * YEAR_WEEKS - 1), last_day)
    least = max(1, MAIN_REPORTER * sum(n for _, n in reporters.values()))
    main = {each for each, (_, n) in reporters.items() if n >= least}
    told = _reporters(chosen, span(chosen)[0], span(chosen)[0] + timedelta(days=BEGINNING_D)) if main else {}
    if not main <= told.keys():  # who told in the first days is not looked for in all the others
        told = _reporters(chosen, span(chosen)[0], last_day)
    began = [told[each][0] for each in main]
    whole_weeks = ((last_day - max(began)).days + 1) // 7 if began else weeks
    return max(0, weeks - whole_weeks)


def _reporters(chosen: Selected, first: date, end: date) -> dict[tuple[object, ...], tuple[date, int]]:
    """Who told of detections of these days by the last of all: of each the first day, and how many of the last year."""
    over = replace(chosen, filters=replace(chosen.filters, date_from=max(first, span(chosen)[0]), date_to=end))
    rows = protect(over, over.ask("reporters", last_day=span(chosen)[1])).to_pylist()
    return {(row["source"], row["detecting_agency"], row["is_invented"]): (row["first_day"], row["n"]) for row in rows}
