"""Detections by cell and week or month, as far as they may be told one by one: what a playback is made of."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import protect, tellable
from dashboard.figures.cells import parents
from dashboard.figures.emerging import reporting_delay
from dashboard.figures.period import observed, span
from dashboard.filters import RESOLUTIONS

SLICES = {"week": 104, "month": 60}  # and how many of them at most
MOST_ROWS = 20_000  # that a browser is sent
ENOUGH = 0.5  # of the detections that have to be told: with fewer the cells are made coarser

Slice = tuple[date, date]  # its first and last day


@dataclass(frozen=True)
class Frames:
    """frames: a row a slice, with its first and last day, n on any cell, n_told, and whether reports still come.

    cells: a row a cell and slice whose count may be told.   resolution: of the cells.
    """

    frames: pa.Table
    cells: pa.Table
    resolution: int


def frames(selected: Selected, slice_: str) -> Frames:
    """Whole weeks or months up to the period's end, on the finest cells of which half the detections may be told."""
    slices = whole(selected, slice_)
    finest = selected.filters.resolution or RESOLUTIONS[-1]
    if not slices:
        return _table(slice_, slices, np.zeros(0, dtype=np.int64), _NOTHING, finest, None)
    over = replace(selected, filters=replace(selected.filters, date_from=slices[0][0], date_to=slices[-1][1]))
    rows = protect(over, over.ask("detections_by_cell_and_slice", resolution=finest, slice=slice_))
    held, adm2 = rows["cell"].to_numpy().astype(np.uint64), rows["adm2"].to_pylist()
    firsts = np.array([first for first, _ in slices], dtype="datetime64[D]")
    at = np.searchsorted(firsts, rows["first_day"].to_numpy().astype("datetime64[D]"))
    n = rows["n"].to_numpy()
    totals = np.bincount(at, n, minlength=len(slices)).astype(np.int64)
    for resolution in range(finest, RESOLUTIONS[0] - 1, -1):
        grid = _gridded(parents(held, resolution), adm2, at, n, len(slices))
        if grid.told.sum() <= MOST_ROWS and grid.share >= ENOUGH:
            break
    last_settled = _settled(selected)
    return _table(slice_, slices, totals, grid, resolution, last_settled)


def whole(selected: Selected, slice_: str) -> list[Slice]:
    """The last whole slices within the data and up to the period's end, oldest first."""
    first_day, last_day = observed(selected.store, selected.principal)
    if first_day is None or last_day is None:
        return []
    end, slices = min(span(selected)[1], last_day), list[Slice]()
    first = _first_of(end + timedelta(days=1), slice_)
    while len(slices) < SLICES[slice_]:
        last = first - timedelta(days=1)
        first = _first_of(last, slice_)
        if first < first_day:
            break
        slices.append((first, last))
    return slices[::-1]


def _first_of(day: date, slice_: str) -> date:
    return day.replace(day=1) if slice_ == "month" else day - timedelta(days=day.weekday())


def _settled(selected: Selected) -> date | None:
    """The last day up to which 95 % of the records have been reported."""
    _, last_day = observed(selected.store, selected.principal)
    return last_day - timedelta(days=reporting_delay(selected.store, selected.principal)) if last_day else None


@dataclass(frozen=True)
class _Grid:
    """cells and the district where most of each one's detections are; counts and which of them may be told."""

    cells: NDArray[np.uint64]
    adm2: list[str]
    counts: NDArray[np.int64]  # (cells, slices)
    told: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Of the detections that may be told one by one; 1 where there are none."""
        total = int(self.counts.sum())
        return float(self.counts[self.told].sum()) / total if total else 1.0


_NOTHING = _Grid(np.zeros(0, np.uint64), [], np.zeros((0, 0), np.int64), np.zeros((0, 0), np.bool_))


def _gridded(
    cell: NDArray[np.uint64],
    adm2: list[str],
    at: NDArray[np.intp],
    n: NDArray[np.int64],
    slices: int,
) -> _Grid:
    cells, row = np.unique(cell, return_inverse=True)
    counts = np.zeros((len(cells), slices), dtype=np.int64)
    np.add.at(counts, (row, at), n)
    by_district: list[Counter[str]] = [Counter() for _ in cells]
    for i, district, count in zip(row.tolist(), adm2, n.tolist(), strict=True):
        by_district[i][district] += count
    most = [min(each, key=lambda code: (-each[code], code)) for each in by_district]
    return _Grid(cells, most, counts, tellable(counts))


def _table(
    slice_: str, slices: list[Slice], totals: NDArray[np.int64], grid: _Grid, resolution: int, settled: date | None
) -> Frames:
    told = np.where(grid.told, grid.counts, 0).sum(axis=0) if len(grid.cells) else np.zeros(len(slices), np.int64)
    frames_ = pa.table(
        {
            "slice": pa.array([slice_] * len(slices), pa.string()),
            "first_day": pa.array([first for first, _ in slices], pa.date32()),
            "last_day": pa.array([last for _, last in slices], pa.date32()),
            "n": pa.array(totals, pa.int64()),
            "n_told": pa.array(told, pa.int64()),
            "is_filling": pa.array([settled is not None and last > settled for _, last in slices], pa.bool_()),
        }
    )
    where, when = np.nonzero(grid.told)
    cells = pa.table(
        {
            "slice": pa.array([slice_] * len(where), pa.string()),
            "first_day": pa.array([slices[i][0] for i in when.tolist()], pa.date32()),
            "cell": pa.array(grid.cells[where], pa.uint64()),
            "adm2": pa.array([grid.adm2[i] for i in where.tolist()], pa.string()),
            "n": pa.array(grid.counts[where, when], pa.int64()),
        }
    )
    return Frames(frames_, cells, resolution)
