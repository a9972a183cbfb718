"""Would last month's map have led to this month's detections? Hit rate, PAI, PEI, beside what needs no method."""

from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BUDGETS = (0.01, 0.05, 0.10)  # shares of the mask, fixed beforehand
MIN_ORIGINS = 8
RESAMPLES = 999
LAST_MONTHS = 12
LEVEL = 0.05


@dataclass(frozen=True)
class Score:
    """One origin. hits: of n detections, those in the k best cells; hit_rate, its 95 % Clopper-Pearson limits.

    pai: hit rate over share of the area, 1 for a blind choice.   pei: hits over the most that k cells could have had.
    Everything but n is NaN where n is 0.
    """

    n: int
    hits: float
    hit_rate: float
    low: float
    high: float
    pai: float
    pei: float


@dataclass(frozen=True)
class Pooled:
    """All origins together: ratios of sums, 95 % limits by drawing origins anew; limits NaN below 8 origins.

    Those of the hit rate are those of PAI times the share of the area; those of PEI are of the same draws.

    difference: pai less that of the rival, on the same origins, with its limits.   p: of a difference as large, the
    two maps changing places at random in each origin.   verdict: better or worse where the limits leave out 0 and p
    is below 0.05, else no_better; undefined where they are NaN.
    """

    n: int
    origins: int
    hit_rate: float
    hit_rate_low: float
    hit_rate_high: float
    pai: float
    pai_low: float
    pai_high: float
    pei: float
    pei_low: float
    pei_high: float
    rival_pai: float
    difference: float
    difference_low: float
    difference_high: float
    p: float
    verdict: Literal["better", "no_better", "worse", "undefined"]


def cells_of(budget: float, n_cells: int) -> int:
    """How many cells a share of the mask is: rounded down, at least one where there is any."""
    return min(n_cells, max(1, int(budget * n_cells + 1e-9)))


def uniform(history: Counts) -> Floats:
    """The blind map: every cell (of history (cells, months)) alike."""
    return np.zeros(len(history))


def last_month(history: Counts) -> Floats:
    """The naive map of the last column of history (cells, months)."""
    return history[:, -1].astype(float)


def last_year(history: Counts) -> Floats:
    """The map to beat: counts of the last 12 columns of history (cells, months)."""
    return np.asarray(history[:, -LAST_MONTHS:].sum(axis=1), dtype=float)


def score(scores: Floats, future: Counts, k: int) -> Score:
    """One map against what came. scores, future: (cells,), every cell of the mask, all equally large; 1 <= k <= cells.

    Cells tied at the cut count with the share of them that the area still has room for: the mean over all ways to
    break the tie. A score is known of every cell.
    Raises ValueError where k is outside, or a score NaN.
    Source: hit rate and PAI: Chainey, Tompson & Uhlig 2008, Security Journal 21; PEI: Hunt 2016 (thesis).
    """
    n = int(future.sum())
    hits, best = _hits(scores, future, k), float(np.sort(future)[::-1][:k].sum())
    if n == 0:
        return Score(0, nan, nan, nan, nan, nan, nan)
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return Score(n, hits, hits / n, low, high, hits / n * len(future) / k, hits / best)


def pooled(scores: Floats, rival: Floats, future: Counts, k: int, rng: np.random.Generator) -> Pooled:
    """A method and its rival (`last_year`) on the same origins, all (origins, cells); k cells in each.

    Each row of scores knows nothing later than its origin, as loaded then. Months without detections count as
    origins and weigh nothing. Errors and source: as for score; the interval is a percentile bootstrap over origins,
    which is too short for a dozen of them: hence p (Fisher 1935, The Design of Experiments, sec. 21) beside it.
    """
    hits = np.array([_hits(row, came, k) for row, came in zip(scores, future, strict=True)])
    rivals = np.array([_hits(row, came, k) for row, came in zip(rival, future, strict=True)])
    n, best = future.sum(axis=1), np.sort(future, axis=1)[:, ::-1][:, :k].sum(axis=1)
    total = int(n.sum())
    if total == 0:
        return Pooled(0, len(future), *14 * (nan,), verdict="undefined")
    per_area = future.shape[1] / k
    pai, rival_pai = hits.sum() / total * per_area, rivals.sum() / total * per_area
    drawn, drawn_apart = (_drawn(len(n), rng) for _ in range(2))
    rate, apart = _limits(hits, n, drawn), _limits(hits - rivals, n, drawn_apart) * per_area
    of_best = _limits(hits, best, drawn)
    p = _changed_places(hits - rivals, rng)
    return Pooled(
        n=total,
        origins=len(future),
        hit_rate=float(hits.sum() / total),
        hit_rate_low=float(rate[0]),
        hit_rate_high=float(rate[1]),
        pai=float(pai),
        pai_low=float(rate[0] * per_area),
        pai_high=float(rate[1] * per_area),
        pei=float(hits.sum() / best.sum()),
        pei_low=float(of_best[0]),
        pei_high=float(of_best[1]),
        rival_pai=float(rival_pai),
        difference=float(pai - rival_pai),
        difference_low=float(apart[0]),
        difference_high=float(apart[1]),
        p=p,
        verdict=_verdict(float(apart[0]), float(apart[1]), p),
    )


def _hits(scores: Floats, future: Counts, k: int) -> float:
    if not 1 <= k <= len(scores) or np.isnan(scores).any():
        raise ValueError("score: k lies between 1 and the number of cells, and every cell has a score")
    cut = np.sort(scores)[-k]
    above, tied = scores > cut, scores == cut
    return float(future[above].sum() + future[tied].sum() * (k - above.sum()) / tied.sum())


def _drawn(origins: int, rng: np.random.Generator) -> NDArray[np.intp] | None:
    """(resamples, origins) which origins are drawn; None below 8 origins."""
    return rng.integers(0, origins, (RESAMPLES, origins)) if origins >= MIN_ORIGINS else None


def _limits(hits: Floats, of: Counts, drawn: NDArray[np.intp] | None) -> Floats:
    """95 % limits of sum hits / sum of, over origins drawn anew; NaN without draws."""
    if drawn is None:
        return np.full(2, nan)
    whole = of[drawn].sum(axis=1)
    return np.asarray(np.quantile(hits[drawn].sum(axis=1)[whole > 0] / whole[whole > 0], [0.025, 0.975]))


def _changed_places(apart: Floats, rng: np.random.Generator) -> float:
    """Two-sided p of the sum of differences, each origin's sign by a fair coin."""
    coins = rng.choice([-1.0, 1.0], (RESAMPLES, len(apart)))
    as_large = abs(coins @ apart) >= abs(apart.sum()) - 1e-9
    return (1 + int(as_large.sum())) / (RESAMPLES + 1)


def _verdict(low: float, high: float, p: float) -> Literal["better", "no_better", "worse", "undefined"]:
    if np.isnan(low):
        return "undefined"
    if p >= LEVEL or low <= 0 <= high:
        return "no_better"
    return "better" if low > 0 else "worse"
