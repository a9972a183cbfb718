"""Records known only to an area: dealt over its cells many times, each deal tested, and what may be said of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import false_discovery_control

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

LEVEL = 0.05  # of q
WILSON_Z = 1.959963984540054  # of a 95 % interval
CALLED = ((0.8, "hot_wherever"), (0.5, "probably"), (0.1, "cannot_tell"), (0.0, "not_shown_hot"))
LOCATED_SHARE = 0.8  # of the records, for a level or a resolution to be honest
LEVELS = {"place": 2, "union": 3, "upazila": 4, "district": 5}  # the last precision code of each, finest first


@dataclass(frozen=True)
class Share:
    """Of each cell: the share of deals in which it is hot, and the 95 % Monte-Carlo limits of that share."""

    hot: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Budget:
    """How exactly n records are placed: exact (codes 1-3), to the upazila (4), to the district (5), or not (6, 7).

    smallest_unit: the finest of LEVELS at which at least 80 % of the records are located; None where not even the
    district is, or there is no record.
    """

    n: int
    n_exact: int
    n_upazila: int
    n_district_only: int
    n_none: int
    smallest_unit: str | None


def deal(n_vague: Counts, area_of_cell: Indices, weights: Floats, draws: int, rng: np.random.Generator) -> Counts:
    """Each record that is known only to an area, dealt to one of the area's cells, draw by draw.

    n_vague: (areas,) records of each area.   area_of_cell: (n,) index of the cell's area, -1 for none.
    weights: (n,) how plausible a cell is beside others of its area; 1 everywhere if nothing is known.
    Returns (draws, n), to be added to the exact counts, and to the deal of another level: records known to an upazila
    are dealt apart from those known to a district. An area of `without_cells` has its records left out.
    Raises ValueError where a weight is negative or not finite.
    Source: Rubin 1987, Multiple Imputation for Nonresponse in Surveys; the placing is ours.
    """
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("weights: every weight is a number from 0")
    dealt = np.zeros((draws, len(weights)), dtype=np.int64)
    for area in np.flatnonzero((n_vague > 0) & ~without_cells(len(n_vague), area_of_cell, weights)):
        cells = np.flatnonzero(area_of_cell == area)
        dealt[:, cells] = rng.multinomial(n_vague[area], weights[cells] / weights[cells].sum(), size=draws)
    return dealt


def without_cells(areas: int, area_of_cell: Indices, weights: Floats) -> Flags:
    """Which areas have no cell to deal to: their records cannot be placed, and the page says how many they are."""
    inside = area_of_cell >= 0
    return np.asarray(np.bincount(area_of_cell[inside], weights[inside], minlength=areas) == 0)


def share_hot(q_hot: Floats) -> Share:
    """P(hot): the share of deals in which the test calls a cell hot, given the weights. No probability of crime.

    q_hot: (draws, n), each draw its own family.   Returns (n,) each; NaN where any draw had no test.
    Source: Wilson 1927, JASA 22(158), for the limits.
    """
    draws, n_hot = len(q_hot), (q_hot <= LEVEL).sum(axis=0)
    share = np.where(np.isnan(q_hot).any(axis=0), np.nan, n_hot / draws)
    squared = WILSON_Z**2 / draws
    middle = (share + squared / 2) / (1 + squared)
    half = WILSON_Z / (1 + squared) * np.sqrt(share * (1 - share) / draws + squared / (4 * draws))
    return Share(share, np.maximum(middle - half, 0), np.minimum(middle + half, 1))


def called(share: Floats) -> NDArray[np.str_]:
    """What may be said of a cell: hot_wherever the rest were, probably, cannot_tell, not_shown_hot, or undefined."""
    return np.select([share >= least for least, _ in CALLED], [word for _, word in CALLED], default="undefined")


def at_centres(exact: Counts, n_vague: Counts, centre_cell: Indices) -> Counts:
    """Naive counts (n,): all records of an area put on its centre's cell. Shown as what not to do, never by itself.

    exact: (n,).   n_vague, centre_cell: (areas,).
    """
    counts = exact.copy()
    np.add.at(counts, centre_cell, n_vague)
    return counts


def naive_hot(z: Floats) -> Flags:
    """What common tools would call hot: the normal two-sided p of Gi*'s z (n,), then Benjamini-Hochberg.

    On sparse counts it finds hot cells in 20 to 96 % of maps that have none: for comparison only.
    """
    hot, tested = np.zeros(len(z), dtype=bool), ~np.isnan(z)
    if tested.any():
        hot[tested] = (false_discovery_control(2 * ndtr(-np.abs(z[tested]))) <= LEVEL) & (z[tested] > 0)
    return hot


def precision_budget(precision_code: Counts) -> Budget:
    """What the records' places carry.   precision_code: (n,) from 1, GPS, to 7, country or open sea."""
    n = len(precision_code)
    located = {level: int((precision_code <= code).sum()) for level, code in LEVELS.items()}
    honest = (level for level, up_to in located.items() if n > 0 and up_to >= LOCATED_SHARE * n)
    _, exact, upazila, district = located.values()
    return Budget(n, exact, upazila - exact, district - upazila, n - district, next(honest, None))


def finest_resolution(uncertainty_m: Floats, edge_m: Floats) -> int | None:
    """The finest resolution that the records carry; a finer one is refused. None where no resolution is coarse enough.

    uncertainty_m: (n,) of the records; infinite where no radius is known.
    edge_m: average edge of a cell by resolution, 0 first, so falling.
    The cell's edge is not below the 80th percentile, here the least radius that holds for 80 % of the records.
    """
    if len(uncertainty_m) == 0:
        return None
    carried = np.quantile(uncertainty_m, LOCATED_SHARE, method="inverted_cdf")
    fitting = np.flatnonzero(edge_m >= carried)
    return int(fitting.max()) if len(fitting) else None
