"""Emerging hot spots: the neighbours of a cell in space and time, and the class of its history.

The test of a bin (one cell in one slice of time) is that of a cell, made on the whole cube: flatten the counts (n, T)
row by row, take `cube_neighbours`, and use `gi_star.exact_tails` and `gi_star.false_discovery`, one family. The trend
is Mann-Kendall's of the z (`gi_star.gi_star`) with `slice_neighbours`: neighbours that reach back in time would make
the series depend on itself, and 14 % of cells without a trend would show one.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

LEVEL = 0.05  # of q, for a hot and for a cold bin
TREND_LEVEL = 0.05  # of p, strictly below
MIN_SLICES = 12
MIN_RECORDS_NEAR = 10  # of a cell and its neighbours over all slices, for a trend
OPPOSITE = {"H": "C", "C": "H"}


def slice_neighbours(neighbours: Indices, slices: int) -> Indices:
    """The neighbours of every bin within its own slice.

    neighbours: (n, k) indices of cells, the cell itself among them, padded with -1.
    Returns (n * slices, k) indices of bins, padded with -1; bin i * slices + t is cell i in slice t, 0 the oldest.
    """
    cell, now = neighbours[:, None, :], np.arange(slices)[None, :, None]
    return np.where(cell >= 0, cell * slices + now, -1).reshape(len(neighbours) * slices, -1)


def cube_neighbours(neighbours: Indices, slices: int) -> Indices:
    """The neighbours of every bin in its own slice and in the one before; in the first slice only in its own.

    neighbours and bins: as for slice_neighbours.   Returns (n * slices, 2 k).
    Source: Esri, "How Emerging Hot Spot Analysis works" (neighbourhood time step 1).
    """
    now, k = slice_neighbours(neighbours, slices), neighbours.shape[1]
    both = np.empty((len(now), 2 * k), dtype=now.dtype)
    both[:, :k], before = now, both[:, k:]
    np.maximum(now - 1, -1, out=before)
    before[now < 0] = -1
    before[::slices] = -1
    return both


def enough_to_class(counts: Counts) -> str | None:
    """Why a cube of (n, T) counts is too short to be classed, or None. Its sums by cell must pass Gi*'s minima too."""
    return "too_few_slices" if counts.shape[1] < MIN_SLICES else None


def signs(q_hot: Floats, q_cold: Floats, effort_known: Flags) -> Words:
    """H for a hot bin, C for a cold one whose effort is known, ? where there was no test, else a full stop.

    q_hot, q_cold: (n, T), NaN where there was no test.   effort_known: (n, T).
    """
    untested = np.isnan(q_hot) | np.isnan(q_cold)
    return np.select([untested, q_hot <= LEVEL, effort_known & (q_cold <= LEVEL)], ["?", "H", "C"], default=".")


def shown_p(trend_p: Floats, counts: Counts, neighbours: Indices) -> Floats:
    """The trend's p (n,), but NaN in cells with fewer than 10 records in themselves and their neighbours.

    counts: (n, T).   Ten zeros, then 1 and 2, have p = 0.03: a trend in three records is none.
    """
    total = counts.sum(axis=1)
    near = np.where(neighbours >= 0, total[neighbours], 0).sum(axis=1)
    return np.where(near >= MIN_RECORDS_NEAR, trend_p, np.nan)


def classes(signs: Words, trend_z: Floats, trend_p: Floats) -> Words:
    """The class of each cell's history, one of 17: the first that fits, hot before cold.

    signs: (n, T), oldest first, as `signs` gives them.   trend_z, trend_p: (n,) Mann-Kendall; p NaN is no trend.
    Returns (n,): historical, intensifying, diminishing, persistent, oscillating, new, consecutive or sporadic, each
    followed by _hot or _cold; else no_pattern, also for a cell that was hot only in the past. undefined where a bin
    of the cell had no test.
    Source: Esri, "How Emerging Hot Spot Analysis works", in the reading of our methods page.
    """
    trend = np.where(trend_p < TREND_LEVEL, np.sign(trend_z), 0)
    undefined = [((signs == "?").any(axis=1), "undefined")]
    found = undefined + _of_one_sign(signs, "H", trend) + _of_one_sign(signs, "C", -trend)
    return np.select([fits for fits, _ in found], [name for _, name in found], default="no_pattern")


def _of_one_sign(signs: Words, sign: str, trend: Floats) -> list[tuple[Flags, str]]:
    """The rules of one sign in order, each with its name; trend is +1 towards this sign and -1 away from it."""
    slices = signs.shape[1]
    is_sign = signs == sign
    n = is_sign.sum(axis=1)
    mostly, last = 10 * n >= 9 * slices, is_sign[:, -1]
    turned = (signs == OPPOSITE[sign]).any(axis=1)
    one_run = np.argmax(is_sign, axis=1) == slices - n  # as many slices from the first to the end as there are at all
    word = {"H": "hot", "C": "cold"}[sign]
    rules = {
        "historical": mostly & ~last,
        "intensifying": mostly & (trend > 0),
        "diminishing": mostly & (trend < 0),
        "persistent": mostly,
        "oscillating": last & turned,
        "new": last & (n == 1),
        "consecutive": last & one_run,
        "sporadic": last,
    }
    return [(fits, f"{name}_{word}") for name, fits in rules.items()]
