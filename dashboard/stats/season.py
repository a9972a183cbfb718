"""Trend, season and rest of a weekly series, for the picture only: STL."""

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.seasonal import STL

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PERIOD_WEEKS = 52
SEASONAL_WEEKS = 13  # years of the same week that the season is smoothed over
MIN_WEEKS = 104


def split(counts: Counts) -> tuple[Floats, Floats, Floats]:
    """(trend, season, rest) of counts (weeks,), each (weeks,); they add up to the counts.

    NaN in all three below 104 weeks. No interval and no test: claims come from `trend.trend`.
    Source: Cleveland, Cleveland, McRae & Terpenning 1990, Journal of Official Statistics 6(1).
    """
    if len(counts) < MIN_WEEKS:
        unknown = np.full(len(counts), np.nan)
        return unknown, unknown, unknown
    found = STL(counts.astype(float), period=PERIOD_WEEKS, seasonal=SEASONAL_WEEKS).fit()
    return found.trend, found.seasonal, found.resid
