"""Detections against the effort that was recorded, and whether a rise is more than a rise in effort."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Explanation = Literal["no_rise", "unknown", "explained_by_effort", "beyond_effort", "as_recorded"]

LEVEL = 0.05
MAX_MISSING = 0.2  # of a period's unit-weeks


class Ratio(Protocol):
    """What is asked of a comparison of two periods (`small_numbers.RateRatio`)."""

    @property
    def ratio(self) -> float:
        """The later over the earlier; NaN where the earlier is 0."""

    @property
    def p(self) -> float:
        """Two-sided; NaN where undefined."""


@dataclass(frozen=True)
class Recorded:
    """Detections and effort of the unit-weeks of one period in which there was effort.

    n_within, effort: what a rate is made of, n_within / effort.   n_outside: detections in unit-weeks whose effort
    is 0 ("outside recorded effort").   n_unknown: in those whose effort is missing.   share_missing: of unit-weeks.
    withheld: why there is no rate; None where there is one.
    """

    n_within: int
    effort: float
    n_outside: int
    n_unknown: int
    share_missing: float
    withheld: Literal["no_unit_weeks", "effort_missing", "no_effort"] | None


def recorded(n: Counts, effort: Floats) -> Recorded:
    """One period. n, effort: any one shape, an entry a unit-week; effort of one kind, NaN where not recorded.

    Kinds of effort (patrol hours, checkpost days) are never added up: ask for each.
    Raises ValueError where an effort is below 0.
    """
    if (effort < 0).any():
        raise ValueError("effort: 0 or more; NaN where it was not recorded")
    missing, worked = np.isnan(effort), effort > 0
    share = float(missing.mean()) if missing.size else 1.0
    total = float(effort[worked].sum())
    reason: Literal["no_unit_weeks", "effort_missing", "no_effort"] | None = None
    if missing.size == 0:
        reason = "no_unit_weeks"
    elif share > MAX_MISSING:
        reason = "effort_missing"
    elif total == 0:
        reason = "no_effort"
    outside = n[~missing & ~worked].sum()
    return Recorded(int(n[worked].sum()), total, int(outside), int(n[missing].sum()), share, reason)


def states(n: Counts, effort: Floats) -> NDArray[np.str_]:
    """What each unit or cell is called: known, outside_effort (seen, though nobody was sent) or unknown.

    n, effort: any one shape. Without effort and without detections nothing is known: it is never cold.
    """
    idle = (effort == 0) & (n > 0)
    return np.select([effort > 0, idle], ["known", "outside_effort"], default="unknown")


def explanation(count: Ratio, rate: Ratio | None, effort_ratio: float) -> Explanation:
    """What effort says of a rise in counts.

    count: detections by days.   rate: detections by effort, None where either period's is withheld.
    effort_ratio: effort a day now, over that before.
    explained_by_effort mutes an alert and does not delete it. as_recorded: the rate shows no rise, nor did the
    effort. A flat rate proves nothing more, as detections may saturate.
    """
    if not _rose(count):
        return "no_rise"
    if rate is None:
        return "unknown"
    if _rose(rate):
        return "beyond_effort"
    return "explained_by_effort" if effort_ratio > 1 else "as_recorded"


def _rose(found: Ratio) -> bool:
    """An evident rise; from nothing, which has no ratio, too."""
    return found.p < LEVEL and not found.ratio <= 1
