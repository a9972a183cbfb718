"""How widely the weeks of many series scatter about their own level, told by all series together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

BLOCK = 4  # weeks, over which a level is taken to stand still: no season or trend of ours moves far in them


class Dispersion(NamedTuple):
    """Variance over mean of a week's count, and its degrees of freedom; both NaN where nothing was counted."""

    dispersion: float
    df: float


def pooled(n: Counts) -> Dispersion:
    """Squared distances from the mean of each four weeks, summed over all series, over the sum of those means.

    n: (series, weeks) counts, a whole number of blocks of four weeks.
    A series weighs by what it counted, and so it does in df, Satterthwaite's: one large series among many small ones
    leaves hardly more than its own. What all series have in common moves a small one little, and is counted as little.
    Raises ValueError where the weeks make no whole blocks.
    Source: McCullagh & Nelder 1989, Generalized Linear Models, 4.5.2; weights of a ratio estimator are ours.
    """
    series, weeks = n.shape
    if weeks % BLOCK:
        raise ValueError(f"n: a whole number of blocks of {BLOCK} weeks")
    blocks = n.reshape(series, weeks // BLOCK, BLOCK).astype(float)
    means = blocks.mean(axis=2)
    seen = means.sum(axis=1)
    if not seen.any():
        return Dispersion(np.nan, np.nan)
    spread = ((blocks - means[:, :, None]) ** 2).sum() / ((BLOCK - 1) * seen.sum())
    df = (BLOCK - 1) * blocks.shape[1] * seen.sum() ** 2 / (seen**2).sum()
    return Dispersion(float(spread), float(df))
