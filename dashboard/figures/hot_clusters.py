"""Cells that touch, taken together and named: what a map shows at one look, and a list can say."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dashboard.database import Selected
from dashboard.disclosure import LEFT_OUT, K, Row
from dashboard.figures.effort import centres_of, distances_km

NEAR_KM = 30  # within which a crossing names a cluster
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
DERIVED = dict.fromkeys(("q", "p_hot_least", "p_hot_most", "exact_hot"), ("n",)) | {"emerging": ("n_months",)}
VIEWS = {"significance": "n", "emerging": "n_months", "p_hot": "n"}  # and the count by which a cluster is listed
SURE = 0.5  # of P(hot): "probably" and better
COLUMN = "cluster_"  # before a view's name: in the table of cells, the number of each cell's cluster

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]


def numbered(flags: Flags, near: Indices) -> NDArray[np.int64]:
    """The number of the cluster of each flagged cell, from 0 in the order of cells; -1 elsewhere.

    flags: (n,).   near: (n, k) indices of the cell itself and those that touch it, padded with -1.
    """
    flagged = np.flatnonzero(flags)
    found = np.full(len(flags), -1, dtype=np.int64)
    found[flagged] = np.arange(len(flagged))
    a, b = np.repeat(np.arange(len(flagged)), near.shape[1]), near[flagged].ravel()
    touch = b >= 0
    touch[touch] = flags[b[touch]]
    links = coo_array((touch[touch], (a[touch], found[b[touch]])), shape=(len(flagged), len(flagged)))
    _, found[flagged] = connected_components(links, directed=False)
    return found


def members(cells: pa.Table, view: str) -> Flags:
    """Which cells are in a cluster of a view: hot now; hot up to the last month; probably hot or more."""
    if view == "significance":
        return _flags(each == "hot" for each in cells["class"].to_pylist())
    if view == "emerging":
        return _flags(is_hot_history(each) for each in cells["emerging"].to_pylist())
    return _flags((share or 0) >= SURE for share in cells["p_hot"].to_pylist())


def _flags(claims: Iterable[bool]) -> Flags:
    return np.array(list(claims), dtype=bool)


def is_hot_history(emerging: str) -> bool:
    """A class that is hot in its last month."""
    return emerging.endswith("_hot") and emerging != "historical_hot"


def with_clusters(cells: pa.Table, near: Indices) -> pa.Table:
    """The cells with the number of their cluster in each view, null where they are in none."""
    for view in VIEWS:
        number = numbered(members(cells, view), near)
        cells = cells.append_column(COLUMN + view, pa.array(number, pa.int64(), mask=number < 0))
    return cells


def listed(selected: Selected, cells: pa.Table) -> pa.Table:
    """One row a cluster and view: n and n_months of its cells together, how many cells, and how sure; most first.

    Cells whose count is withheld are left out of n: the sum, less the others, would give one away.

    adm2: where most of its detections are.   crossing: of the district's, or of all where it has none, the nearest
    within 30 km of the cell with most of them.
    exact_hot: how many of its cells are hot on exact records alone.   emerging: the class that most of its cells have.
    """
    crossings = selected.ask("crossings").to_pylist()
    in_one = np.logical_or.reduce([cells[COLUMN + view].is_valid() for view in VIEWS])
    members_of = cells.filter(pa.array(in_one)).to_pylist()
    rows = [row for view in VIEWS for row in _of_view(members_of, view, crossings)]
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in COLUMNS.items()})


COLUMNS = {
    "view": pa.string(),
    "cluster": pa.int64(),
    "adm2": pa.string(),
    "crossing": pa.string(),
    "cells": pa.int64(),
    "n": pa.int64(),
    "n_months": pa.int64(),
    "q": pa.float64(),
    "p_hot_least": pa.float64(),
    "p_hot_most": pa.float64(),
    "exact_hot": pa.int64(),
    "emerging": pa.string(),
}


def _of_view(cells: Sequence[Row], view: str, crossings: Sequence[Row]) -> list[Row]:
    groups: dict[int, list[Row]] = {}
    for cell in cells:
        if cell[COLUMN + view] is not None:
            groups.setdefault(cell[COLUMN + view], []).append(cell)
    rows = [_cluster(view, number, group, crossings) for number, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[VIEWS[view]], row["q"] if row["q"] is not None else 1.0, row["cluster"]))


def _cluster(view: str, number: int, cells: Sequence[Row], crossings: Sequence[Row]) -> Row:
    by_district: Counter[str] = Counter()
    for cell in cells:
        by_district[cell["adm2"]] += cell[VIEWS[view]]
    adm2 = min(by_district, key=lambda each: (-by_district[each], each))
    top = max((cell for cell in cells if cell["adm2"] == adm2), key=lambda cell: (cell[VIEWS[view]], -cell["cell"]))
    share = [cell["p_hot"] for cell in cells if cell["p_hot"] is not None]
    return {
        "view": view,
        "cluster": number,
        "adm2": adm2,
        "crossing": _nearest(top["cell"], [each for each in crossings if each["adm2"] == adm2] or crossings),
        "cells": len(cells),
        "n": sum(cell["n"] for cell in cells if not cell[LEFT_OUT]),
        "n_months": sum(cell["n_months"] for cell in cells if cell["n_months"] >= K),
        "q": min((cell["q"] for cell in cells if cell["q"] is not None), default=None),
        "p_hot_least": min(share, default=None),
        "p_hot_most": max(share, default=None),
        "exact_hot": sum(cell["class"] == "hot" for cell in cells),
        "emerging": _most([cell["emerging"] for cell in cells]),
    }


def _most(classes: Sequence[str]) -> str:
    told = Counter(classes)
    return min(told, key=lambda each: (each in ("no_pattern", "undefined"), -told[each], each))


def _nearest(cell: int, crossings: Sequence[Row]) -> str | None:
    if not crossings:
        return None
    at = centres_of(np.array([cell], dtype=np.uint64).tobytes())
    points = np.array([[row["lat"], row["lon"]] for row in crossings])
    away = distances_km(np.radians(at), np.radians(points))[0]
    nearest = int(away.argmin())
    return str(crossings[nearest]["crossing"]) if away[nearest] <= NEAR_KM else None
