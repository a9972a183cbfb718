"""Is a series rising or falling: Mann-Kendall's test and Sen's slope, many series at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

MIN_VALUES = 10  # of a series; fewer have no p
TIE = 1e-9  # values no further apart are equal: the same number, summed in another order


@dataclass(frozen=True)
class Trend:
    """One entry a series: n values that are defined, Kendall's S and its variance, z, and the two-sided p."""

    n: NDArray[np.int64]
    s: NDArray[np.int64]
    variance: Floats
    z: Floats
    p: Floats


def mann_kendall(series: Floats) -> Trend:
    """Mann-Kendall's test of each row, the variance corrected for ties, z for continuity.

    series: (rows, T), oldest first, any unit; NaN is no value and does not count.
    A row without a trend by construction (S = 0, or all values equal) has z 0 and p 1.
    A row of fewer than 10 values has p NaN: too few. Needs values that do not depend on one another.
    Source: Mann 1945, Econometrica 13(3); Kendall 1975, Rank Correlation Methods.
    """
    n = np.isfinite(series).sum(axis=1)
    s, ties = np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=np.int64)
    for i in range(series.shape[1]):
        difference = series - series[:, i : i + 1]
        s += _signs(difference[:, i + 1 :]).sum(axis=1)
        alike = (np.abs(difference) <= TIE).sum(axis=1)  # with itself; 0 where it is no value
        ties += np.where(alike > 0, (alike - 1) * (2 * alike + 5), 0)  # t values that tie give t(t-1)(2t+5)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where((s == 0) | (variance == 0), 0.0, (s - np.sign(s)) / np.sqrt(variance))
    return Trend(n, s, variance, z, np.where(n >= MIN_VALUES, 2 * ndtr(-np.abs(z)), np.nan))


def sen_slope(series: Floats) -> Floats:
    """Sen's slope (rows,): the median change from one step to the next over all pairs; NaN for under two values.

    series: as for mann_kendall.   Source: Sen 1968, JASA 63(324).
    """
    early, late = np.triu_indices(series.shape[1], 1)
    slopes = (series[:, late] - series[:, early]) / (late - early)
    slope = np.full(len(series), np.nan)
    defined = np.isfinite(slopes).any(axis=1)
    slope[defined] = np.nanmedian(slopes[defined], axis=1)
    return slope


def _signs(difference: Floats) -> NDArray[np.int64]:
    return np.where(np.abs(difference) > TIE, np.sign(np.nan_to_num(difference)), 0).astype(np.int64)
