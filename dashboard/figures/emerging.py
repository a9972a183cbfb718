"""What has become of each cell over the months: newly, steadily or no longer hot."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.access import Principal
from dashboard.database import Selected, Store, remembered
from dashboard.disclosure import levelled, protect, without_small
from dashboard.figures import effort
from dashboard.figures.cells import Area, Cells, Indices, all_known, neighbours
from dashboard.figures.period import observed, span
from dashboard.filters import Filters
from dashboard.stats import emerging, gi_star, mann_kendall

MONTHS = 24
DELAY_UNKNOWN_D = 28  # how long a month is waited for where no record tells when it was reported

BEGUN = {"first_month": ("n",)}  # of the agencies, likewise

Month = tuple[date, date]  # its first and last day


@dataclass(frozen=True)
class History:
    """columns: of every cell of the area at home, n_months, n_near_months, emerging, history, trend, trend_p.

    months: the slices, oldest first.   unclassed: why no cell has a class, or None.
    """

    columns: dict[str, pa.Array]
    months: list[Month]
    unclassed: str | None


def history(selected: Selected, area: Area) -> History:
    """Space-time Gi* and Mann-Kendall of the 24 whole months that end before the first that is still filling up.

    The test is made on the area at home and all further cells of the country that hold a record in those months.
    """
    months = slices(selected)
    if len(months) < emerging.MIN_SLICES:
        return History(_arrays(_undefined(len(area.cells))), months, "too_few_slices")
    cube = _cube(selected, area, months)
    total = cube.counts.sum(axis=1)
    refused = gi_star.enough_to_test(total)
    columns = _undefined(len(total)) if refused else _classed(selected, cube, months)
    told = without_small(total)
    columns["n_months"], columns["n_near_months"] = total, np.where(cube.near >= 0, told[cube.near], 0).sum(axis=1)
    at = np.searchsorted(cube.cells, area.cells)
    return History(_arrays({name: column[at] for name, column in columns.items()}), months, refused)


def _arrays(columns: dict[str, NDArray[np.generic]]) -> dict[str, pa.Array]:
    return {name: pa.array(column, from_pandas=True) for name, column in columns.items()}


def slices(selected: Selected) -> list[Month]:
    """Up to 24 whole months within the data and the period's end, each at least 95 % reported by the last day."""
    first_day, last_day = observed(selected.store, selected.principal)
    if first_day is None or last_day is None:
        return []
    end = min(span(selected)[1], last_day - timedelta(days=reporting_delay(selected.store, selected.principal)))
    months, first = list[Month](), (end + timedelta(days=1)).replace(day=1)
    while len(months) < MONTHS:
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        if first < first_day:
            break
        months.append((first, last))
    return months[::-1]


def begun(selected: Selected, months: list[Month]) -> pa.Table:
    """One row an agency of the choice whose first detection lies after the first of the months: what is new may be it.

    detecting_agency, first_month, n up to the last month. Empty without months.
    """
    if not months:
        return _agencies(selected, *span(selected)).slice(0, 0)
    found = _agencies(selected, months[0][0], months[-1][1])
    found = found.filter(pc.greater(found["first_month"], months[0][0]))
    first_day, _ = observed(selected.store, selected.principal)
    before, a_year_before = months[0][0] - timedelta(days=1), months[0][0] - timedelta(days=365)
    for start, end in (
        (a_year_before, before),
        (first_day or before, a_year_before),
    ):  # most are seen in the year before
        if found.num_rows and start <= end:
            seen = _agencies(selected, start, end)["detecting_agency"].combine_chunks()
            found = found.filter(pc.invert(pc.is_in(found["detecting_agency"], seen)))
    return found


def _agencies(selected: Selected, start: date, end: date) -> pa.Table:
    over = replace(selected.filters, date_from=start, date_to=end)
    return protect(selected, replace(selected, filters=over).ask("agencies_since"))


@remembered
def reporting_delay(store: Store, principal: Principal) -> int:
    """Days within which 95 % of the records that a principal may see were reported."""
    days = store.select(Filters(), principal).ask("reporting_delay")["days"][0].as_py()
    return DELAY_UNKNOWN_D if days is None else int(days)


@dataclass(frozen=True)
class _Cube:
    """cells: sorted, with the district of each and its neighbours as in `Area`.   counts: (cells, months)."""

    cells: Cells
    adm2: list[str]
    near: Indices
    counts: NDArray[np.int64]


def _cube(selected: Selected, area: Area, months: list[Month]) -> _Cube:
    """Detections by cell and month."""
    over = replace(selected, filters=replace(selected.filters, date_from=months[0][0], date_to=months[-1][1]))
    rows = protect(over, over.ask("detections_by_cell_month", resolution=over.filters.resolution))
    held, month = rows["cell"].to_numpy().astype(np.uint64), rows["month"].to_numpy().astype("datetime64[D]")
    cells = np.union1d(area.cells, held)
    of_cell = dict(zip(held.tolist(), rows["adm2"].to_pylist(), strict=True))
    of_cell |= dict(zip(area.cells.tolist(), area.home["adm2"].to_pylist(), strict=True))
    counts = np.zeros((len(cells), len(months)), dtype=np.int64)
    firsts = np.array([first for first, _ in months], dtype="datetime64[D]")
    counts[np.searchsorted(cells, held), np.searchsorted(firsts, month)] = rows["n"].to_numpy()
    return _Cube(cells, [of_cell[cell] for cell in cells.tolist()], neighbours(cells.tobytes()), counts)


def _undefined(cells: int) -> dict[str, NDArray[np.generic]]:
    nothing, none = np.full(cells, np.nan), np.zeros(cells, dtype=np.int64)
    return {
        "emerging": np.full(cells, "undefined"),
        "history": np.full(cells, ""),
        "trend": nothing,
        "trend_p": nothing,
        "n_months": none,
        "n_near_months": none,
    }


def _classed(selected: Selected, cube: _Cube, months: list[Month]) -> dict[str, NDArray[np.generic]]:
    shape, bins = cube.counts.shape, levelled(cube.counts.ravel())
    p_hot, p_cold = gi_star.exact_tails(bins, emerging.cube_neighbours(cube.near, len(months)))
    q_hot, q_cold = (gi_star.false_discovery(p).reshape(shape) for p in (p_hot, p_cold))
    is_known = effort.known(selected, cube.cells, cube.adm2, months)
    signs = emerging.signs(q_hot, q_cold, all_known(is_known, cube.near))
    z = gi_star.gi_star(bins.astype(float), emerging.slice_neighbours(cube.near, len(months))).reshape(shape)
    trend = mann_kendall.mann_kendall(z)
    trend_p = emerging.shown_p(trend.p, bins.reshape(shape), cube.near)
    return {
        "emerging": emerging.classes(signs, trend.z, trend_p),
        "history": np.array(["".join(each) for each in signs.tolist()]),
        "trend": np.where(np.isnan(trend_p), np.nan, trend.z),
        "trend_p": trend_p,
    }
