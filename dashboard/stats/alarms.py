"""How often alarms ring by chance, and how often they were right: the budget and the record of a monitor."""

from dataclasses import dataclass
from math import nan

from scipy.stats import beta

YEAR_WEEKS = 52
LEVEL = 0.05  # of q, at which a series rings


@dataclass(frozen=True)
class Budget:
    """What chance alone would do in a year in which nothing happens.

    weeks_with_any: weeks in which any series rings, at most.   at_single_level: alarms a year if each series rang at
    `alpha` by itself: what the family spares.
    """

    weeks_with_any: float
    at_single_level: float


@dataclass(frozen=True)
class Record:
    """Share of judged alarms that were right, with 95 % limits (Clopper & Pearson 1934); NaN where none is judged."""

    share: float
    low: float
    high: float


def budget(n_series: int, alpha: float) -> Budget:
    """The false alarms of a year of weeks, n_series tested in each, ringing by q <= 0.05 over all series of the week.

    Source: where no series is out of order, Benjamini & Hochberg's q <= 0.05 rings in at most 5 % of families (1995,
    JRSS B 57(1)).
    """
    return Budget(YEAR_WEEKS * LEVEL if n_series else 0.0, YEAR_WEEKS * n_series * alpha)


def recurrence_weeks(p: float) -> float:
    """Once in how many weeks chance brings one series this far; NaN stays NaN, and p = 0 is without end."""
    return nan if p != p else 1 / p if p > 0 else float("inf")


def record(n_right: int, n_false: int) -> Record:
    """Of alarms that somebody judged afterwards. Raises ValueError where a count is negative."""
    if n_right < 0 or n_false < 0:
        raise ValueError("record: counts are 0 or more")
    judged = n_right + n_false
    if judged == 0:
        return Record(nan, nan, nan)
    low = float(beta.ppf(0.025, n_right, n_false + 1)) if n_right else 0.0
    high = float(beta.ppf(0.975, n_right + 1, n_false)) if n_false else 1.0
    return Record(n_right / judged, low, high)
