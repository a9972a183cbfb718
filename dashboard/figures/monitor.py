"""An early-warning monitor of many weekly series: what it says now, what it said before, and what came after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from dashboard.disclosure import K
from dashboard.stats import delay, ears, farrington, gi_star

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Method = Literal["farrington", "ears"]

LEVEL = 0.05  # of q, at which a series rings
SCAN_LEVEL = 0.01  # of the scan's p, at which a place rings
LONG_WEEKS = farrington.MIN_YEARS * farrington.YEAR_WEEKS + farrington.WINDOW_WEEKS + 1
SHORT_WEEKS = ears.MIN_WEEKS
LOUD_MIN = ears.LOUD_MIN  # detections in the tested weeks
RECORD_WEEKS = 52  # that the monitor is run again on
MAX_HISTORY_WEEKS = 5 * 52 + 4 + 26 + RECORD_WEEKS  # five past years, the longest delay, the record
AFTER_WEEKS = 4  # that an alarm is judged by
SCATTER_WEEKS, MIN_SUMS = 104, 6  # that tell how widely four weeks scatter; sums of four, at least
TINY = 1e-9
LOWEST_MEAN = 0.5  # detections expected in them, at least
FOR_DELAY = 20_000  # records that are enough to know the delay by


@dataclass(frozen=True)
class Known:
    """How many detections of which week became known when; (rows,) each, weeks from 0, known at least as late.

    is_reported: whether the report's date is known; else `known` is the week of the event.
    """

    series: Counts
    event: Counts
    known: Counts
    n: Counts
    is_reported: Flags
    n_series: int
    n_weeks: int


@dataclass(frozen=True)
class Tested:
    """The end of each series, (series,) each: detections n in the last `span` weeks, and what was expected of them.

    q: over all series, those too quiet to ring among them.   state: as told by the method.
    """

    method: Method
    span: int
    n: Counts
    expected: Floats
    threshold: Floats
    p: Floats
    q: Floats
    state: NDArray[np.str_]

    @property
    def rings(self) -> Flags:
        """Which series are in alarm."""
        return self.q <= LEVEL


@dataclass(frozen=True)
class Origin:
    """The monitor as it stood at the end of week `at`: `last` is the newest week that was settled then.

    scatter: (series,) variance over mean of the sums of four weeks in the two years before, at least 1.
    """

    at: int
    last: int
    tested: Tested
    scatter: Floats


@dataclass(frozen=True)
class Alarm:
    """One series that began to ring, and the four weeks after: n_after is None until they are settled.

    went_on: whether they hold more than chance gives at the mean that was expected and the series' own scatter
    (negative binomial, p below 0.05); None while open.   weeks: for how many it rang, pauses of up to four counted in.
    """

    origin: Origin
    series: int
    weeks: int
    n_after: int | None
    expected_after: float
    went_on: bool | None


def tested(counts: Counts) -> Tested:
    """What the last settled week says of each series, by the method that their length allows.

    counts: (series, weeks), all settled. From 160 weeks on Farrington's on one week, else EARS C2 on four. A week of
    fewer than K detections, or 5, never rings: its count could not be shown.
    """
    if counts.shape[1] >= LONG_WEEKS:
        week, n = farrington.this_week(counts), counts[:, -1]
        too_few = (week.state == "tested") & (n < max(LOUD_MIN, K))
        p, state = np.where(too_few, 1.0, week.p), np.where(too_few, "quiet", week.state)
        q = gi_star.false_discovery(p)
        return Tested("farrington", 1, n, week.expected, week.threshold, p, q, state)
    month = ears.this_month(counts)
    too_few = (month.state == "tested") & (month.n < K)
    p, state = np.where(too_few, 1.0, month.p), np.where(too_few, "quiet", month.state)
    q = gi_star.false_discovery(p)
    return Tested("ears", ears.SUM_WEEKS, month.n, month.expected, month.threshold, p, q, state)


def counts_known(known: Known, at: int) -> Counts:
    """(series, at + 1) detections as they were known at the end of week `at`."""
    then = known.known <= at
    place = known.series[then] * (at + 1) + known.event[then]
    counted = np.bincount(place, weights=known.n[then], minlength=known.n_series * (at + 1))
    return np.asarray(counted.reshape(known.n_series, at + 1), dtype=np.int64)


def unfolded(known: Known, weeks: Iterable[int]) -> Iterator[tuple[int, Counts]]:
    """Each of these weeks, oldest first, with `counts_known` of it: what each one adds is counted once."""
    order, counts, done = np.argsort(known.known, kind="stable"), np.zeros(known.n_series * known.n_weeks, np.int64), 0
    place, n, when = (known.series * known.n_weeks + known.event)[order], known.n[order], known.known[order]
    for at in weeks:
        end = int(np.searchsorted(when, at, side="right"))
        added = np.bincount(place[done:end], weights=n[done:end], minlength=len(counts))
        counts, done = counts + added.astype(np.int64), end
        yield at, counts.reshape(known.n_series, known.n_weeks)[:, : at + 1]


def last_settled(known: Known, at: int) -> tuple[int, bool]:
    """The newest week of which 95 % had been reported at the end of week `at`, and whether delays were known at all.

    Where no report date tells them, it is `at` itself: late reports can then only hide a rise. -1: no week is settled.
    """
    told = known.is_reported & (known.known <= at)
    event, report, n = _drawn_evenly(known.event, known.known, known.n * told)
    found = delay.delay(event, report, report, at, n)
    if found.withheld is not None:
        return at, False
    settled = ~delay.provisional(delay.completeness(found, np.arange(at + 1), at))
    return int(np.flatnonzero(settled).max(initial=-1)), True


def _drawn_evenly(event: Counts, report: Counts, n: Counts) -> tuple[Counts, Counts, Counts]:
    """One entry a week of the event and of its report, with n records; of more than 20,000, evenly spaced ones."""
    step = -(-int(n.sum()) // FOR_DELAY) or 1
    steps = n.cumsum() // step
    kept = np.diff(steps, prepend=0)
    some = np.flatnonzero(kept)
    event, report, kept = event[some], report[some], kept[some]
    weeks = int(max(event.max(initial=-1), report.max(initial=-1))) + 1
    together = np.bincount(event * weeks + report, weights=kept)
    place = np.flatnonzero(together)
    return *np.divmod(place, max(weeks, 1)), together[place].astype(np.int64)


def rolled(known: Known, first: int) -> list[Origin]:
    """The monitor at the end of each of the last 52 weeks and now, oldest first, each on what was known by then.

    first: the week in which its series begin. Past weeks with too short a history are left out.
    """
    now = known.n_weeks - 1
    origins = []
    for at, counts in unfolded(known, range(max(first, now - RECORD_WEEKS), now + 1)):
        last, _ = last_settled(known, at)
        if last - first + 1 >= SHORT_WEEKS or at == now:
            counts = counts[:, first : max(last, first) + 1]
            origins.append(Origin(at, last, tested(counts), _scatter(counts)))
    return origins


def _scatter(counts: Counts) -> Floats:
    recent = counts[:, -SCATTER_WEEKS:]
    sums = recent[:, recent.shape[1] % AFTER_WEEKS :].reshape(len(counts), -1, AFTER_WEEKS).sum(axis=2)
    if sums.shape[1] < MIN_SUMS:
        return np.ones(len(counts))
    mean = sums.mean(axis=1)
    return np.asarray(np.maximum(sums.var(axis=1, ddof=1) / np.maximum(mean, LOWEST_MEAN), 1.0))


def alarms(origins: list[Origin], counts: Counts, settled: int) -> list[Alarm]:
    """Each alarm of these origins once, oldest first, with what came after.

    counts: (series, weeks) as known now.   settled: the newest settled week now.
    """
    found: list[Alarm] = []
    ended: list[int] = []
    current: dict[int, int] = {}  # of a series, the place of its newest alarm
    for origin in origins:
        for series in np.flatnonzero(origin.tested.rings).tolist():
            place = current.get(series)
            if place is None or origin.at - ended[place] > AFTER_WEEKS:
                place = current[series] = len(found)
                found.append(_judged(origin, series, counts, settled))
                ended.append(origin.at)
            ended[place] = origin.at
    return [replace(alarm, weeks=end - alarm.origin.at + 1) for alarm, end in zip(found, ended, strict=True)]


def _judged(origin: Origin, series: int, counts: Counts, settled: int) -> Alarm:
    after, expected, went_on = after_weeks(origin, counts)
    if origin.at + AFTER_WEEKS > settled:
        return Alarm(origin, series, 1, None, float(expected[series]), None)
    return Alarm(origin, series, 1, int(after[series]), float(expected[series]), bool(went_on[series]))


def after_weeks(origin: Origin, counts: Counts) -> tuple[Counts, Floats, Flags]:
    """Of each series: detections in the four weeks after an origin, what was expected, whether they are more."""
    after = counts[:, origin.at + 1 : origin.at + 1 + AFTER_WEEKS].sum(axis=1)
    expected = np.maximum(origin.tested.expected * AFTER_WEEKS / origin.tested.span, LOWEST_MEAN)
    excess = origin.scatter - 1
    size = expected / np.maximum(excess, TINY)
    p = np.where(excess > TINY, nbinom.sf(after - 1, size, 1 / (1 + excess)), poisson.sf(after - 1, expected))
    return after, expected, p < LEVEL


def without_alarm(origins: list[Origin], counts: Counts, settled: int) -> tuple[int, int]:
    """How often the same came after a week that was tested and did not ring: weeks of series judged, and went on."""
    judged, went = 0, 0
    for origin in origins:
        if origin.at + AFTER_WEEKS <= settled:
            silent = (origin.tested.state == "tested") & ~origin.tested.rings
            judged += int(silent.sum())
            went += int(after_weeks(origin, counts)[2][silent].sum())
    return judged, went
