"""How concentrated detections are over units (cells, segments, crossings), beside what chance alone would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = dict[str, Floats]

DRAWS = 1000
MOST = 0.8  # of the records
TOP = 0.2  # of the units
ROUNDING = 1e-12
FALLING = frozenset({"entropy_bits", "evenness", "units_for_80pct"})  # the lower, the more concentrated


@dataclass(frozen=True)
class Measured:
    """An index, its mean over deals of as many records by chance, the limit of chance, and whether it is beyond.

    limit: the deals' 97.5 % quantile, the 2.5 % one where a low index is a concentrated one. NaN where undefined.
    """

    value: float
    chance_mean: float
    chance_limit: float
    is_concentrated: bool


def lorenz(counts: Counts) -> tuple[Floats, Floats]:
    """Lorenz curve: shares of the units, fewest records first, and of the records that they hold, (n + 1,) each.

    counts: (n,) of all units of the study area, zeros included. NaN shares of records where there is none.
    Source: Lorenz 1905, Publications of the ASA 9(70).
    """
    held = np.append(0, np.cumsum(np.sort(counts)))
    total = held[-1] if held[-1] > 0 else np.nan
    return np.linspace(0, 1, len(counts) + 1), held / total


def indices(counts: Counts) -> Indices:
    """Indices of concentration of each row.

    counts: (..., n) of all units of the study area, zeros included.   Returns (...) each; NaN in a row without records:
    gini        0 (all alike) to 1 - 1/n.   Source: Gini 1912; here sum (2 i - n - 1) x_(i) / (n sum x).
    theil       0 to log n.   Source: Theil 1967, Economics and Information Theory, T, with 0 log 0 = 0.
    entropy_bits, evenness   log2 n, and 1, where all are alike.   Source: Shannon 1948. No evenness of one unit.
    hhi         1/n to 1, the sum of squared shares.   Source: Herfindahl 1950.
    units_for_80pct, share_top20pct   how few units hold 80 % of the records; what the fullest 20 % (rounded up) hold.
    """
    n = counts.shape[-1]
    total = counts.sum(axis=-1, keepdims=True)
    share = np.sort(counts / np.where(total > 0, total, np.nan), axis=-1)
    nats = -xlogy(share, share).sum(axis=-1)
    held = np.cumsum(share[..., ::-1], axis=-1)
    top = int(np.ceil(TOP * n - ROUNDING))
    return {
        "gini": (share * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=-1) / n,
        "theil": np.log(n) - nats,
        "entropy_bits": nats / np.log(2),
        "evenness": nats / np.log(n) if n > 1 else np.full(nats.shape, np.nan),
        "hhi": (share**2).sum(axis=-1),
        "units_for_80pct": np.where(total[..., 0] > 0, (held < MOST - ROUNDING).sum(axis=-1) + 1.0, np.nan),
        "share_top20pct": held[..., top - 1],
    }


def concentration(counts: Counts, rng: np.random.Generator) -> dict[str, Measured]:
    """Each of `indices`, beside 1,000 deals of as many records to the units, every unit as likely.

    counts: (n,) as for indices. Few records are unequal by chance: an index is called concentrated only beyond 97.5 %
    of the deals. Time and memory O(1000 n).
    """
    seen = indices(counts)
    dealt = indices(rng.multinomial(int(counts.sum()), np.full(len(counts), 1 / len(counts)), size=DRAWS))
    return {name: _beside_chance(name in FALLING, float(seen[name]), dealt[name]) for name in seen}


def _beside_chance(is_falling: bool, value: float, dealt: Floats) -> Measured:
    limit = float(np.quantile(dealt, 0.025 if is_falling else 0.975))
    beyond = value < limit - ROUNDING if is_falling else value > limit + ROUNDING
    return Measured(value, float(dealt.mean()), limit, bool(beyond))
