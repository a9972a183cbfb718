"""After an operation: did detections fall there, and did they rise next door? Weighted displacement differences."""

from dataclasses import dataclass
from math import nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Local = Literal["fell", "rose", "no_evidence", "too_few"]
NextDoor = Literal["displacement", "diffusion", "no_evidence", "too_few"]

LEVEL = 0.05
LIMIT_Z = 1.959963984540054  # of a 95 % interval
MIN_TREATED_BEFORE = 20
MIN_EACH_AREA = 10  # before and after together
OVERDISPERSED = 1.2
MIN_CONTROLS = 4  # to choose from
TREATED, CONTROL, ZONE, ZONE_CONTROL = range(4)  # the rows of every table here; its columns are before, after


@dataclass(frozen=True)
class Part:
    """A difference of differences, its standard error, 95 % limits, z and two-sided p; z, p NaN without variance."""

    estimate: float
    se: float
    low: float
    high: float
    z: float
    p: float


@dataclass(frozen=True)
class Wdd:
    """The treated area against its control, the zone next door against its own, both together; and WDQ (see wdq)."""

    local: Part
    displacement: Part
    total: Part
    wdq: float


@dataclass(frozen=True)
class Reading:
    """What may be said: two statements apart, never one verdict from the total.

    moved_not_removed: it fell here, rose next door, and the total shows no fall. wdq: NaN where it may not be shown.
    """

    local: Local
    next_door: NextDoor
    moved_not_removed: bool
    wdq: float


def wdd(counts: Counts, weights: Floats, dispersion: float) -> Wdd:
    """Weighted displacement differences.

    counts: (4, 2) rows treated, control, zone, zone's control; columns before, after. No zone: zeros.
    weights: (4, 2) length of the period times weight of the area; a count is divided by its weight.
    dispersion: variance over mean of such counts; above 1.2 it widens every standard error by its root.
    The SE is Poisson's else. It is no guard against regression to the mean: before must leave out the weeks that set
    the operation off.
    Raises ValueError where a count is negative, or a weight not above 0.
    Source: Wheeler & Ratcliffe 2018, Crime Science 7:11; the weights are those of Wheeler's ptools 2.0.
    """
    if (counts < 0).any() or not (weights > 0).all():
        raise ValueError("wdd: counts are 0 or more, and weights above 0")
    scale = dispersion if dispersion > OVERDISPERSED else 1.0
    change = np.diff(counts / weights, axis=1)[:, 0]
    variance = (counts / weights**2).sum(axis=1) * scale
    local = _part(change[TREATED] - change[CONTROL], variance[[TREATED, CONTROL]].sum())
    displacement = _part(change[ZONE] - change[ZONE_CONTROL], variance[[ZONE, ZONE_CONTROL]].sum())
    return Wdd(local, displacement, _part(local.estimate + displacement.estimate, variance.sum()), wdq(counts))


def wdq(counts: Counts) -> float:
    """Weighted displacement quotient: the zone's change over the treated area's, each against the control.

    counts: as for wdd.   Below 0 detections rose next door, above 0 they fell there too. It has no interval.
    NaN where the control had none before or after, the zone none at all, or the treated area no change.
    Source: Bowers & Johnson 2003, Journal of Quantitative Criminology 19(3).
    """
    treated, control, zone = counts[TREATED], counts[CONTROL], counts[ZONE]
    if (control == 0).any() or zone.sum() == 0:
        return nan
    local, next_door = np.diff(treated / control)[0], np.diff(zone / control)[0]
    return nan if local == 0 else float(next_door / local)


def reading(found: Wdd, counts: Counts, q_local: float, q_displacement: float) -> Reading:
    """The words for an operation, as codes. Next door is spoken of only where it clearly fell here.

    q_local, q_displacement: the parts' p; of several operations listed together, their q (Benjamini-Hochberg).
    """
    local = _local(found.local, counts, q_local)
    next_door = _next_door(found.displacement, counts, q_displacement, local)
    moved = next_door == "displacement" and found.total.high >= 0
    may_show_wdq = local in ("fell", "rose") and next_door != "too_few"
    return Reading(local, next_door, moved, found.wdq if may_show_wdq else nan)


def control_distances(treated: Counts, candidates: Counts) -> Floats:
    """How unlike each candidate is to the treated area, by squared difference of the months before; least is likest.

    treated: (months,), the 12 before the operation.   candidates: (k, months), other sectors with the same labels.
    Returns (k,); NaN for all where there are fewer than 4 to choose from. Choose before the outcome is seen.
    """
    if len(candidates) < MIN_CONTROLS:
        return np.full(len(candidates), nan)
    return np.asarray(((candidates - treated) ** 2).sum(axis=1), dtype=np.float64)


def _part(estimate: float, variance: float) -> Part:
    se = sqrt(variance)
    z = float(estimate) / se if se > 0 else nan
    half = LIMIT_Z * se
    return Part(float(estimate), se, float(estimate) - half, float(estimate) + half, z, float(2 * ndtr(-abs(z))))


def _local(part: Part, counts: Counts, q: float) -> Local:
    if counts[TREATED, 0] < MIN_TREATED_BEFORE or _too_few(counts[[TREATED, CONTROL]]):
        return "too_few"
    if not q <= LEVEL:
        return "no_evidence"
    return "fell" if part.estimate < 0 else "rose"


def _next_door(part: Part, counts: Counts, q: float, local: Local) -> NextDoor:
    if local == "too_few" or _too_few(counts[[ZONE, ZONE_CONTROL]]):
        return "too_few"
    if local != "fell" or not q <= LEVEL:
        return "no_evidence"
    return "displacement" if part.estimate > 0 else "diffusion"


def _too_few(counts: Counts) -> bool:
    return bool((counts.sum(axis=1) < MIN_EACH_AREA).any())
