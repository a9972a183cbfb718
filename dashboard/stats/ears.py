"""Early warning for series too short for past years: this month against the weeks just before, EARS C2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MIN_WEEKS = 26
SUM_WEEKS = 4
BASELINE, GUARD = 7, 2  # sums to learn from; sums left out between them and this one
LIMIT = 3.090232306167813  # standard deviates: 0.1 % of a normal law
LOWEST_VARIANCE = 0.5
LOUD_MIN = 5  # no alarm below so many detections in four weeks
# Sums of four weeks overlap. In variances of one such sum, if weeks are independent: a sum less the mean of seven,
# guard 2, has (16 * 4 + 2 * (1 + 4 + 9)) / 49 = 92/49 of a week's, less twice 1/7 for the shared week, plus 4,
# over 4; and the sample variance of seven is short by the mean correlation of their 21 pairs, 8/21.
ERROR_VARIANCE = (4 + 92 / 49 - 2 / 7) / 4
SEEN_VARIANCE = 1 - 8 / 21


@dataclass(frozen=True)
class ThisMonth:
    """The last four weeks of each series; (series,) each.

    n: detections.   expected: mean of the seven sums before, two left out.   deviate: (n - expected) / sd, the sd at
    least that of a Poisson law.   threshold: expected + 3.09 sd, the method's own limit, too low for many series.
    p: of n or more; states ring by its q.
    state: tested; quiet (below 5 in four weeks; it cannot ring, its p is 1); too_short (below 26 weeks, all NaN).
    """

    n: Counts
    expected: Floats
    deviate: Floats
    threshold: Floats
    p: Floats
    state: NDArray[np.str_]


def this_month(counts: Counts) -> ThisMonth:
    """EARS C2 on sums of four weeks, at the end of counts (series, weeks); settled weeks only.

    p: negative binomial about the expected, or about the mean of all sums but the last three where that is more; as
    wide as the widest of Poisson, the series' own scatter and that of all series given together; the error of the
    expected added. Seven sums alone know too little.
    Source: Hutwagner et al. 2003, Journal of Urban Health 80(2 suppl. 1), C2; sums of four weeks, the floor of the
    sd and p are ours.
    """
    n_series, weeks = counts.shape
    n = counts[:, -SUM_WEEKS:].sum(axis=1)
    if weeks < MIN_WEEKS:
        unknown = np.full(n_series, np.nan)
        return ThisMonth(n, unknown, unknown, unknown, unknown, np.full(n_series, "too_short"))
    sums = np.lib.stride_tricks.sliding_window_view(counts, SUM_WEEKS, axis=1).sum(axis=2)
    mean, sd = (column[:, -1] for column in baseline(sums, GUARD))
    floored = np.maximum(sd, np.sqrt(np.maximum(mean, LOWEST_VARIANCE)))
    loud = n >= LOUD_MIN
    history = sums[:, : -1 - GUARD].mean(axis=1)
    p = np.where(loud, _tail(n, np.maximum(mean, history), sd), 1.0)
    state = np.where(loud, "tested", "quiet")
    return ThisMonth(n, mean, (n - mean) / floored, mean + LIMIT * floored, p, state)


def baseline(values: Counts, guard: int) -> tuple[Floats, Floats]:
    """Mean and sample sd of the seven values before each, but for the last `guard` of them.

    values: (series, times). Returns two arrays (series, times); NaN in the first 7 + guard. guard 0 is C1, 2 is C2.
    """
    mean, sd = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    first = BASELINE + guard
    if values.shape[1] > first:
        windows = np.lib.stride_tricks.sliding_window_view(values, BASELINE, axis=1)[:, : values.shape[1] - first]
        mean[:, first:], sd[:, first:] = windows.mean(axis=2), windows.std(axis=2, ddof=1)
    return mean, sd


def _tail(n: Counts, mean: Floats, sd: Floats) -> Floats:
    expected = np.maximum(mean, LOWEST_VARIANCE)
    own = sd**2 / SEEN_VARIANCE / expected
    shared = (sd**2).sum() / SEEN_VARIANCE / max(mean.sum(), LOWEST_VARIANCE)
    excess = ERROR_VARIANCE * np.maximum(np.maximum(own, shared), 1.0) - 1
    return np.asarray(nbinom.sf(n - 1, expected / excess, 1 / (1 + excess)))
