"""What a reader who is not entitled to exact counts may be told, from the lattice of the version alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.filters import Filters
from dashboard.lattice import MONTHS, Lattice, lattice, months_of, policy
from dashboard.lattice import cells as grid
from dashboard.stats import gi_star, rounding

Counts = NDArray[np.int64]
QUARTERS, LEFT = 12, ("type", "agency")  # of a series; facets that the lattice does not carry
MIN_SUM = 10  # published in both periods together, below which only counts are shown


@dataclass(frozen=True)
class Protected:
    """A question as the lattice can answer it: whole quarters, some labels, some places.

    now, before: indices of quarters, last excluded; before reaches outside the lattice where the data do not reach.
    labels, places, cells: (n,) which of the lattice's.   is_whole: no label and no place is left out.
    """

    lattice: Lattice
    filters: Filters
    now: range
    before: range
    labels: NDArray[np.bool_]
    places: NDArray[np.bool_]
    cells: NDArray[np.bool_]
    left_out: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all labels and places are asked for, so that months can answer."""
        return bool(self.labels.all() and self.places.all())


def protected(selected: Selected) -> Protected | None:
    """The question as it can be answered; None where the version has nothing that could be published."""
    told = lattice(selected.store, selected.reader)
    if told is None:
        return None
    filters = selected.filters
    now = _quarters(told, filters)
    end = told.quarters[0] if not len(now) else _day(told, now.stop) - timedelta(days=1)
    dated = replace(filters, date_from=_day(told, now.start), date_to=end, resolution=None)
    before = _before(told, dated, now)
    chosen = {facet: frozenset(codes) for facet, codes in filters.choices.items()}
    left_out = tuple(facet for facet in LEFT if not filters.is_default(facet))
    left_out += ("prec",) if filters.precision < 7 else ()
    left_out += ("effort",) if filters.only_with_effort else ()
    carried = {facet: codes for facet, codes in filters.choices.items() if facet not in LEFT}
    answered = replace(dated, choices=carried, precision=7, only_with_effort=False)
    labels = _mask(policy().labels, lambda label: label in chosen.get("label", {label}))
    places = _mask(
        policy().places,
        lambda place: (
            policy().places[place] in chosen.get("d", {policy().places[place]})
            and place in chosen.get("x", {place})
            and _is_in_view(selected, policy().places[place])
        ),
    )
    return Protected(told, answered, now, before, labels, places, _cells_in_view(selected, chosen.get("d")), left_out)


def _cells_in_view(selected: Selected, chosen: frozenset[str] | None) -> NDArray[np.bool_]:
    """Which cells touch a chosen district, and hold nothing of a district that this reader may not see."""
    crossed: dict[int, set[str]] = {}
    for crossing, cell in grid().crossings.items():
        crossed.setdefault(cell, set()).add(policy().places[crossing])
    return np.array(
        [
            (chosen is None or not chosen.isdisjoint(codes))
            and all(_is_in_view(selected, adm2) for adm2 in crossed.get(cell, set()).union(codes))
            for cell, codes in grid().districts.items()
        ],
        dtype=bool,
    )


def _mask(codes: Iterable[str], is_in: Callable[[str], bool]) -> NDArray[np.bool_]:
    return np.array([is_in(code) for code in codes], dtype=bool)


def _is_in_view(selected: Selected, adm2: str) -> bool:
    districts = selected.principal.districts
    return districts is None or adm2 in districts


