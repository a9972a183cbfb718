"""Where the next month's detections are most likely met, by cell and by district, beside how well that went before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import K, protect
from dashboard.figures import judged
from dashboard.figures.cells import neighbours
from dashboard.figures.chance import generator
from dashboard.figures.judged import KnownMonths
from dashboard.figures.known import History
from dashboard.stats.backtest import BUDGETS, LAST_MONTHS, Pooled, cells_of

DRAWN = 0.05  # share of the cells that the page's map names
OF_DISTRICTS = 0.10
MONTH_D = 365.25 / 12
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
JUDGED = dict.fromkeys(
    ("hit_rate", "hit_rate_low", "hit_rate_high", "pai", "pai_low", "pai_high", "pei", "pei_low", "pei_high",
     "difference", "difference_low", "difference_high", "p", "verdict"),
    ("n", "n_hits"),
)  # fmt: skip
SCORED = pa.schema(
    {
        "unit": pa.string(),
        "map": pa.string(),
        "budget": pa.float64(),
        "places": pa.int64(),
        "months": pa.int64(),
        "n": pa.int64(),
        "n_hits": pa.float64(),
        **{name: pa.float64() for name in JUDGED if name != "verdict"},
        "verdict": pa.string(),
    }
)


@dataclass(frozen=True)
class Forecast:
    """Tables: cells and districts of the next month's map (n: detections of the last 12 months), and the backtest.

    shown: the map of cells that is drawn, ours only where it was better.   untested: why none was judged, if so.
    """

    cells: pa.Table
    districts: pa.Table
    backtest: pa.Table
    shown: str
    shown_of_districts: str
    untested: str | None


def forecast(selected: Selected, history: History) -> Forecast:
    """Both maps for the month after the newest settled week, and their backtests on the months before it."""
    bound = {"resolution": selected.filters.resolution, "districts": list(selected.filters.choices.get("d", ()))}
    mask = protect(selected, history.selected.ask("cells_held", **bound))
    known_by = history.selected.filters.date_to
    last_day = history.settled_day or history.selected.filters.date_from
    rows = protect(
        selected, history.selected.ask("detections_known_by_month", last_day=last_day, known_by=known_by, **bound)
    )
    months = int(7 * history.weeks / MONTH_D)
    rows = rows.filter(pc.less(rows["months_ago"], months))
    placed = rows.filter(rows["cell_at"].is_valid())
    codes = pc.unique(pa.chunked_array([*mask["adm2"].chunks, *rows["adm2"].chunks])).sort()
    by_cell = _known(placed, pc.index_in(placed["cell_at"], mask["cell"].combine_chunks()), mask.num_rows)
    by_district = _known(rows, pc.index_in(rows["adm2"], codes), len(codes))
    near = neighbours(mask["cell"].to_numpy().astype(np.uint64).tobytes())
    chance = generator(selected, "backtest")
    scored, untested = [], None
    for budget in BUDGETS:
        found, reason = judged.judge(by_cell, months, near, budget, chance)
        scored += _scored("cell", budget, found, by_cell.n_cells)
        if budget == DRAWN:
            shown, untested = judged.chosen(found), reason
    of_districts, _ = judged.judge(by_district, months, None, OF_DISTRICTS, chance)
    scored += _scored("district", OF_DISTRICTS, of_districts, len(codes))
    shown_of_districts = judged.chosen(of_districts)
    return Forecast(
        cells=_places(mask, by_cell, near, shown, DRAWN),
        districts=_places(pa.table({"adm2": codes}), by_district, None, shown_of_districts, OF_DISTRICTS),
        backtest=pa.Table.from_pylist(scored, SCORED),
        shown=shown,
        shown_of_districts=shown_of_districts,
        untested=untested,
    )


def _known(rows: pa.Table, place: pa.ChunkedArray, n_places: int) -> KnownMonths:
    return KnownMonths(
        cell=place.to_numpy().astype(np.intp),
        months_ago=rows["months_ago"].to_numpy(),
        known_ago=rows["known_months_ago"].to_numpy(),
        n=rows["n"].to_numpy(),
        n_cells=n_places,
    )


def _scored(unit: str, budget: float, found: dict[str, Pooled], n_places: int) -> list[dict[str, object]]:
    return [
        {
            "unit": unit,
            "map": name,
            "budget": budget,
            "places": cells_of(budget, n_places),
            "months": each.origins,
            "n": each.n,
            "n_hits": None if name == "uniform" else each.hit_rate * each.n,  # a blind choice's follow from its share
            **{column: getattr(each, column) for column in JUDGED},
        }
        for name, each in found.items()
    ]


def _places(named: pa.Table, known: KnownMonths, near: NDArray[np.intp] | None, shown: str, budget: float) -> pa.Table:
    """The best places of the next month's map, those with n of 5 or more first and by n.

    The order of the others says nothing of their counts; a place without a detection in a year is never named.
    """
    past = known.before(-1)
    n = past[:, -LAST_MONTHS:].sum(axis=1)
    score = judged.maps(near)[shown](past)
    best = _best(score, n, cells_of(budget, len(n)) if len(n) else 0)
    best.sort(key=lambda i: (-int(n[i]) if n[i] >= K else 0, i))
    return named.take(pa.array(best, pa.int64())).append_column("n", pa.array(n[best], pa.int64()))


def _best(score: NDArray[np.float64], n: NDArray[np.int64], k: int) -> list[int]:
    order: Sequence[int] = np.lexsort((np.arange(len(score)), -score)).tolist()
    return [i for i in order[:k] if n[i] > 0]
