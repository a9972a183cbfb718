"""How much of a week has been reported by now, learnt from the days between event and report."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.access import Principal
from dashboard.database import Selected, Store, remembered
from dashboard.disclosure import protect
from dashboard.filters import Filters
from dashboard.stats import delay

LEARNT_FROM = timedelta(weeks=104)  # of events: how offices report changes with the years
MIN_RECORDS = 50
MONDAY = date(1970, 1, 5)  # week 0 begins here
SHARED = (
    "agency",
    "type",
)  # what of a choice is about reporting

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reporting:
    """What is known of reporting. now: running number of the last whole week that reports cover; known_on: its Sunday.

    n_records: with a report date; n_without: without one. withheld: why no delay is known; None where it is.
    """

    found: delay.Delay | None
    now: int
    known_on: date | None
    n_records: int
    n_without: int
    withheld: str | None

    def share(self, mondays: Days) -> Floats:
        """(weeks,) share reported by now; NaN where it is not known or the week is not over."""
        if self.found is None:
            return np.full(len(mondays), np.nan)
        return delay.completeness(self.found, week_no(mondays), self.now)

    def is_provisional(self, mondays: Days) -> NDArray[np.bool_]:
        """(weeks,) whether more than 5 % is still to come; nowhere where no delay is known, as nothing then tells."""
        if self.found is None:
            return np.zeros(len(mondays), dtype=bool)
        return delay.provisional(self.share(mondays))

    def table(self) -> pa.Table:
        """One row: up to when reports are known, the longest delay, records with and without a report date."""
        longest = self.found.max_delay_weeks if self.found else None
        return pa.table(
            {
                "known_on": pa.array([self.known_on], pa.date32()),
                "longest_weeks": pa.array([longest], pa.int64()),
                "n_dated": pa.array([self.n_records], pa.int64()),
                "n_undated": pa.array([self.n_without], pa.int64()),
                "withheld": pa.array([self.withheld], pa.string()),
            }
        )

    def expected(self, n: NDArray[np.int64], mondays: Days) -> Floats:
        """(weeks,) what a provisional week may grow to; NaN elsewhere and where too little is known."""
        grown = delay.nowcast(n, self.share(mondays), self.n_records)
        return np.where(self.is_provisional(mondays), grown, np.nan)


def reporting(selected: Selected) -> Reporting:
    """How late the agencies of this choice report, over all places and labels in scope."""
    choices = {name: codes for name, codes in selected.filters.choices.items() if name in SHARED}
    return _reporting(selected.store, selected.principal, Filters(choices=choices))


@remembered
def _reporting(store: Store, principal: Principal, filters: Filters) -> Reporting:
    known_on = _known_on(store, principal)
    if known_on is None:
        return Reporting(None, 0, None, 0, 0, "no_report_date")
    recent = replace(filters, date_from=known_on - LEARNT_FROM, date_to=known_on)
    selected = store.select(recent, principal)
    triangle = protect(selected, selected.ask("delays"))
    dated = triangle.filter(triangle["report_week"].is_valid())
    n_records = int(pc.sum(dated["n"]).as_py() or 0)
    n_without = int(pc.sum(triangle["n"]).as_py() or 0) - n_records
    now = (known_on - MONDAY).days // 7
    if n_records < MIN_RECORDS:
        return Reporting(None, now, known_on, n_records, n_without, "too_few_reports")
    event, report, n = (dated[name].to_numpy().astype(np.int64) for name in ("event_week", "report_week", "n"))
    found = delay.delay(event, report, _batches(dated, report), now, n)
    if found.withheld is not None:
        return Reporting(None, now, known_on, n_records, n_without, found.withheld)
    return Reporting(found, now, known_on, n_records, n_without, None)


def _known_on(store: Store, principal: Principal) -> date | None:
    """The last Sunday up to the newest report, or up to the day of publishing where a report claims a later day."""
    newest: date | None = store.select(Filters(), principal).ask("extent")["last_report"][0].as_py()
    if newest is None:
        return None
    last = min(newest, store.published_at.date())
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _batches(dated: pa.Table, report_week: NDArray[np.int64]) -> NDArray[np.int64]:
    """What one agency reported in one week came together: a number for each such batch."""
    agencies = pc.fill_null(dated["detecting_agency"], "").combine_chunks().dictionary_encode()
    return np.asarray(report_week * len(agencies.dictionary) + agencies.indices.to_numpy())


def week_no(mondays: Days) -> NDArray[np.int64]:
    """Running numbers of weeks by their Mondays."""
    return (mondays - np.datetime64(MONDAY)).astype("timedelta64[D]").astype(np.int64) // 7
