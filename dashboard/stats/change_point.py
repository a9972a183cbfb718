"""The one week at which a series changed its level most, and whether chance explains it."""

from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MIN_WEEKS = 24
MIN_SIDE = 4  # weeks on either side of the split
PERMUTATIONS = 1999
SAME = 1e-9  # two likelihood ratios nearer than this are one


@dataclass(frozen=True)
class ChangePoint:
    """Where the level changed, if anywhere; everything NaN and None where `withheld` says why.

    index: of the first week of the new level; None where every week is alike.   likelihood_ratio: twice the gain in
    log likelihood.   before, after: mean count a week, season removed.   p: of any split as good in a shuffled
    series, so the choice of the week is paid for.   permutations: how many p rests on.
    """

    index: int | None
    likelihood_ratio: float
    before: float
    after: float
    p: float
    permutations: int
    withheld: Literal["too_few_weeks", "no_detections"] | None


def change_point(counts: Counts, season: Floats, rng: np.random.Generator) -> ChangePoint:
    """One split into two levels, by the Poisson likelihood; p by shuffling the weeks.

    counts: (weeks,).   season: (weeks,) what each week is multiplied by, on average 1; above 0 (`Trend.season`).
    A trend is seen as a change too: this says when the level differs most, not why, nor that it was sudden.
    Shuffling supposes that weeks are exchangeable: a series that wanders rings too often.
    Source: scan for the split, Hinkley & Hinkley 1970, Biometrika 57(3), binomial there; p by Phipson & Smyth
    2010, Statistical Applications in Genetics and Molecular Biology 9(1).
    """
    if len(counts) < MIN_WEEKS:
        return ChangePoint(None, nan, nan, nan, nan, 0, "too_few_weeks")
    if counts.sum() == 0:
        return ChangePoint(None, nan, nan, nan, nan, 0, "no_detections")
    levelled = counts / season
    ratios = _ratios(levelled[None, :])[0]
    split = int(ratios.argmax())
    found = float(ratios[split])
    shuffled = rng.permuted(np.tile(levelled, (PERMUTATIONS, 1)), axis=1)
    as_good = int((_ratios(shuffled).max(axis=1) >= found - SAME).sum())
    index = split + MIN_SIDE if found > SAME else None
    before, after = levelled[: split + MIN_SIDE].mean(), levelled[split + MIN_SIDE :].mean()
    p = (1 + as_good) / (PERMUTATIONS + 1)
    return ChangePoint(index, max(found, 0.0), float(before), float(after), p, PERMUTATIONS, None)


def _ratios(series: Floats) -> Floats:
    """(series, splits) likelihood ratios of rows of weeks, one for each split that leaves four weeks a side."""
    weeks = series.shape[1]
    total = series.sum(axis=1, keepdims=True)
    n_before = np.arange(MIN_SIDE, weeks - MIN_SIDE + 1)
    before = series.cumsum(axis=1)[:, n_before - 1]
    after = np.maximum(total - before, 0.0)
    gain = xlogy(before, before / n_before) + xlogy(after, after / (weeks - n_before)) - xlogy(total, total / weeks)
    return np.asarray(2 * gain)
