"""Is the traffic along the border moving: the centre's shift, and one crossing's share of the same origins."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import hypergeom, t, wasserstein_distance

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MIN_INCIDENTS = 20  # each side
MIN_BOUTS = 10  # each side, were all of one size
RESAMPLES = 999
SAME = 1e-7  # relative; outcomes as likely as the one seen, but for rounding


@dataclass(frozen=True)
class Shift:
    """The centre before and after, how far it moved with 95 % limits, the Wasserstein distance, all km; why not, if so.

    refused: too_few_before or too_few_after, and everything else NaN. An interval that covers 0 is no evidence.
    """

    before_km: float
    after_km: float
    shift_km: float
    low_km: float
    high_km: float
    wasserstein_km: float
    refused: str | None


@dataclass(frozen=True)
class OriginFixed:
    """Share of the same origins' detections by one crossing, before and after, and two-sided p; NaN if undefined."""

    share_before: float
    share_after: float
    p: float


def centre_shift(
    before_km: Floats, before_bout: Counts, after_km: Floats, after_bout: Counts, rng: np.random.Generator
) -> Shift:
    """How far the mean chainage of incidents moved, with a bootstrap interval.

    before_km, after_km: one chainage an incident, from the same version of the border.
    before_bout, after_bout: which incidents came together (one crossing in one week, say): whole bouts are resampled,
    as incidents of one bout tell little more than one. Where each is for itself, give each its own number.
    Asks for 20 incidents each side, and for bouts that tell as much as 10 of one size. The centre may lie where nobody
    crosses: draw both histograms too.
    Source: Hesterberg 2015, The American Statistician 69(4), the expanded percentile interval: the plain one is too
    narrow for few. Bouts: Davison & Hinkley 1997, Bootstrap Methods, 3.8.
    """
    for side, km, bout in (("before", before_km, before_bout), ("after", after_km, after_bout)):
        if len(km) < MIN_INCIDENTS or _effective(bout) < MIN_BOUTS:
            return Shift(nan, nan, nan, nan, nan, nan, f"too_few_{side}")
    shift = float(after_km.mean() - before_km.mean())
    strays = _strays(after_km, after_bout, rng) - _strays(before_km, before_bout, rng)
    tail = float(ndtr(-t.isf(0.025, min(_effective(before_bout), _effective(after_bout)) - 1)))
    low, high = (shift + np.quantile(strays, [tail, 1 - tail])).tolist()
    moved = float(wasserstein_distance(before_km, after_km))
    return Shift(float(before_km.mean()), float(after_km.mean()), shift, low, high, moved, None)


def origin_fixed(via: Counts, total: Counts) -> OriginFixed:
    """Whether the same origins now send a larger or smaller share by one crossing; their mix may change as it likes.

    via: (origins, 2) detections by the crossing, before and after.   total: (origins, 2) by any crossing.
    p: given the margins of each origin, their sum's exact law, all outcomes no likelier than the one seen. One origin:
    Fisher's exact test. NaN where a side has no detection. Of several crossings, the p are one family.
    Raises ValueError where more came by the crossing than by any, or a count is negative.
    Source: Fisher 1935; Mehta, Patel & Gray 1985, JASA 80(392), exact common odds ratio of several tables.
    """
    if (via < 0).any() or (via > total).any():
        raise ValueError("via: those by the crossing are among those by any, and none is negative")
    (via_before, via_after), (before, after) = via.sum(axis=0).tolist(), total.sum(axis=0).tolist()
    share_before, share_after = (n / of if of else nan for n, of in ((via_before, before), (via_after, after)))
    if not (before and after):
        return OriginFixed(share_before, share_after, nan)
    least, law = _law_of_sum(via, total)
    p = law[law <= law[via_after - least] * (1 + SAME)].sum()
    return OriginFixed(share_before, share_after, float(min(p, 1.0)))


def _effective(bout: Counts) -> float:
    """As many equal bouts tell as much as these unequal ones (Kish 1965, Survey Sampling)."""
    n = np.unique(bout, return_counts=True)[1]
    return float(n.sum() ** 2 / (n**2).sum())


def _strays(km: Floats, bout: Counts, rng: np.random.Generator) -> Floats:
    """How far the mean strays (RESAMPLES,) when whole bouts are drawn anew, widened by what a sample's spread lacks."""
    _, which = np.unique(bout, return_inverse=True)
    n, sums = np.bincount(which).astype(float), np.bincount(which, km - km.mean())
    alike = np.full(len(n), 1 / len(n))
    drawn = (rng.multinomial(len(n), alike) for _ in range(RESAMPLES))
    strays, effective = np.array([(times @ sums) / (times @ n) for times in drawn]), _effective(bout)
    return np.asarray(strays * np.sqrt(effective / (effective - 1)))


def _law_of_sum(via: Counts, total: Counts) -> tuple[int, Floats]:
    """The law of how many came by the crossing afterwards, all origins: its least value, and chances from there."""
    least, law = 0, np.ones(1)
    has_any = total.sum(axis=1) > 0
    for by_it, (before, after) in zip(via.sum(axis=1)[has_any].tolist(), total[has_any].tolist(), strict=True):
        values = np.arange(max(0, by_it - before), min(by_it, after) + 1)
        law = np.convolve(law, hypergeom.pmf(values, before + after, by_it, after))
        least += int(values[0])
    return least, law
