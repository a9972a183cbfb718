"""Between which counts a week or a period usually lies, given what is expected of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, norm, poisson
from scipy.stats import t as student

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEVEL = 0.05
PRIOR_DF = 4  # degrees of freedom as which the scatter common to all series weighs beside a series' own


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
    A series' mean is its own. So is its scatter, where it is wider than that of all series together: drawn towards the
    common one, as a few periods of one series say little of it; at least as Poisson. The error of the mean is counted
    in, and a rise is judged at the mean of all its periods, the newest too: of few earlier ones nearly none may be
    seen by chance. p is the larger of the negative binomial one and of t's, which knows that scatter is estimated;
    t looks at a fall by square roots, since counts are skew.
    No season and no trend is taken out: a series that rises steadily is a surprise too.
    Source: Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3(1), for a variance drawn towards a common one; the rest is ours.
    """
    periods = past.shape[1]
    mean = np.maximum(past.mean(axis=1), 0.5 / periods)  # never seen is not impossible
    scatter, df = _scatter(mean, past)
    scatter = scatter * (1 + 1 / periods)
    judged_at = np.maximum(mean, (past.sum(axis=1) + n) / (periods + 1))
    law = _negative_binomial(judged_at, scatter)
    rise = np.maximum(nbinom.sf(n - 1, *law), student.sf((n - mean) / np.sqrt(judged_at * scatter), df))
    roots = 2 * (np.sqrt(mean) - np.sqrt(n)) / np.sqrt(scatter)
    tail = np.minimum(np.maximum(nbinom.cdf(n, *law), student.sf(roots, df)), rise)
    low, high = (nbinom.ppf(q, *_negative_binomial(mean, scatter)) for q in (LEVEL / 2, 1 - LEVEL / 2))
    return np.minimum(1.0, 2 * tail), low, high


def _scatter(mean: Floats, past: Counts) -> tuple[Floats, Floats]:
    """(series,) variance over mean of a period, and its degrees of freedom."""
    chi2 = ((past - mean[:, None]) ** 2 / mean[:, None]).sum(axis=1)
    series, own_df = len(past), past.shape[1] - 1
    common = max(1.0, chi2.sum() / (series * own_df))
    own = (PRIOR_DF * common + chi2) / (PRIOR_DF + own_df)
    common_df = series * own_df
    return np.maximum(common, own), np.where(own > common, min(PRIOR_DF + own_df, common_df), common_df)


def _negative_binomial(mean: Floats, scatter: Floats) -> tuple[Floats, Floats]:
    """Its two parameters; any valid ones where variance and mean are equal."""
    excess = np.where(scatter > 1, scatter - 1, 1.0)
    return mean / excess, 1 / (1 + excess)
