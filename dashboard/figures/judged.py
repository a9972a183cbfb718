"""Maps of where detections come next, each judged on months that it did not know: pure, arrays in and out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.stats import backtest
from dashboard.stats.backtest import Pooled

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]

ORIGINS = 12  # months that the maps are judged on
HISTORY = 24  # months that a map looks back
# Chosen on generated worlds that stay, move and wander (benchmarks/BACKTEST.md), never on records.
HALF_LIFE = 9  # months after which a detection weighs half
NEAR = 0.1  # of a score, its neighbourhood's mean
MIN_RECORDS = 20  # detections to be met, below which nothing is judged
NAIVE = "last_year"  # the map to beat


@dataclass(frozen=True)
class KnownMonths:
    """How many detections of which cell and month became known when; (rows,) each.

    months_ago: of the event, 0 is the newest.   known_ago: whole months since it was told; below 1 is too new for
    any map.
    """

    cell: Indices
    months_ago: Counts
    known_ago: Counts
    n: Counts
    n_cells: int

    def before(self, origin: int) -> Counts:
        """(cells, 24) detections of the months before month `origin`, oldest first, as known when it began."""
        then = (self.known_ago > origin) & (self.months_ago > origin) & (self.months_ago <= origin + HISTORY)
        return self._counted(then, origin + HISTORY, HISTORY)

    def month(self, origin: int) -> Counts:
        """(cells,) detections of a month, as known now."""
        return self._counted(self.months_ago == origin, origin, 1)[:, 0]

    def _counted(self, rows: NDArray[np.bool_], oldest: int, months: int) -> Counts:
        place = self.cell[rows] * months + oldest - self.months_ago[rows]
        counted = np.bincount(place, weights=self.n[rows], minlength=self.n_cells * months)
        return np.asarray(counted.reshape(self.n_cells, months), dtype=np.int64)


Map = Callable[[Counts], Floats]


def maps(near: Indices | None) -> Mapping[str, Map]:
    """Our map and those that need no method. near: (cells, k) neighbours, themselves among them, padded with -1."""
    return {
        "recent_and_near": lambda past: recent_and_near(past, near),
        NAIVE: backtest.last_year,
        "last_month": backtest.last_month,
        "uniform": backtest.uniform,
    }


def recent_and_near(past: Counts, near: Indices | None) -> Floats:
    """Counts that weigh half as much every nine months; nine tenths a cell's own, one its neighbourhood's mean."""
    weighed = past @ 0.5 ** (np.arange(past.shape[1])[::-1] / HALF_LIFE)
    if near is None:
        return np.asarray(weighed)
    real = near >= 0
    around = np.where(real, weighed[near], 0.0).sum(axis=1) / real.sum(axis=1)
    return np.asarray((1 - NEAR) * weighed + NEAR * around)


def judge(
    known: KnownMonths, months: int, near: Indices | None, budget: float, chance: np.random.Generator
) -> tuple[dict[str, Pooled], str | None]:
    """Each map on the same months, those with a year before them, at most 12; or why none was judged.

    months: how many whole months the data reach back.   budget: share of the cells that a map may name.
    """
    origins = range(min(ORIGINS, months - backtest.LAST_MONTHS) - 1, -1, -1)
    if len(origins) < backtest.MIN_ORIGINS:
        return {}, "too_few_months"
    future = np.array([known.month(origin) for origin in origins])
    if future.sum() < MIN_RECORDS:
        return {}, "too_few_records"
    pasts = [known.before(origin) for origin in origins]
    scores = {name: np.array([drawn(past) for past in pasts]) for name, drawn in maps(near).items()}
    k = backtest.cells_of(budget, known.n_cells)
    return {name: backtest.pooled(each, scores[NAIVE], future, k, chance) for name, each in scores.items()}, None


def chosen(found: Mapping[str, Pooled]) -> str:
    """The map to show: ours where it is better than last year's count, else last year's count."""
    return "recent_and_near" if found and found["recent_and_near"].verdict == "better" else NAIVE
