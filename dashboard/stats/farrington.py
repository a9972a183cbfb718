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
    seasons = (period[:, None] == np.arange(PERIODS)).astype(float)
    years_ago = (week - (counts.shape[1] - 1)) / YEAR_WEEKS
    fitted = _robust_fit(past, np.column_stack([seasons, years_ago]))
    beyond = ~(fitted[0] <= past.max(axis=1))
    fitted[:, beyond] = _robust_fit(past[beyond], seasons)
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


def _robust_fit(past: Floats, design: Floats) -> Floats:
    """Fits, weighs outliers down, fits again. The first column is this week's period, and now is year 0.

    Returns (4, series): mean of now, dispersion, dispersion of the first fit, variance of the mean of now over it
    (as if Poisson).
    """
    weights = np.ones_like(past)
    mean, leverage, _, _ = _fit(past, design, weights)
    plain = _dispersion(past, mean, weights, design)
    residual = _anscombe(past, mean) / np.sqrt(plain * (1 - leverage))
    weights = np.where(residual > OUTLIER, np.maximum(residual, OUTLIER) ** -2.0, 1.0)
    weights *= past.shape[1] / weights.sum(axis=1, keepdims=True)
    mean, _, now, error = _fit(past, design, weights)
    return np.array([now, _dispersion(past, mean, weights, design)[:, 0], plain[:, 0], error])


def _fit(past: Floats, design: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Weighted Poisson regression of each row on one design, by iterated least squares.

    Returns means (series, weeks), leverages likewise; the mean of now (series,), NaN where it did not settle, and
    its variance over it.
    """
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    n_columns = design.shape[1]
    log_mean, deviance = np.log(past + 0.1), np.full(len(past), np.inf)
    for _ in range(MAX_STEPS):
        mean = np.exp(log_mean)
        information = ((weights * mean) @ products).reshape(-1, n_columns, n_columns)
        score = (weights * (mean * log_mean + past - mean)) @ design
        coefficients = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        log_mean = np.maximum(coefficients @ design.T, LOWEST_LOG_MEAN)
        mean, before = np.exp(log_mean), deviance
        deviance = 2 * (weights * (xlogy(past, past) - past * log_mean - past + mean)).sum(axis=1)
        settled = abs(deviance - before) <= SETTLED * (deviance + 0.1)
        if settled.all():
            break
    inverse = np.linalg.inv(information)
    leverage = weights * mean * (inverse.reshape(-1, n_columns**2) @ products.T)
    now = np.where(settled, np.exp(np.maximum(coefficients[:, 0], LOWEST_LOG_MEAN)), np.nan)
    return mean, np.clip(leverage, 0, 1 - 1e-9), now, now * inverse[:, 0, 0]


def _dispersion(past: Floats, mean: Floats, weights: Floats, design: Floats) -> Floats:
    """(series, 1) Pearson's chi2 over degrees of freedom, at least 1."""
    pearson = (weights * (past - mean) ** 2 / mean).sum(axis=1, keepdims=True)
    return np.asarray(np.maximum(pearson / (len(design) - design.shape[1]), 1.0))


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
