"""Small counts: exact intervals, the ratio of two rates, and empirical Bayes rates of many areas."""

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil, exp, floor, isnan, lgamma, log, log1p, nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, betaincinv, gammaincinv
from scipy.stats import chi2
from scipy.stats import t as student

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Verdict = Literal["none_in_either", "no_evidence", "rise", "fall"]
Figures = Literal["counts", "ratio", "percent"]

LEVEL = 0.05  # of p, below which a change is said to be one
DISPERSED = 1.2  # variance over mean, above which weeks scatter too widely for Poisson
RATIO_MIN = 10  # detections in both periods, below which no ratio is told
PERCENT_MIN = 20  # detections in the earlier period, below which no percentage is
LOW_QUANTILE = 0.05  # of a cell's rate, which must stand out for a peak
PEAK_MIN = 5  # detections of a peak's own
PEAK_TIMES_MEAN = 2


@dataclass(frozen=True)
class RateRatio:
    """A rate over another: ratio, 95 % limits, two-sided p. NaN where undefined (see rate_ratio)."""

    ratio: float
    low: float
    high: float
    p: float


def count_interval(n: Counts) -> tuple[Floats, Floats]:
    """Exact 95 % limits (low, high) of the Poisson means behind counts n, any shape; low is 0 at n = 0.

    Raises ValueError where a count is negative.
    Source: Garwood 1936, Biometrika 28(3/4).
    """
    if (n < 0).any():
        raise ValueError("n: a count is 0 or more")
    low = np.where(n > 0, chi2.ppf(0.025, 2 * n) / 2, 0.0)
    return low, chi2.ppf(0.975, 2 * n + 2) / 2


def rate_ratio(a: int, t_a: float, b: int, t_b: float) -> RateRatio:
    """The rate of a detections in t_a against that of b in t_b: days, patrol hours, any one unit.

    Given a + b, a is binomial with pi = t_a / (t_a + t_b) if the rates are equal. p adds up all outcomes no
    likelier than a; the limits are those of pi, turned into ratios. These are two constructions: near the
    border they can disagree, and words follow p.
    b = 0: ratio and high are NaN. a + b = 0: everything is NaN.
    Raises ValueError where a count is negative or a time not above 0.
    Source: Przyborowski & Wilenski 1940, Biometrika 31; Clopper & Pearson 1934, Biometrika 26(4).
    """
    _refuse_unless_counts(a, t_a, b, t_b)
    if a + b == 0:
        return RateRatio(nan, nan, nan, nan)
    p = _two_sided(a, a + b, t_a / (t_a + t_b))
    low_pi = (
        betaincinv(a, b + 1, 0.025) if a else 0.0
    )  # the same limits as binomtest's, which looks for them step by step
    low = float(low_pi / (1 - low_pi) * t_b / t_a)
    if b == 0:
        return RateRatio(nan, low, nan, p)
    high_pi = betaincinv(a + 1, b, 0.975)
    return RateRatio((a / t_a) / (b / t_b), low, float(high_pi / (1 - high_pi) * t_b / t_a), p)


def _two_sided(a: int, n: int, pi: float) -> float:
    """All outcomes of n trials no likelier than a: what scipy's binomtest tells, in a fiftieth of its time.

    Outcomes on the other side of the mean are no likelier from some one on, which is found by halving. Those within
    1e-7 of a are as likely, so that rounding takes none away.
    """

    def is_no_likelier(k: int) -> bool:
        return _log_chance(k, n, pi) <= limit

    limit, mean = _log_chance(a, n, pi) + 1e-7, n * pi
    if a == mean:
        return 1.0
    if a < mean:
        above = ceil(mean) + bisect_left(range(ceil(mean), n + 1), True, key=is_no_likelier)
        return float(min(1.0, bdtr(a, n, pi) + bdtrc(above - 1, n, pi)))
    below = floor(mean) - bisect_left(range(floor(mean), -1, -1), True, key=is_no_likelier)
    return float(min(1.0, (bdtr(below, n, pi) if below >= 0 else 0.0) + bdtrc(a - 1, n, pi)))


def _log_chance(k: int, n: int, pi: float) -> float:
    """Logarithm of the chance of k in n, without the part that is the same for every k."""
    return k * log(pi) + (n - k) * log1p(-pi) - lgamma(k + 1) - lgamma(n - k + 1)


