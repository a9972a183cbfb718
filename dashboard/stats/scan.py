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

    area: index into the areas.   weeks: its length.
    p_records: of a largest ratio as large, dates shuffled over records.   p_weeks: weeks shuffled within each cell.
    p: the larger of the two.   recurrence_weeks: once in how many weeks, analysed weekly, chance shows one like it;
    is_at_least: the truth may be rarer, as no shuffle came so far.
    """

    area: int | None
    weeks: int
    observed: int
    expected: float
    log_ratio: float
    p_records: float
    p_weeks: float
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
    """The strongest cylinder and its p by 999 shuffles.

    counts, areas and source: as for cylinders. No denominator is needed; a growth that differs by place rings too.
    The paper shuffles dates over records, as if each came by itself. Detections come in groups, and then that p rings
    in every second or third null map; shuffling the weeks of each cell keeps the groups together. Both must be small:
    so one week's burst in one cell, which may be one group, is not enough. The second shuffle is ours.
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
    p_records = _share(_best_of_records(counts, areas, found.expected, rng) >= best - SAME)
    p_weeks = _share(_best_of_weeks(counts, areas, found.expected.shape[1], rng) >= best - SAME)
    p = max(p_records, p_weeks)
    return Cluster(
        area=int(area),
        weeks=int(length) + 1,
        observed=int(found.observed[area, length]),
        expected=float(found.expected[area, length]),
        log_ratio=best,
        p_records=p_records,
        p_weeks=p_weeks,
        p=p,
        recurrence_weeks=1 / p,
        is_at_least=p == _share(np.zeros(PERMUTATIONS, dtype=bool)),
        permutations=PERMUTATIONS,
        withheld=None,
    )


def _nothing(p: float, permutations: int, reason: Literal["too_few_weeks", "too_few_records"] | None) -> Cluster:
    return Cluster(None, 0, 0, np.nan, np.nan, p, p, p, 1 / p, False, permutations, reason)


def _share(as_large: NDArray[np.bool_]) -> float:
    return (1 + int(as_large.sum())) / (PERMUTATIONS + 1)


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


def _best_of_records(counts: Counts, areas: Indices, expected: Floats, rng: np.random.Generator) -> Floats:
    """(permutations,) the largest ratio, dates shuffled; both margins stay, and so does every expectation."""
    cell_of_record = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    last = counts[:, ::-1][:, : expected.shape[1]].sum(axis=0)
    week_of_drawn = np.repeat(np.arange(len(last)), last)
    inside, best = _inside(areas, len(counts)), []
    for first in range(0, PERMUTATIONS, AT_ONCE):
        times = min(AT_ONCE, PERMUTATIONS - first)
        # Of all dates only those of the last weeks are dealt: the others stand in no cylinder.
        drawn = np.array([rng.choice(cell_of_record, len(week_of_drawn), replace=False) for _ in range(times)])
        place = (drawn * times + np.arange(times)[:, None]) * len(last) + week_of_drawn
        shape = (len(counts), times, len(last))
        shuffled = np.bincount(place.ravel(), minlength=int(np.prod(shape))).reshape(shape).cumsum(axis=2)
        observed = (inside @ shuffled.reshape(len(counts), -1)).reshape(len(areas), times, len(last))
        ratios = _log_ratio(observed, np.broadcast_to(expected[:, None, :], observed.shape), len(cell_of_record))
        best.append(ratios.max(axis=(0, 2)))
    return np.concatenate(best)


def _best_of_weeks(counts: Counts, areas: Indices, n_lengths: int, rng: np.random.Generator) -> Floats:
    """(permutations,) the largest ratio, the weeks of each cell shuffled; its groups stay together."""
    some = counts.any(axis=1)
    inside = _inside(areas, len(counts))[:, np.flatnonzero(some)]
    in_area, total, dealt = inside @ counts[some].sum(axis=1), int(counts.sum()), counts[some]
    best, cells = np.empty(PERMUTATIONS), np.arange(len(dealt))
    for i in range(PERMUTATIONS):
        for week in range(n_lengths):  # the others stand in no cylinder; from any order the next is as likely
            other = rng.integers(week, dealt.shape[1], len(dealt))
            dealt[cells, week], dealt[cells, other] = dealt[cells, other], dealt[cells, week]
        last = dealt[:, :n_lengths].cumsum(axis=1)
        best[i] = _log_ratio(inside @ last, np.outer(in_area, last.sum(axis=0)) / total, total).max()
    return best
