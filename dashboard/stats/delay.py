"""How much of each recent week has been reported by now: the delay from event to report, seen from the right."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

OLD_WEEKS = 26  # a record older than this has been waited for long enough to show the longest delays
MAX_DELAY_WEEKS = 26
DELAY_QUANTILE = 0.975
BULK_SHARE = 0.2  # of a batch, beyond the longest delay: it brings old cases, and no news on delay
BULK_MIN_RECORDS = 20  # below, one late record would make a batch a bulk load
SETTLED = 0.95
NOWCAST_MIN_SHARE, NOWCAST_MIN_RECORDS = 0.5, 50


@dataclass(frozen=True)
class Delay:
    """Shares reported by now, by whole weeks since the event; nothing known where `withheld` says why.

    completeness: (max_delay_weeks + 1,) at 0, 1, ... weeks; the last is 1 by definition, as a delay beyond it is
    taken for it. NaN where no record can tell. Empty where withheld.
    n_records: what it rests on.   n_bulk: left out as bulk loads of old cases.   n_impossible: left out because
    reported before the event or after now.
    """

    completeness: Floats
    max_delay_weeks: int
    n_records: int
    n_bulk: int
    n_impossible: int
    withheld: Literal["no_old_records"] | None


def delay(event_week: Counts, report_week: Counts, batch: Counts, now: int, n: Counts | None = None) -> Delay:
    """Completeness by weeks elapsed, from records whose report date is known.

    event_week, report_week: (records,) running numbers of weeks.   batch: (records,) which load brought each.
    n: (records,) how many records alike an entry stands for, 1 each without it.   now: the last whole week.
    The longest delay is 97.5 % of those of records over 26 weeks old, at most 26.
    Reported late is seen less often the younger a week is; so g_d = #{delay = d} / #{delay <= d}, both among events
    at least d weeks old, and F(d - 1) = F(d) (1 - g_d) from F(longest) = 1.
    Source: Lawless 1994, Canadian Journal of Statistics 22(1); product limit under right truncation.
    """
    n = np.ones(len(event_week), dtype=np.int64) if n is None else n
    possible = (report_week >= event_week) & (report_week <= now)
    n_impossible = int(n[~possible].sum())
    waited, age, batch, n = (each[possible] for each in (report_week - event_week, now - event_week, batch, n))
    bulk = _bulk(waited, age, batch, n)
    n_bulk = int(n[bulk].sum())
    waited, age, n = waited[~bulk], age[~bulk], n[~bulk]
    longest = _longest(waited, age, n)
    if longest is None:
        return Delay(np.empty(0), 0, int(n.sum()), n_bulk, n_impossible, "no_old_records")
    reported = _completeness(np.minimum(waited, longest), age, n, longest)
    return Delay(reported, longest, int(n.sum()), n_bulk, n_impossible, None)


def completeness(found: Delay, week: Counts, now: int) -> Floats:
    """Share reported by now of each week (weeks,); NaN where it is not known, and for a week yet to come."""
    elapsed = now - week
    known = np.full(MAX_DELAY_WEEKS + 1, np.nan)
    known[-1] = 1.0  # no longer delay is ever allowed for
    if found.withheld is None:
        known[found.max_delay_weeks :] = 1.0
        known[: found.max_delay_weeks] = found.completeness[:-1]
    return np.where(elapsed < 0, np.nan, known[np.clip(elapsed, 0, MAX_DELAY_WEEKS)])


def provisional(share: Floats) -> Flags:
    """Weeks not known to be 95 % complete: drawn as such, and left out of tests, ratios and alarms."""
    return ~(share >= SETTLED)


def nowcast(observed: Counts, share: Floats, n_records: int) -> Floats:
    """What each week's count may grow to, (weeks,): observed / completeness.

    NaN where less than half is in, or the delays rest on fewer than 50 records.
    """
    enough = (share >= NOWCAST_MIN_SHARE) & (n_records >= NOWCAST_MIN_RECORDS)
    return np.where(enough, observed / np.where(enough, share, 1.0), np.nan)


def _longest(waited: Counts, age: Counts, n: Counts) -> int | None:
    """The delay that 97.5 % of old records do not pass, at most 26 weeks."""
    old = age > OLD_WEEKS
    if n[old].sum() == 0:
        return None
    seen = np.bincount(waited[old], weights=n[old]).cumsum()  # what a weighted quantile sorts records for
    return min(int(np.searchsorted(seen / seen[-1], DELAY_QUANTILE)), MAX_DELAY_WEEKS)


def _bulk(waited: Counts, age: Counts, batch: Counts, n: Counts) -> Flags:
    """Records of batches of which more than a fifth is beyond the longest delay."""
    longest = _longest(waited, age, n)
    if longest is None:
        return np.zeros(len(waited), dtype=bool)
    _, which = np.unique(batch, return_inverse=True)
    size = np.bincount(which, weights=n)
    late = np.bincount(which, weights=n * (waited > longest), minlength=len(size))
    return np.asarray(((late > BULK_SHARE * size) & (size >= BULK_MIN_RECORDS))[which])


def _completeness(waited: Counts, age: Counts, n: Counts, longest: int) -> Floats:
    reported = np.ones(longest + 1)
    for d in range(longest, 0, -1):
        seen = (waited <= d) & (age >= d)
        n_seen = n[seen].sum()
        hazard = n[seen & (waited == d)].sum() / n_seen if n_seen else np.nan
        reported[d - 1] = reported[d] * (1 - hazard)
    return reported