def _day(told: Lattice, index: int) -> date:
    """The first day of a quarter by its index, beyond both ends too."""
    at = told.quarters[0].year * 4 + (told.quarters[0].month - 1) // 3 + index
    return date(at // 4, at % 4 * 3 + 1, 1)


def _quarters(told: Lattice, filters: Filters) -> range:
    """The whole quarters that the period touches; without a period the last one that is complete."""
    if filters.date_from is None and filters.date_to is None:
        last = max(len(told.quarters) - 2, 0)
        return range(last, last + 1)
    first = told.at(filters.date_from) if filters.date_from else 0
    last = told.at(filters.date_to) if filters.date_to else len(told.quarters) - 1
    return range(max(0, min(first, len(told.quarters) - 1)), max(0, min(last, len(told.quarters) - 1)) + 1)


def _before(told: Lattice, dated: Filters, now: range) -> range:
    """As many quarters that are compared with: those before, the same a year earlier, or from the other period's on."""
    if dated.against == "before":
        start = now.start - len(now)
    elif dated.against == "year_before":
        start = now.start - 4
    else:
        other = dated.compared().date_from
        start = told.at(other) if other else now.start - len(now)
    return range(start, start + len(now))


def totals(asked: Protected) -> pa.Table:
    """One row: n with least and most, the same before, and the change."""
    return _changes(asked, {}, [lambda part: _all(asked, part)])


def labels(asked: Protected) -> pa.Table:
    """One row a crime label in view, with its change."""
    picked = [i for i, is_in in enumerate(asked.labels) if is_in]
    told = [policy().labels[i] for i in picked]
    return _changes(asked, {"crime_label": told}, [_sum_of(asked, label=i) for i in picked])


def districts(asked: Protected) -> pa.Table:
    """One row a district in view, with its change; most first. Those published as 0 in both periods are not listed."""
    codes = sorted({adm2 for adm2, is_in in zip(policy().places.values(), asked.places, strict=True) if is_in and adm2})
    of = np.array(list(policy().places.values()))
    return _listed(_changes(asked, {"adm2": codes}, [_sum_of(asked, places=of == code) for code in codes]))


def crossings(asked: Protected) -> pa.Table:
    """One row a crossing in view, of the detections in its own district; as districts."""
    names = [place for place, adm2 in policy().places.items() if place not in (adm2, "elsewhere")]
    of = np.array(list(policy().places))
    kept = [name for name in names if asked.places[list(policy().places).index(name)]]
    return _listed(_changes(asked, {"crossing": kept}, [_sum_of(asked, places=of == name) for name in kept]))


def cells(asked: Protected) -> pa.Table:
    """One row a cell in view, of all labels, most first: what lies in it, and at the crossings counted with it.

    Of the quarters of the period whose cells are told. adm2: the district with most land in it.   joined: the cells
    that are counted with it, as H3 writes them.
    """
    kept: list[int] = [cell for cell, is_in in zip(grid().districts, asked.cells, strict=True) if is_in]
    told = _told(asked, [_in_cell(asked, cell) for cell in kept])
    order = sorted(np.flatnonzero(told.n).tolist(), key=lambda i: (-told.n[i], kept[i]))
    counts = {"n": told.n, "least": told.least, "most": told.most}
    return pa.table(
        {
            "cell": pa.array([kept[i] for i in order], pa.uint64()),
            "adm2": pa.array([grid().districts[kept[i]][0] for i in order], pa.string()),
            "joined": pa.array([_joined(kept[i]) for i in order], pa.string()),
            **{name: pa.array(values[order], pa.int64()) for name, values in counts.items()},
        }
    )


def _in_cell(asked: Protected, cell: int) -> Counts:
    """The published counts that add up to a cell."""
    span = [i for i in asked.now if asked.lattice.is_placed[i]]
    at = [grid().crossings.get(place) == cell for place in policy().places]
    in_it = asked.lattice.cells[span, list(grid().districts).index(cell)]
    return np.concatenate([in_it, asked.lattice.leaves[span][:, :, at].ravel()])


def _joined(cell: int) -> str | None:
    return " ".join(format(other, "x") for other, own in grid().joined.items() if own == cell) or None


def not_placed(asked: Protected) -> list[date]:
    """The first days of the quarters of the period whose cells are not told."""
    return [asked.lattice.quarters[i] for i in asked.now if not asked.lattice.is_placed[i]]


def quarters(asked: Protected) -> pa.Table:
    """One row a quarter, the last 12 up to the end of the period: the choice in it."""
    shown = range(max(0, asked.now.stop - QUARTERS), asked.now.stop)
    told = [_all(asked, range(i, i + 1)) for i in shown]
    return _series("quarter", [asked.lattice.quarters[i] for i in shown], told, asked)


def months(asked: Protected) -> pa.Table:
    """One row a month of those quarters, of the whole country; none where a part is asked for or they are not shown."""
    shown = [i for i in range(max(0, asked.now.stop - QUARTERS), asked.now.stop) if asked.lattice.is_shown[i]]
    if not asked.is_whole:
        shown = []
    told = [asked.lattice.months[i, month : month + 1] for i in shown for month in range(MONTHS)]
    return _series("month", [day for i in shown for day in months_of(asked.lattice.quarters[i])], told, asked)


def _series(name: str, days: list[date], told: list[Counts], asked: Protected) -> pa.Table:
    sums = [rounding.summed(each[None, :], asked.lattice.base, asked.lattice.finer) for each in told]
    columns = {column: [int(getattr(each, column)[0]) for each in sums] for column in ("n", "least", "most")}
    return pa.table(
        {name: pa.array(days, pa.date32()), **{name: pa.array(v, pa.int64()) for name, v in columns.items()}}
    )


Part = Callable[[range], Counts]


def _all(asked: Protected, part: range) -> Counts:
    """The published counts that add up to the choice in some quarters: months where they answer it, else leaves."""
    inside = range(max(part.start, 0), min(part.stop, len(asked.lattice.quarters)))
    span = slice(inside.start, max(inside.stop, inside.start))
    if asked.is_whole and len(inside) and asked.lattice.is_shown[span].all():
        return asked.lattice.months[span].ravel()
    return asked.lattice.leaves[span][:, asked.labels][:, :, asked.places].ravel()


def _sum_of(asked: Protected, label: int | None = None, places: NDArray[np.bool_] | None = None) -> Part:
    """The published counts of one label, or of some places, within the choice."""
    labels = asked.labels if label is None else np.arange(len(asked.labels)) == label
    where = asked.places if places is None else asked.places & places

    def of(part: range) -> Counts:
        span = slice(max(part.start, 0), max(min(part.stop, len(asked.lattice.quarters)), 0))
        return asked.lattice.leaves[span][:, labels][:, :, where].ravel()

    return of


def _changes(asked: Protected, keys: dict[str, list[str]], parts: list[Part]) -> pa.Table:
    """A row a part: its sums now and before, and their ratio with limits, p, q over the rows, and verdict."""
    now, before = (_told(asked, [part(span) for part in parts]) for span in (asked.now, asked.before))
    comparable = is_comparable(asked)
    ratio, low, high, p = rounding.changed(now, before)
    enough = (now.n + before.n >= MIN_SUM) & comparable
    ratio, low, high, p = (np.where(enough, each, np.nan) for each in (ratio, low, high, p))
    q = gi_star.false_discovery(p)
    said = [_verdict(*each) for each in zip(now.n + before.n, ratio, q, strict=True)]
    counts = {"n": now.n, "least": now.least, "most": now.most}
    counts |= {f"{name}_before": getattr(before, name) for name in ("n", "least", "most")}
    floats = {"ratio": ratio, "low": low, "high": high, "p": p, "q": q}
    return pa.table(
        {
            **{name: pa.array(codes, pa.string()) for name, codes in keys.items()},
            **{name: pa.array(values, pa.int64()) for name, values in counts.items()},
            **{name: pa.array(values, pa.float64(), from_pandas=True) for name, values in floats.items()},
            "verdict": pa.array(said if comparable else ["not_comparable"] * len(said), pa.string()),
        }
    )


def _told(asked: Protected, parts: list[Counts]) -> rounding.Told:
    each = [rounding.summed(part[None, :], asked.lattice.base, asked.lattice.finer) for part in parts]
    return rounding.Told(
        *(np.array([getattr(one, name)[0] for one in each]) for name in ("n", "least", "most", "variance"))
    )


def _verdict(total: int, ratio: float, q: float) -> str:
    if total < MIN_SUM or np.isnan(ratio):
        return "too_few"
    if not q <= gi_star.LEVEL:
        return "no_evidence"
    return "rise" if ratio > 1 else "fall"


def is_comparable(asked: Protected) -> bool:
    """Whether both periods lie in the lattice, apart, and before the quarter that is still filling up."""
    last = len(asked.lattice.quarters) - 1
    inside = asked.before.start >= 0 and max(asked.now.stop, asked.before.stop) <= last
    return inside and (asked.before.stop <= asked.now.start or asked.now.stop <= asked.before.start)


def _listed(table: pa.Table) -> pa.Table:
    """Rows published as more than 0 in either period, most first."""
    n, before = table["n"].to_numpy(), table["n_before"].to_numpy()
    order = np.lexsort([-before, -n])
    return table.take(order[(n + before)[order] > 0])
