"""Is this week's count of a series above what its own past years expect? Many series at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import nbinom, poisson

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

YEAR_WEEKS = 52
MIN_YEARS, MAX_YEARS = 3, 5
WINDOW_WEEKS = 3  # on either side of this week, in each past year
PERIODS = 10  # of a year: the window, and nine of five weeks
PERIOD_WEEKS = 5
RECENT_WEEKS = 26  # before this one, left out: what grows now must not teach that it is usual
OUTLIER = 2.58  # standardised Anscombe residual, beyond which a past week counts less
ALPHA = 0.01
QUIET_WEEKS, LOUD_MIN = 4, 5  # no alarm below so many detections in so many weeks
MIN_FOR_SEASON = 100
SETTLED, MAX_STEPS = 1e-10, 60  # relative change of the deviance; steps of the fit
LOWEST_LOG_MEAN = -25.0  # of a period that never had a detection, whose estimate has no end


@dataclass(frozen=True)
class ThisWeek:
    """The last week of each series; (series,) each.

    expected: the week's mean by the model.   dispersion: variance over mean, at least 1.
    threshold: the method's own limit, passed by chance in 1 % of weeks if the model were known for sure.
    p: of a count as large as this one or larger, the model's own error counted in: series ring by its q, over all.
    state: tested; quiet (below 5 in four weeks; it cannot ring, its p is 1); too_short (below three past years) or
    no_fit (all NaN).
    """

    expected: Floats
    dispersion: Floats
    threshold: Floats
    p: Floats
    state: NDArray[np.str_]


def this_week(counts: Counts) -> ThisWeek:
    """Farrington flexible on the last column of counts (series, weeks); settled weeks only.

    Up to five past years, the last 26 weeks left out; log mean = period of the year + trend, quasi-Poisson, past
    outliers weighed down once. The trend is left out where it would expect more than any past week had. Threshold:
    negative binomial of that mean and dispersion.
    p is more cautious, as on sparse counts that threshold is passed too often: the dispersion before outliers were
    weighed down, at least that of all series given together; the error of the mean added; and below 100 past
    detections no less expected than the mean of all past weeks, since no season is known from so few.
    Source: Noufaily et al. 2013, Statistics in Medicine 32(7); weights: Farrington et al. 1996, JRSS A 159(3).
    The cautious p is ours.
    """
    n_series, weeks = counts.shape
    expected, dispersion, threshold, p = np.full((4, n_series), np.nan)
    state = np.full(n_series, "too_short")
    if _years(weeks) >= MIN_YEARS:
        loud = counts[:, -QUIET_WEEKS:].sum(axis=1) >= LOUD_MIN
        expected[loud], dispersion[loud], threshold[loud], p[loud] = _tested(counts[loud])
        p[~loud] = 1.0
        state = np.where(loud, np.where(np.isnan(expected), "no_fit", "tested"), "quiet")
    return ThisWeek(expected, dispersion, threshold, p, state)


def _tested(counts: Counts) -> tuple[Floats, Floats, Floats, Floats]:
    """Expected, dispersion, threshold and p of the last week of series that are loud enough."""
    week, period = _baseline(counts.shape[1])
    past = counts[:, week].astype(float)
    years_ago = (week - (counts.shape[1] - 1)) / YEAR_WEEKS
    fitted = _robust_fit(past, period, years_ago)
    beyond = ~(fitted[0] <= past.max(axis=1))
    fitted[:, beyond] = _robust_fit(past[beyond], period, None)
    expected, dispersion, plain, error = fitted
    threshold = _quantile(expected, dispersion)
    overall = (past.sum(axis=1) + 0.5) / len(week)
    cautious = np.where(past.sum(axis=1) < MIN_FOR_SEASON, np.maximum(expected, overall), expected)
    together = (plain * overall).sum() / overall.sum() if len(past) else 1.0
    p = _tail(counts[:, -1], cautious, np.maximum(plain, together) * (1 + error))
    return expected, dispersion, threshold, p


def _years(weeks: int) -> int:
    """Whole past years of which this week's window is seen in full."""
    return min(MAX_YEARS, (weeks - 1 - WINDOW_WEEKS) // YEAR_WEEKS)


def _baseline(weeks: int) -> tuple[Indices, Indices]:
    """Weeks to learn from, and the period of each: 0 is the window around this week's time of the year."""
    first = weeks - 1 - _years(weeks) * YEAR_WEEKS - WINDOW_WEEKS
    week = np.arange(first, weeks - 1 - RECENT_WEEKS)
    since_window = (week - first) % YEAR_WEEKS - (2 * WINDOW_WEEKS + 1)
    return week, np.where(since_window < 0, 0, since_window // PERIOD_WEEKS + 1)


def _robust_fit(past: Floats, period: Indices, years_ago: Floats | None) -> Floats:
    """Fits, weighs outliers down, fits again. Now is period 0 and year 0; without years there is no trend.

    Returns (4, series): mean of now, dispersion, dispersion of the first fit, variance of the mean of now over it
    (as if Poisson).
    """
    weights, columns = np.ones_like(past), PERIODS + (years_ago is not None)
    mean, leverage, _, _ = _fit(past, period, years_ago, weights)
    plain = _dispersion(past, mean, weights, columns)
    residual = _anscombe(past, mean) / np.sqrt(plain * (1 - leverage))
    weights = np.where(residual > OUTLIER, np.maximum(residual, OUTLIER) ** -2.0, 1.0)
    weights *= past.shape[1] / weights.sum(axis=1, keepdims=True)
    mean, _, now, error = _fit(past, period, years_ago, weights)
    return np.array([now, _dispersion(past, mean, weights, columns)[:, 0], plain[:, 0], error])


def _fit(
    past: Floats, period: Indices, years_ago: Floats | None, weights: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weighted Poisson regression of each row on its periods and a trend, by iterated least squares.

    A week is of one period, so the equations are solved by hand: each period for itself, once the trend is known.
    Returns means (series, weeks), leverages likewise; the mean of now (series,), NaN where it did not settle, and
    its variance over it.
    """
    by_period = (period[:, None] == np.arange(PERIODS)).astype(float)
    year = np.zeros(len(period)) if years_ago is None else years_ago
    mean, deviance = past + 0.1, np.full(len(past), np.inf)
    log_mean, own, held = np.log(mean), xlogy(past, past) - past, weights * past
    weighed, some = np.empty_like(mean), np.empty_like(mean)  # written over: making arrays costs more than the sums
    for _ in range(MAX_STEPS):
        np.multiply(weights, mean, out=weighed)
        score = np.multiply(weighed, log_mean, out=some)
        score += held
        score -= weighed
        share, middle, spread = _information(weighed, by_period, year)
        level = score @ by_period / share
        trend = (_times(score, year) - (level * share * middle).sum(axis=1)) / spread
        season = level - middle * trend[:, None]
        np.matmul(np.column_stack([season, trend]), np.vstack([by_period.T, year]), out=log_mean)
        np.exp(np.maximum(log_mean, LOWEST_LOG_MEAN, out=log_mean), out=mean)
        off = np.subtract(own, np.multiply(past, log_mean, out=some), out=some)
        off += mean
        deviance, before = 2 * np.einsum("ij,ij->i", weights, off), deviance
        settled = abs(deviance - before) <= SETTLED * (deviance + 0.1)
        if settled.all():
            break
    leverage = np.column_stack([1 / share + middle**2 / spread[:, None], 1 / spread]) @ np.vstack(
        [by_period.T, year**2]
    )
    leverage -= 2 * middle / spread[:, None] @ (by_period.T * year)
    leverage *= np.multiply(weights, mean, out=weighed)
    now = np.where(settled, np.exp(np.maximum(season[:, 0], LOWEST_LOG_MEAN)), np.nan)
    return mean, np.clip(leverage, 0, 1 - 1e-9, out=leverage), now, now * (1 / share[:, 0] + middle[:, 0] ** 2 / spread)


def _information(weighed: Floats, by_period: Floats, year: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each period, (series, periods): its weight and its mean year; (series,): how far years lie from these.

    Without a trend all years are 0, and none is told: an infinite spread makes it 0.
    """
    share = weighed @ by_period
    if not year.any():
        return share, np.zeros_like(share), np.full(len(share), np.inf)
    middle = weighed @ (by_period * year[:, None]) / share
    return share, middle, _times(weighed, year**2) - (share * middle**2).sum(axis=1)


def _times(rows: Floats, column: Floats) -> Floats:
    """Their product, by one thread: others would wait longer for one another than the product takes."""
    return np.asarray(np.einsum("ij,j->i", rows, column))


def _dispersion(past: Floats, mean: Floats, weights: Floats, columns: int) -> Floats:
    """(series, 1) Pearson's chi2 over degrees of freedom, at least 1."""
    pearson = (weights * (past - mean) ** 2 / mean).sum(axis=1, keepdims=True)
    return np.asarray(np.maximum(pearson / (past.shape[1] - columns), 1.0))


def _anscombe(past: Floats, mean: Floats) -> Floats:
    residual: Floats = 1.5 * (past ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean))
    return residual


def _quantile(mean: Floats, dispersion: Floats) -> Floats:
    """The count that chance passes in 1 %."""
    size, share = _negative_binomial(mean, dispersion)
    return np.asarray(np.where(dispersion > 1, nbinom.ppf(1 - ALPHA, size, share), poisson.ppf(1 - ALPHA, mean)))


def _tail(n: Counts, mean: Floats, dispersion: Floats) -> Floats:
    """The chance of n or more."""
    size, share = _negative_binomial(mean, dispersion)
    return np.asarray(np.where(dispersion > 1, nbinom.sf(n - 1, size, share), poisson.sf(n - 1, mean)))


def _negative_binomial(mean: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Its two parameters; any valid ones where the dispersion is 1, which is Poisson."""
    excess = np.where(dispersion > 1, dispersion - 1, 1.0)
    return mean / excess, 1 / (1 + excess)
