"""Cells of the study area and what a test says of them; districts beside them."""

from dataclasses import dataclass
from functools import lru_cache

import h3
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import LEFT_OUT, K, beside_small, levelled, protect
from dashboard.figures import effort
from dashboard.figures.period import span
from dashboard.figures.published import is_hidden
from dashboard.stats import gi_star, small_numbers

# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
COUNTED = dict.fromkeys(("low", "high"), ("n",))

Cells = NDArray[np.uint64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Area:
    """The cells that an answer is about.

    home: those of the study area, empty ones too, with cell, adm2, country, n, n_exact, n_upazila, and whether the
    counts are withheld (is_left_out).
    near: (home, 7) indices of each cell and of those that touch it, or -1.   is_known: (home,) effort is recorded.
    abroad: those of the same columns that hold records abroad or at sea; no test looks at them.
    left_out: empty cells that no effort reached, where only places with effort were asked for.
    untested: why home is too poor to be tested, or None.
    """

    home: pa.Table
    near: Indices
    is_known: Flags
    abroad: pa.Table
    left_out: Cells
    untested: str | None

    @property
    def unreached(self) -> Cells:
        """Cells without effort on record, tested or left out."""
        return np.concatenate([self.cells[~self.is_known], self.left_out])

    @property
    def is_withheld(self) -> Flags:
        """(home,) cells of 1 to 4, and those that would give such a one back."""
        return np.asarray(self.home[LEFT_OUT].to_numpy(zero_copy_only=False))

    @property
    def cells(self) -> Cells:
        """Of home."""
        return np.asarray(self.home["cell"].to_numpy().astype(np.uint64))


def study_area(selected: Selected) -> Area:
    """The area of a settled selection at its resolution, within its districts."""
    bound = {
        "resolution": selected.filters.resolution,
        "districts": list(selected.filters.choices.get("d", ())),
    }
    found = protect(selected, selected.ask("detections_by_cell", **bound)).combine_chunks()
    found = found.append_column(LEFT_OUT, pa.array(_withheld(selected, found)))
    home, abroad = (found.filter(is_in) for is_in in (found["adm2"].is_valid(), found["adm2"].is_null()))
    cells = home["cell"].to_numpy().astype(np.uint64)
    is_known = effort.known(selected, cells, home["adm2"].to_pylist(), [span(selected)])[:, 0]
    is_in = is_known | (home["n"].to_numpy() > 0) | (not selected.filters.only_with_effort)
    home, is_known, left_out, cells = home.filter(pa.array(is_in)), is_known[is_in], cells[~is_in], cells[is_in]
    return Area(
        home, neighbours(cells.tobytes()), is_known, abroad, left_out, gi_star.enough_to_test(home["n"].to_numpy())
    )


def _withheld(selected: Selected, found: pa.Table) -> Flags:
    """Which cells' counts are: beside all that are placed, and beside what is told of each district."""
    n, adm2 = found["n"].to_numpy().astype(np.int64), np.array(found["adm2"].to_pylist(), dtype=object)
    districts = protect(selected, selected.ask("detections_by_district")).to_pylist()
    is_home = np.array([each is not None for each in adm2], dtype=bool)
    groups: list[tuple[Indices, int | None]] = [(np.flatnonzero(is_home & (n > 0)), None)]
    alone = np.array([row["n_district_only"] for row in districts], dtype=np.int64)
    alone_told = alone * ~is_hidden(alone)  # of the others, which are withheld too, the sum tells something
    between = np.zeros_like(alone)  # few that are known better than their district, and on no cell: what cells hide
    for i, row in enumerate(districts):
        at = np.flatnonzero((adm2 == row["adm2"]) & (n > 0))
        rest = max(0, row["n"] - int(alone[i] + n[at].sum()))
        between[i] = rest if rest < K else 0
        if row["n"] >= K:
            parts = np.append(at, [len(n) + i, len(n) + len(alone) + i])
            groups.append((parts, None if between[i] else rest))
    return beside_small(np.concatenate([n, alone - alone_told, between]), groups)[: len(n)]


def hot_cells(area: Area) -> pa.Table:
    """Cells that hold a detection or are called hot, lone peak or cold; columns as `tested` gives them."""
    table = with_abroad(tested(area), area)
    shown = pc.or_(pc.greater(table["n"], 0), pc.is_in(table["class"], pa.array(["hot", "peak", "cold"])))
    return table.filter(shown)


def tested(area: Area) -> pa.Table:
    """Home with n_near, cells_near, z, p, q, class and effort.

    cells_near: the cell and its neighbours within the study area, 7 but at its edge; n_near counts in them, those
    withheld left out: their sum would give one away. The test looks at all, the withheld ones levelled; p and q are
    one-sided (statistics: Gi*, exact). A cell is cold only where effort is known in it and in all its neighbours.
    """
    counts = area.home["n"].to_numpy().astype(np.int64)
    seen = {"cells_near": (area.near >= 0).sum(axis=1)}
    columns = _tested(counts, area) | seen | {"effort": np.where(area.is_known, "known", "unknown")}
    table = area.home
    for name, column in columns.items():
        table = table.append_column(name, pa.array(column, from_pandas=True))
    return table


def with_abroad(table: pa.Table, area: Area) -> pa.Table:
    """A table of home with the cells abroad below: counted there and never tested, so that the rest is undefined."""
    n = area.abroad.num_rows
    counted = {
        "class": pa.array(["undefined"] * n, pa.string()),
        "effort": pa.array(["unknown"] * n, pa.string()),
    }
    abroad = [
        area.abroad[name] if name in area.abroad.column_names else counted.get(name, pa.nulls(n, table[name].type))
        for name in table.column_names
    ]
    return pa.concat_tables([table, pa.table(abroad, table.column_names)])


def _tested(counts: NDArray[np.int64], area: Area) -> dict[str, NDArray[np.generic]]:
    near, told = area.near, np.where(area.is_withheld, 0, counts)
    n_near, counts = np.where(near >= 0, told[near], 0).sum(axis=1), levelled(counts, area.is_withheld)
    if area.untested:
        nothing = np.full(len(counts), np.nan)
        undefined = np.full(len(counts), "undefined")
        return {"n_near": n_near, "z": nothing, "p": nothing, "q": nothing, "class": undefined}
    p_hot, p_cold = gi_star.exact_tails(counts, near)
    q_hot, q_cold = gi_star.false_discovery(p_hot), gi_star.false_discovery(p_cold)
    peak = small_numbers.is_peak(counts)
    return {
        "n_near": n_near,
        "z": gi_star.gi_star(counts.astype(float), near),
        "p": p_hot,
        "q": q_hot,
        "class": gi_star.classes(q_hot, q_cold, all_known(area.is_known, near), peak),
    }


def all_known(is_known: Flags, near: Indices) -> Flags:
    """Cells with effort known in them and in every neighbour, whose counts are in their sum: (n,) or (n, bins)."""
    real = (near >= 0).reshape(*near.shape, *[1] * (is_known.ndim - 1))
    return np.asarray((is_known[near] | ~real).all(axis=1))


@lru_cache(maxsize=16)
def neighbours(cells: bytes) -> Indices:
    """For cells as the bytes of a uint64 array: (n, 7) indices of each cell and of those that touch it, or -1."""
    mask = np.frombuffer(cells, dtype=np.uint64)
    if not len(mask):
        return np.empty((0, 7), dtype=np.intp)
    touching, order = np.array([_touching(cell) for cell in mask.tolist()], dtype=np.uint64), np.argsort(mask)
    found = order[np.minimum(np.searchsorted(mask, touching, sorter=order), len(mask) - 1)]
    return np.where(mask[found] == touching, found, -1)


@lru_cache(maxsize=100_000)
def _touching(cell: int) -> tuple[int, ...]:
    """A cell and the six around it; 0, which is no cell, where there are five."""
    around = [h3.str_to_int(each) for each in h3.grid_disk(h3.int_to_str(cell), 1)]
    return (*around, *[0] * (7 - len(around)))


def parents(cells: Cells, resolution: int) -> Cells:
    """The cells of a coarser resolution in which these lie."""
    mode, blank = np.uint64(15 << 52), np.uint64((1 << 3 * (15 - resolution)) - 1)
    return np.asarray((cells & ~mode) | np.uint64(resolution << 52) | blank)


def districts(selected: Selected) -> pa.Table:
    """One row a district: n, its exact 95 % interval as a Poisson count, and how many are known no better."""
    table = protect(selected, selected.ask("detections_by_district"))
    low, high = small_numbers.count_interval(table["n"].to_numpy())
    return table.append_column("low", pa.array(low)).append_column("high", pa.array(high))
