"""Records that no cell can hold, dealt many times over the cells where they may lie, and how often each cell is hot."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import h3
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import levelled, protect
from dashboard.figures.cells import Area, parents
from dashboard.stats import gi_star, imputation

DRAWS = 100
METHOD = "uniform placing 1"  # named in the seed: another method deals anew

Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
Key = tuple[int | None, str]  # a coarser cell and a district, or a district alone


@dataclass(frozen=True)
class Placed:
    """columns: of every cell of the area at home, p_hot with its limits, called, is_naive_hot.   seed: of the deals.

    n_in_cell, n_in_district: records dealt within the coarser cell of their place, within their district.
    n_nowhere: of a district without a cell in the area, so left out.
    """

    columns: dict[str, pa.Array]
    seed: int
    n_in_cell: int
    n_in_district: int
    n_nowhere: int


def seed_of(selected: Selected) -> int:
    """A number that follows from data version, filters, scope and method: the same question is dealt the same."""
    scope = selected.principal.districts
    told = [selected.store.version, selected.filters.to_link(), scope, METHOD, DRAWS]
    return int.from_bytes(hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()[:6])


def placed(selected: Selected, area: Area) -> Placed:
    """P(hot) of each cell with its Monte-Carlo limits and its word, and whether naive placing would call it hot.

    Where the exact records are too few to be tested nothing is dealt, and every column is undefined.
    """
    exact, seed = levelled(area.home["n"].to_numpy().astype(np.int64), area.is_withheld), seed_of(selected)
    levels, n_nowhere = _vague(selected, area)
    n_in_cell = sum(int(level.n.sum()) for level in levels[:-1])
    if area.untested:
        return Placed(_columns(np.full((1, len(exact)), np.nan), np.zeros(len(exact), dtype=bool)), seed, 0, 0, 0)
    rng, dealt = np.random.default_rng(seed), np.zeros((DRAWS, len(exact)), dtype=np.int64)
    for level in levels:
        dealt += imputation.deal(level.n, level.area_of_cell, np.ones(len(exact)), DRAWS, rng)
    q_hot = gi_star.hot_q_of_each(exact + dealt, area.near)
    naive = exact
    for level in levels:
        naive = imputation.at_centres(naive, level.n, level.centre)
    is_naive_hot = imputation.naive_hot(gi_star.gi_star(naive.astype(float), area.near))
    return Placed(_columns(q_hot, is_naive_hot), seed, n_in_cell, int(levels[-1].n.sum()), n_nowhere)


def _columns(q_hot: NDArray[np.float64], is_naive_hot: NDArray[np.bool_]) -> dict[str, pa.Array]:
    share = imputation.share_hot(q_hot)
    return {
        "p_hot": pa.array(share.hot, from_pandas=True),
        "p_hot_low": pa.array(share.low, from_pandas=True),
        "p_hot_high": pa.array(share.high, from_pandas=True),
        "called": pa.array(imputation.called(share.hot)),
        "is_naive_hot": pa.array(is_naive_hot),
    }


@dataclass(frozen=True)
class _Level:
    """n, centre: (areas,) records known to each area, and index of the cell that holds its centre.
    area_of_cell: (cells,) index of each cell's area at this level, or -1."""

    n: Counts
    area_of_cell: Indices
    centre: Indices


def _vague(selected: Selected, area: Area) -> tuple[list[_Level], int]:
    """What is to be dealt, level by level: within coarser cells, then within districts; and how many are left out.

    A coarser cell is that of the record's own place, such as its upazila's. One that holds no cell of the record's
    district in the area gives its records to the district; a district without a cell leaves them out.
    """
    resolution = selected.filters.resolution
    rows = protect(selected, selected.ask("vague_by_area", resolution=resolution)).to_pylist()
    adm2, levels = area.home["adm2"].to_pylist(), []
    of_district: Counter[Key] = Counter()
    for coarser in sorted({row["area_resolution"] for row in rows} - {None}, reverse=True):
        told = {(row["cell"], row["adm2"]): row["n"] for row in rows if row["area_resolution"] == coarser}
        level, left = _level(told, zip(parents(area.cells, coarser).tolist(), adm2, strict=True), area, selected)
        levels.append(level)
        for (_, district), n in left.items():
            of_district[None, district] += n
    of_district.update({(None, row["adm2"]): row["n"] for row in rows if row["cell"] is None})
    level, left = _level(of_district, ((None, district) for district in adm2), area, selected)
    return [*levels, level], sum(left.values())


def _level(
    told: Mapping[Key, int], area_of: Iterable[Key], area: Area, selected: Selected
) -> tuple[_Level, dict[Key, int]]:
    """The areas that have a cell, and what is told of the others."""
    own, first = list(area_of), dict[Key, int]()
    for i, key in enumerate(own):
        first.setdefault(key, i)
    held = sorted(told.keys() & first.keys(), key=str)
    index = {key: i for i, key in enumerate(held)}
    centre = _centres(held, selected)
    position = {cell: i for i, cell in enumerate(area.cells.tolist())}
    level = _Level(
        np.array([told[key] for key in held], dtype=np.int64),
        np.array([index.get(key, -1) for key in own], dtype=np.intp),
        np.array([position.get(at, first[key]) for key, at in zip(held, centre, strict=True)], dtype=np.intp),
    )
    return level, {key: n for key, n in told.items() if key not in index}


def _centres(held: Sequence[Key], selected: Selected) -> list[int]:
    """The cell in the middle of each area: a coarser cell's own, or the one that holds a district's name point."""
    resolution = selected.filters.resolution
    if all(cell is not None for cell, _ in held):
        return [h3.str_to_int(h3.cell_to_center_child(h3.int_to_str(cell), resolution)) for cell, _ in held]
    points = {row["adm2"]: row for row in selected.ask("district_points").to_pylist()}
    at = [(points[adm2]["lat"], points[adm2]["lon"]) for _, adm2 in held]
    return [h3.str_to_int(h3.latlng_to_cell(lat, lon, resolution)) for lat, lon in at]


def with_dealt(budget: pa.Table, placed: Placed) -> pa.Table:
    """The precision budget with how many records were dealt within what, and how many had no cell to go to."""
    for name in ("n_in_cell", "n_in_district", "n_nowhere"):
        budget = budget.append_column(name, pa.array([getattr(placed, name)], pa.int64()))
    return budget