def change(a: int, t_a: float, b: int, t_b: float, dispersion: float, dispersion_df: float) -> RateRatio:
    """The same ratio where counts may scatter more widely than Poisson.

    dispersion: variance over mean of the weeks about their model, dispersion_df its degrees of freedom (`Trend`);
    up to 1.2, or NaN where it is not known, rate_ratio answers. Above, log ratio +- t sqrt(phi (1/a + 1/b)), and p
    from that t. A count of 0 has no logarithm: there limits and p are rate_ratio's of both counts over phi, rounded
    down, as if detections came in groups of phi; p is 1 where that leaves none.
    NaN and errors as for rate_ratio.
    Source: McCullagh & Nelder 1989, Generalized Linear Models, 9.2.4 (quasi-likelihood); groups of phi are ours.
    """
    if a == 0 or b == 0 or not dispersion > DISPERSED:
        exact = rate_ratio(a, t_a, b, t_b)
        if a + b == 0 or not dispersion > DISPERSED:
            return exact
        thinned = rate_ratio(int(a / dispersion), t_a, int(b / dispersion), t_b)
        return RateRatio(exact.ratio, thinned.low, thinned.high, 1.0 if isnan(thinned.p) else thinned.p)
    _refuse_unless_counts(a, t_a, b, t_b)
    ratio, error = (a / t_a) / (b / t_b), sqrt(dispersion * (1 / a + 1 / b))
    reach = float(student.isf(LEVEL / 2, dispersion_df)) * error
    p = float(2 * student.sf(abs(log(ratio)) / error, dispersion_df))
    return RateRatio(ratio, ratio * exp(-reach), ratio * exp(reach), p)


def _refuse_unless_counts(a: int, t_a: float, b: int, t_b: float) -> None:
    if a < 0 or b < 0 or not (t_a > 0 and t_b > 0):
        raise ValueError("rate_ratio: counts are 0 or more, and times above 0")


def verdict(ratio: RateRatio, a: int, b: int) -> Verdict:
    """What may be said of a now against b before, by p alone: an interval that covers 1 is not asked."""
    if a + b == 0:
        return "none_in_either"
    if not ratio.p < LEVEL:
        return "no_evidence"
    return "rise" if b == 0 or ratio.ratio > 1 else "fall"


def listed(said: Verdict, q: float) -> Verdict:
    """The verdict of one row of a table: a rise or fall is one only where the row's q, too, is at most 0.05.

    q: of all the table's p, Benjamini & Hochberg (`gi_star.false_discovery`); NaN is no evidence.
    """
    return "no_evidence" if said in ("rise", "fall") and not q <= LEVEL else said


def figures(a: int, b: int) -> Figures:
    """Which figures may stand beside the verdict: counts and their intervals alone, a ratio, or a percentage too."""
    if a + b < RATIO_MIN:
        return "counts"
    return "ratio" if b < PERCENT_MIN else "percent"


def eb_prior(n: Counts, e: Floats) -> tuple[float, float]:
    """Mean and variance of the rates of all areas, by moments; variance 0 where chance explains the spread.

    n: (areas,) counts.   e: (areas,) exposures, all in one unit (cells, hours, persons).
    Raises ValueError where there is no area, or an exposure is not above 0.
    Source: Marshall 1991, Applied Statistics 40(2), global estimator.
    """
    if len(e) == 0 or not (e > 0).all():
        raise ValueError("e: at least one area is needed, and every exposure must be above 0")
    mean = n.sum() / e.sum()
    spread = (e * (n / e - mean) ** 2).sum() / e.sum()
    return float(mean), max(0.0, float(spread - mean / e.mean()))


def eb_rates(n: Counts, e: Floats) -> Floats:
    """Rates (areas,) per unit of exposure, drawn towards the common mean the more, the less an area has seen.

    n, e, errors and source: as for eb_prior. Never NaN.
    """
    mean, variance = eb_prior(n, e)
    if variance == 0:
        return np.full(len(e), mean)
    return mean + variance / (variance + mean / e) * (n / e - mean)


def eb_low(n: Counts, e: Floats) -> Floats:
    """The 5 % quantile (areas,) of each area's rate, given its count and a Gamma prior of eb_prior's moments.

    n, e and errors: as for eb_prior. Where the prior's variance is 0, every rate is the mean. Never NaN.
    """
    mean, variance = eb_prior(n, e)
    if variance == 0:
        return np.full(len(e), mean)
    shape, rate = mean**2 / variance + n, mean / variance + e
    return np.asarray(gammaincinv(shape, LOW_QUANTILE) / rate)


def is_peak(n: Counts) -> NDArray[np.bool_]:
    """Cells with many detections of their own: at least 5, and a rate surely above twice the mask's mean.

    n: (cells,) counts of the whole mask, zeros included.   Returns (cells,) flags, "surely" by eb_low.
    A hot cell may be flagged too: its class decides.
    Raises ValueError where there is no cell.
    """
    low = eb_low(n, np.ones(len(n)))
    stands_out: NDArray[np.bool_] = low > PEAK_TIMES_MEAN * n.mean()
    return (n >= PEAK_MIN) & stands_out


def share_interval(part: int, n: int) -> tuple[float, float]:
    """Exact 95 % limits (low, high) of the share behind part of n; NaN where n is 0.

    Raises ValueError where part is no part of n.
    Source: Clopper & Pearson 1934, Biometrika 26(4).
    """
    if not 0 <= part <= n:
        raise ValueError("share_interval: a part is 0 or more and no more than the whole")
    if n == 0:
        return nan, nan
    low = float(betaincinv(part, n - part + 1, 0.025)) if part else 0.0
    high = float(betaincinv(part + 1, n - part, 0.975)) if part < n else 1.0
    return low, high
