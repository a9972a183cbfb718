"""Between which counts a week or a period usually lies, given what is expected of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, norm, poisson

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEVEL = 0.05


def usual_range(expected: Floats, expected_high: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """(low, high), each (weeks,): 95 in 100 weeks of this mean lie between them, both ends counted.

    expected: (weeks,) means.   expected_high: (weeks,) their upper 95 % limits on a log scale (`Trend`): how well the
    mean itself is known widens the range.   dispersion: variance over mean of a week about its mean; below 1 it is 1.
    Negative binomial with that mean and variance, Poisson where they are equal. NaN where a mean is NaN.
    Source: Johnson, Kemp & Kotz 2005, Univariate Discrete Distributions, ch. 5; the widening is ours.
    """
    error = np.log(expected_high / expected) / norm.isf(LEVEL / 2)
    scatter = max(dispersion, 1.0) + expected * error**2
    size, share = _negative_binomial(expected, scatter)
    is_wide = scatter > 1
    ends = [np.where(is_wide, nbinom.ppf(q, size, share), poisson.ppf(q, expected)) for q in (LEVEL / 2, 1 - LEVEL / 2)]
    return ends[0], ends[1]


def surprise(n: Counts, past: Counts) -> tuple[Floats, Floats, Floats]:
    """Two-sided p (series,) of the newest count of each series given its own past, and the usual (low, high) of it.

    n: (series,).   past: (series, periods) counts of earlier periods of the same length, 2 and more of them.
    A series' mean is its own; how widely its periods scatter about it is estimated over all series together, at least
    as Poisson, since a few periods of one series say little of that. The error of the mean is counted in.
    No season and no trend is taken out: a series that rises steadily is a surprise too.
    """
    periods = past.shape[1]
    mean = np.maximum(past.mean(axis=1), 0.5 / periods)  # never seen is not impossible
    chi2 = ((past - mean[:, None]) ** 2 / mean[:, None]).sum()
    scatter = max(1.0, chi2 / (len(past) * (periods - 1))) * (1 + 1 / periods)
    size, share = _negative_binomial(mean, np.full(len(mean), scatter))
    tail = np.minimum(nbinom.cdf(n, size, share), nbinom.sf(n - 1, size, share))
    low, high = (nbinom.ppf(q, size, share) for q in (LEVEL / 2, 1 - LEVEL / 2))
    return np.minimum(1.0, 2 * tail), low, high


def _negative_binomial(mean: Floats, scatter: Floats) -> tuple[Floats, Floats]:
    """Its two parameters; any valid ones where variance and mean are equal."""
    excess = np.where(scatter > 1, scatter - 1, 1.0)
    return mean / excess, 1 / (1 + excess)
