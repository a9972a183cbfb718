"""Near repeats: are detections close to one another in space and time more often than chance would bring about?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
Refused = Literal["too_few_records", "too_many_records"]

SPACE_M = (2_000.0, 5_000.0, 10_000.0)  # the ends of the bands, each counted in
TIME_D = (7, 14, 28)
PERMUTATIONS = 999
MIN_RECORDS = 50
MAX_RECORDS = 20_000
MIN_EXPECTED = 5
ROUNDING = 1 + 1e-12


@dataclass(frozen=True)
class NearRepeat:
    """Pairs of records in each band of distance (rows) and of days apart (columns), and what chance gives.

    expected: mean over the permutations.   ratio: observed over expected, NaN where nothing is expected.
    p: one-sided, at least 1 / (permutations + 1).   refused: why nothing was counted or tested; all is NaN then.
    """

    observed: Floats
    expected: Floats
    ratio: Floats
    p: Floats
    permutations: int
    refused: Refused | None


def knox(
    x_m: Floats, y_m: Floats, day: Counts, space_m: tuple[float, ...], time_d: tuple[int, ...], rng: np.random.Generator
) -> NearRepeat:
    """Knox's test by bands, the days dealt anew over the places 999 times.

    x_m, y_m: (n,) in a metric projection.   day: (n,) whole days from any start.
    space_m, time_d: rising ends of the bands, each counted in; SPACE_M and TIME_D. Each unordered pair counts once.
    Only for exact days and places of precision 1 and 2, after duplicates are merged: one incident that two agencies
    report is a perfect near repeat. Patrol surges cluster too, and growth that differs by place looks like clustering
    (Kulldorff & Hjalmars 1999, Biometrics 55(2)). Shown are `shown_p`, with one family over all bands.
    Time O(999 c), memory O(c): c pairs within the widest band.
    Source: Knox 1964, Applied Statistics 13(1); bands and ratio: Johnson et al. 2007, J. Quant. Criminology 23(3).
    """
    refused = _refused(len(day))
    if refused:
        nothing = np.full((len(space_m), len(time_d)), np.nan)
        return NearRepeat(nothing, nothing, nothing, nothing, 0, refused)
    close, days = _close_pairs(x_m, y_m, space_m), day.astype(np.int32)
    observed = _count(close, days, time_d)
    total, reached = np.zeros_like(observed), np.zeros_like(observed)
    for _ in range(PERMUTATIONS):
        dealt = _count(close, rng.permutation(days), time_d)
        total += dealt
        reached += dealt >= observed
    expected = total / PERMUTATIONS
    ratio = observed / np.where(expected > 0, expected, np.nan)
    p = (1 + reached) / (PERMUTATIONS + 1)
    return NearRepeat(observed.astype(np.float64), expected, ratio, p, PERMUTATIONS, None)


def shown_p(found: NearRepeat) -> Floats:
    """p of each band, but NaN where fewer than 5 pairs are expected: too few to test."""
    return np.where(found.expected >= MIN_EXPECTED, found.p, np.nan)


def _refused(n: int) -> Refused | None:
    if n < MIN_RECORDS:
        return "too_few_records"
    return "too_many_records" if n > MAX_RECORDS else None


def _close_pairs(x_m: Floats, y_m: Floats, space_m: tuple[float, ...]) -> list[Pairs]:
    """The pairs in each band of distance."""
    places, ends = np.column_stack([x_m, y_m]), np.array(space_m) * ROUNDING
    first, second = cKDTree(places).query_pairs(ends[-1] * ROUNDING, output_type="ndarray").T
    band = np.searchsorted(ends, np.hypot(x_m[first] - x_m[second], y_m[first] - y_m[second]))
    return [(first[band == each], second[band == each]) for each in range(len(ends))]


def _count(close: list[Pairs], days: NDArray[np.int32], time_d: tuple[int, ...]) -> Counts:
    """Pairs by band of distance and of days apart."""
    apart = (np.abs(days.take(first) - days.take(second)) for first, second in close)
    within = [[np.count_nonzero(lag <= end) for end in time_d] for lag in apart]
    return np.diff(np.array(within), axis=1, prepend=0)
