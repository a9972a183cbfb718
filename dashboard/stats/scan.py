"""The place and the last weeks that hold most detections beyond chance: space-time permutation scan."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import xlogy

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]

MAX_WEEKS = 8
MIN_WEEKS = 12
MIN_RECORDS = 20
MIN_OBSERVED = 2  # a cylinder with a single record is no cluster
PERMUTATIONS = 999
AT_ONCE = 64  # permutations held in memory together
SAME = 1e-9  # likelihood ratios nearer than this are one


@dataclass(frozen=True)
class Cylinders:
    """Every cylinder that ends with the last week; (areas, lengths) each, column 0 one week long.

    observed: records.   expected: records of its area, times records of its weeks, over all records.
    log_ratio: of likelihoods, 0 where no more is observed than expected.
    """

    observed: Counts
    expected: Floats
    log_ratio: Floats


@dataclass(frozen=True)
class Cluster:
    """The cylinder with the largest likelihood ratio; None and NaN where `withheld` says why, or nothing stands out.

    area: index into the areas.   weeks: its length.   p: of a largest ratio as large, dates shuffled.
    recurrence_weeks: once in how many weeks, analysed weekly, chance shows one like it; is_at_least: the truth may
    be rarer, no shuffling came so far.
    """

    area: int | None
    weeks: int
    observed: int
    expected: float
    log_ratio: float
    p: float
    recurrence_weeks: float
    is_at_least: bool
    permutations: int
    withheld: Literal["too_few_weeks", "too_few_records"] | None


def cylinders(counts: Counts, areas: Indices) -> Cylinders:
    """All cylinders. counts: (cells, weeks), exact records.   areas: (areas, k) indices of cells, padded with -1.

    Lengths go from one week to 8, and to half the weeks at most.
    Source: Kulldorff et al. 2005, PLoS Medicine 2(3): e59.
    """
    longest = min(MAX_WEEKS, counts.shape[1] // 2)
    last = counts[:, ::-1][:, :longest].cumsum(axis=1)
    inside = _inside(areas, len(counts))
    expected = np.outer(inside @ counts.sum(axis=1), last.sum(axis=0)) / max(int(counts.sum()), 1)
    observed = inside @ last
    return Cylinders(observed, expected, _log_ratio(observed, expected, int(counts.sum())))


def scan(counts: Counts, areas: Indices, rng: np.random.Generator) -> Cluster:
    """The strongest cylinder and its p by 999 shuffles of the dates over the records.

    counts, areas and source: as for cylinders. No denominator is needed; a growth that differs by place rings too.
    Needs 12 weeks and 20 records. Recurrence is one week over p.
    """
    total = int(counts.sum())
    if counts.shape[1] < MIN_WEEKS or total < MIN_RECORDS:
        reason: Literal["too_few_weeks", "too_few_records"] = (
            "too_few_weeks" if counts.shape[1] < MIN_WEEKS else "too_few_records"
        )
        return _nothing(np.nan, 0, reason)
    found = cylinders(counts, areas)
    if not len(areas) or found.log_ratio.max() == 0:
        return _nothing(1.0, PERMUTATIONS, None)
    area, length = np.unravel_index(found.log_ratio.argmax(), found.log_ratio.shape)
    best = float(found.log_ratio[area, length])
    as_large = int((_shuffled_best(counts, areas, found.expected, rng) >= best - SAME).sum())
    p = (1 + as_large) / (PERMUTATIONS + 1)
    return Cluster(
        area=int(area),
        weeks=int(length) + 1,
        observed=int(found.observed[area, length]),
        expected=float(found.expected[area, length]),
        log_ratio=best,
        p=p,
        recurrence_weeks=1 / p,
        is_at_least=as_large == 0,
        permutations=PERMUTATIONS,
        withheld=None,
    )


def _nothing(p: float, permutations: int, reason: Literal["too_few_weeks", "too_few_records"] | None) -> Cluster:
    return Cluster(None, 0, 0, np.nan, np.nan, p, 1 / p, False, permutations, reason)


def _inside(areas: Indices, n_cells: int) -> csr_array:
    """(areas, cells) 1 where a cell belongs to an area."""
    area, position = np.nonzero(areas >= 0)
    cell = areas[area, position]
    return csr_array((np.ones(len(cell), dtype=np.int64), (area, cell)), shape=(len(areas), n_cells))


def _log_ratio(observed: Counts, expected: Floats, total: int) -> Floats:
    """c log(c / mu) + (C - c) log((C - c) / (C - mu)) where c exceeds mu, else 0."""
    many = (observed > expected) & (observed >= MIN_OBSERVED)
    c, mu = observed[many], expected[many]
    ratio = np.zeros(observed.shape)
    ratio[many] = xlogy(c, c / mu) + xlogy(total - c, (total - c) / (total - mu))
    return ratio


def _shuffled_best(counts: Counts, areas: Indices, expected: Floats, rng: np.random.Generator) -> Floats:
    """(permutations,) the largest ratio of each shuffle; both margins stay, and so does every expectation."""
    cell_of_record = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    last = counts[:, ::-1][:, : expected.shape[1]].sum(axis=0)
    week_of_drawn = np.repeat(np.arange(len(last)), last)
    inside, best = _inside(areas, len(counts)), []
    for first in range(0, PERMUTATIONS, AT_ONCE):
        times = min(AT_ONCE, PERMUTATIONS - first)
        drawn = np.array([rng.permutation(cell_of_record)[: len(week_of_drawn)] for _ in range(times)])
        place = (drawn * times + np.arange(times)[:, None]) * len(last) + week_of_drawn
        shape = (len(counts), times, len(last))
        shuffled = np.bincount(place.ravel(), minlength=int(np.prod(shape))).reshape(shape).cumsum(axis=2)
        observed = (inside @ shuffled.reshape(len(counts), -1)).reshape(len(areas), times, len(last))
        ratios = _log_ratio(observed, np.broadcast_to(expected[:, None, :], observed.shape), len(cell_of_record))
        best.append(ratios.max(axis=(0, 2)))
    return np.concatenate(best)
