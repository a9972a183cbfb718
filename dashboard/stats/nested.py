"""Counts of cells beside counts of the places that they lie in: what either tells of the other, and when that is safe.

A record in a cell is also one of the places that the cell touches; a place has records in no cell too, nobody is told
how many. So the records of any cells together are no more than those of the places that any of them touches, and
nothing else ties the two (Gale 1957; Hoffman 1960): each bound here is a cut of that flow.

least, most: of a count, given what is published of it.   touches: (cells, places).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


def is_shown(cells: Counts, places: tuple[Counts, Counts], touches: Mask, base: int, spare: int | None) -> bool:
    """Whether the cells of a quarter may stand beside its places, and its months: a rule of published values alone.

    cells: the least of each.   places: least and most of each.   spare: by how much the most of the months, where they
    are shown, exceeds the least of all leaves.
    Any cells must leave the places that they touch room for any one count at either end of its bounds, and one base
    more, as months must: docs/privacy.md has the proof.
    """
    least, most = places
    room = 3 * base - 2
    is_free = tightest(cells, most, touches)[0] >= room
    return is_free and (spare is None or spare - forced(cells, least, touches) >= room)


def tightest(cells: Counts, most: Counts, touches: Mask) -> tuple[int, Mask]:
    """By how little the most of the places that some cells touch exceeds the least of these; and which cells."""
    if not len(cells):
        return int(most.sum()), np.zeros(0, dtype=bool)
    alone = (touches * most).sum(axis=1) - cells
    first = int(alone.argmin())
    found, chosen = int(alone[first]), np.arange(len(cells)) == first
    everything = int(cells.sum() + most.sum()) + 1
    for cell in np.flatnonzero(cells):
        asked = cells.copy()
        asked[cell] = everything  # so that it is in the set
        over, picked = _closure(asked, most, touches)
        if everything - over - int(cells[cell]) < found:
            found, chosen = everything - over - int(cells[cell]), picked
    return found, chosen


def forced(cells: Counts, least: Counts, touches: Mask) -> int:
    """How much more than their least the places hold together, if each cell holds its least."""
    return _closure(cells, least, touches)[0]


def _closure(cells: Counts, places: Counts, touches: Mask) -> tuple[int, Mask]:
    """The most that a set of cells holds beyond the places that it touches, by a minimal cut; and the set."""
    n, m = touches.shape
    cell, place = np.nonzero(touches)
    start, end = n + m, n + m + 1
    tails = np.concatenate([np.full(n, start), cell, n + np.arange(m)])
    heads = np.concatenate([np.arange(n), n + place, np.full(m, end)])
    without_end = int(cells.sum() + places.sum()) + 1
    width = np.concatenate([cells, np.full(len(cell), without_end), places]).astype(np.int32)
    edges = csr_array(coo_array((width, (tails, heads)), shape=(end + 1, end + 1)))
    flow = maximum_flow(edges, start, end)
    left = csr_array(edges - flow.flow)
    left.eliminate_zeros()
    reached = breadth_first_order(left, start, return_predecessors=False)
    return int(cells.sum()) - int(flow.flow_value), np.isin(np.arange(n), reached)


def sums(of_leaves: Counts, touches: Mask, n_months: int) -> csr_array:
    """What adds up to what, as rows of a matrix whose product with all counts is 0.

    of_leaves: (n,) the place of each leaf among those that cells touch, -1 for no such place.   n_months: 0 where they
    are not shown. Its columns: leaves, cells, months, records of a cell in a place, and those of a place in no cell.
    """
    n, (n_cells, n_places) = len(of_leaves), touches.shape
    cell, place = np.nonzero(touches)
    months, pairs, rests = n + n_cells, n + n_cells + n_months, n + n_cells + n_months + len(cell)
    both, held = pairs + np.arange(len(cell)), np.flatnonzero(of_leaves >= 0)
    parts = [  # rows, columns, sign
        (cell, both, 1),
        (np.arange(n_cells), n + np.arange(n_cells), -1),
        (n_cells + of_leaves[held], held, 1),
        (n_cells + place, both, -1),
        (n_cells + np.arange(n_places), rests + np.arange(n_places), -1),
    ]
    if n_months:
        last = n_cells + n_places
        parts += [(np.full(n, last), np.arange(n), 1), (np.full(n_months, last), months + np.arange(n_months), -1)]
    rows, columns = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    signs = np.concatenate([np.full(len(part[0]), float(part[2])) for part in parts])
    shape = (n_cells + n_places + (1 if n_months else 0), rests + n_places)
    return csr_array(coo_array((signs, (rows, columns)), shape=shape))
