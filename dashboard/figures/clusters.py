"""The place and the last weeks that hold most placed detections beyond chance, below the district."""

from functools import lru_cache

import h3
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.chance import generator
from dashboard.figures.known import History
from dashboard.figures.monitor import SCAN_LEVEL
from dashboard.stats import scan

WEEKS = 26  # that are scanned
FINEST = 5  # resolution: finer cells are more places than a shuffle of a second can look at
REACH_M = 50_000
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
CLUSTERED = dict.fromkeys(("rings", "expected", "p", "recurrence_weeks", "is_at_least", "weeks", "reach_km"), ("n",))
CLUSTER = pa.schema(
    {
        "cell": pa.uint64(),
        "adm2": pa.string(),
        "reach_km": pa.float64(),
        "weeks": pa.int64(),
        "rings": pa.bool_(),
        "n": pa.int64(),
        "expected": pa.float64(),
        "p": pa.float64(),
        "recurrence_weeks": pa.float64(),
        "is_at_least": pa.bool_(),
    }
)


def strongest(selected: Selected, history: History) -> tuple[pa.Table, str | None]:
    """One row, the strongest cluster that ends with the newest settled week, or none; and why no scan was made, if so.

    cell is the middle of the cluster, which reaches over all cells whose centre is within reach_km of its own.
    """
    if history.settled_day is None:
        return CLUSTER.empty_table(), "too_few_weeks"
    resolution, weeks = min(selected.filters.resolution or FINEST, FINEST), min(WEEKS, history.weeks)
    bound = {"resolution": resolution, "last_day": history.settled_day, "known_by": history.last_day}
    placed = protect(selected, history.newest(weeks).ask("placed_by_week", **bound))
    cells, counts = _matrix(placed, weeks)
    areas, rings = _areas(cells.tobytes(), resolution)
    found = scan.scan(counts, areas, generator(selected, "scan"))
    if found.area is None:
        return CLUSTER.empty_table(), found.withheld
    centre = found.area % len(cells)
    row = {
        "cell": int(cells[centre]),
        "adm2": placed.filter(pc.equal(placed["cell_at"], pa.scalar(cells[centre], pa.uint64())))["adm2"][0].as_py(),
        "reach_km": round(_reach_m(resolution, rings[found.area // len(cells)]) / 1000),
        "weeks": found.weeks,
        "rings": found.p <= SCAN_LEVEL,
        "n": found.observed,
        "expected": found.expected,
        "p": found.p,
        "recurrence_weeks": found.recurrence_weeks,
        "is_at_least": found.is_at_least,
    }
    return pa.Table.from_pylist([row], CLUSTER), None


def _matrix(placed: pa.Table, weeks: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The cells with a detection, and (cells, weeks) counts, oldest week first."""
    cells, position = np.unique(placed["cell_at"].to_numpy().astype(np.uint64), return_inverse=True)
    counts = np.zeros((len(cells), weeks), dtype=np.int64)
    np.add.at(counts, (position, weeks - 1 - placed["weeks_ago"].to_numpy()), placed["n"].to_numpy())
    return cells, counts


@lru_cache(maxsize=16)
def _areas(cells: bytes, resolution: int) -> tuple[NDArray[np.intp], tuple[int, ...]]:
    """Disks of 0, 1, ... rings within 50 km about each cell, as indices of cells padded with -1; one block a ring."""
    mask = np.frombuffer(cells, dtype=np.uint64)
    rings = tuple(k for k in range(8) if _reach_m(resolution, k) <= REACH_M) or (0,)
    position = {h3.int_to_str(int(cell)): i for i, cell in enumerate(mask)}
    width = 1 + 3 * rings[-1] * (rings[-1] + 1)
    areas = np.full((len(rings) * len(mask), width), -1, dtype=np.intp)
    for block, k in enumerate(rings):
        for i, cell in enumerate(position):
            inside = [position[other] for other in h3.grid_disk(cell, k) if other in position]
            areas[block * len(mask) + i, : len(inside)] = inside
    return areas, rings


def _reach_m(resolution: int, rings: int) -> float:
    """How far from its middle a disk of cells reaches: rings of a cell's width each, and the edge of the last."""
    edge = h3.average_hexagon_edge_length(resolution, unit="m")
    return float(edge * (1 + 3**0.5 * rings))
