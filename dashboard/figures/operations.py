"""Operations in view: when each began, its four areas (target, control, zone next door, its control), what was met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.database import Selected
from dashboard.disclosure import Row, protect
from dashboard.figures import delay
from dashboard.figures.baseline import settled_part
from dashboard.figures.period import observed, span
from dashboard.stats import displacement

WEEK = timedelta(days=7)
LED_UP = 4  # weeks before an operation that may have set it off: in neither period
MIN_WEEKS = 4  # whole ones since it began
BLOCK, BLOCKS = 4, 13  # the year before it in blocks of four weeks, by which controls are chosen
ZONE_KM = (2.0, 50.0)

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Area:
    """Crossings, districts, 5 km pieces of the border: what lies in one of them is in it. sector: its name."""

    crossings: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    pieces: frozenset[int] = frozenset()
    sector: str | None = None

    @property
    def codes(self) -> str:
        """The crossings and districts that name it, with ; between."""
        return self.sector or ";".join(sorted(self.crossings) + sorted(self.districts))

    def holds(self, row: Row) -> bool:
        """Whether a row with crossing, adm2 and border_segment lies in it."""
        return bool(
            row["crossing"] in self.crossings or row["adm2"] in self.districts or row["border_segment"] in self.pieces
        )


@dataclass(frozen=True)
class Met:
    """Detections round an operation, an entry a place, origin and week: the place's number, the week's, n.

    week 0 is the first since it began.   places: crossing, adm2, border_segment of each number.
    """

    place: NDArray[np.intp]
    week: NDArray[np.int64]
    n: Counts
    origin: NDArray[np.object_]
    places: tuple[Row, ...]


@dataclass(frozen=True)
class Operation:
    """What was told of one, when it is looked at, and where.

    began: the Monday on or after its first day; `weeks` whole weeks from there are compared with as many that end
    LED_UP weeks before the week that it began in.   areas: as `stats.displacement` orders them.   candidates: border
    districts that may be a control, the likest first.   hours: crossing, adm2, border_segment, week, patrol_hours.
    refused: too_soon, not_covered or no_control; then there is nothing to measure.
    """

    told: Row
    began: date
    weeks: int
    areas: tuple[Area, Area, Area, Area]
    candidates: tuple[str, ...]
    met: Met | None
    hours: tuple[Row, ...]
    refused: str | None

    @property
    def before(self) -> int:
        """The number of the first week of the period before."""
        return -LED_UP - 1 - self.weeks

    def side(self, week: NDArray[np.int64]) -> NDArray[np.int64]:
        """0 for a week of the period before, 1 for one after, -1 for any other."""
        was = (week >= self.before) & (week < self.before + self.weeks)
        return np.where(was, 0, np.where((week >= 0) & (week < self.weeks), 1, -1))

    def area_of(self, row: Row) -> int:
        """The number of the first area that a row lies in; -1 for none."""
        return next((at for at, area in enumerate(self.areas) if area.holds(row)), -1)

    def area_at(self, met: Met) -> NDArray[np.int64]:
        """The area of each entry of detections, -1 for none."""
        return np.array([self.area_of(place) for place in met.places], dtype=np.int64)[met.place]


@dataclass(frozen=True)
class _Border:
    """The line that areas are cut from: its pieces, and the crossings' places on it."""

    pieces: tuple[Row, ...]
    crossings: Mapping[str, Row]

    def area(self, rows: Sequence[Row], role: str) -> Area:
        """The area that rows of an operation tell: a crossing with its own piece, or a whole district."""
        mine = [row for row in rows if row["area"] == role]
        crossings = frozenset(row["crossing"] for row in mine if row["crossing"])
        own = frozenset(self.crossings[each]["border_segment"] for each in crossings if each in self.crossings)
        return Area(crossings, frozenset(row["adm2"] for row in mine if not row["crossing"]), own)

    def zone(self, target: Area) -> Area:
        """The pieces from 2 to 50 km along the border on either side of a target."""
        marks = [self.crossings[each]["chainage_km"] for each in target.crossings if each in self.crossings]
        marks += [each["chainage_km"] for each in self.pieces if each["adm2"] in target.districts]
        near, far = ZONE_KM
        apart = {
            each["border_segment"]: min((abs(each["chainage_km"] - mark) for mark in marks), default=far + 1)
            for each in self.pieces
        }
        return Area(pieces=frozenset(at for at, km in apart.items() if near < km <= far) - self.taken(target))

    def taken(self, area: Area) -> frozenset[int]:
        """All pieces that an area takes up."""
        return area.pieces | {each["border_segment"] for each in self.pieces if each["adm2"] in area.districts}

    def sectors(self, taken: frozenset[int]) -> dict[str, Area]:
        """Border districts of which no piece is taken, each as the area of its pieces."""
        own: dict[str, set[int]] = {}
        for each in self.pieces:
            own.setdefault(each["adm2"], set()).add(each["border_segment"])
        return {adm2: Area(pieces=frozenset(at), sector=adm2) for adm2, at in own.items() if not at & taken}


def tabled(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    """Rows as a table: what a row does not have, and what is NaN, is null."""
    columns = {name: [row.get(name) for row in rows] for name in schema.names}
    return pa.table({name: pa.array(columns[name], schema.field(name).type, from_pandas=True) for name in schema.names})


def begun(selected: Selected) -> list[Operation]:
    """The operations with a target among the places chosen that began in the period in view, the latest first.

    The district and crossing chosen choose operations. What one is compared with lies elsewhere: it is counted in every
    place of the principal's scope, under all other filters.
    """
    start, end = span(selected)
    named = {
        row["operation"]
        for row in selected.ask("operations").to_pylist()
        if row["area"] == "target" and start <= row["date_start"] <= end
    }
    if not named:
        return []
    everywhere = replace(selected, filters=selected.filters.choose("d", ()).choose("x", ()))
    groups: dict[str, list[Row]] = {}
    for row in everywhere.ask("operations").to_pylist():
        groups.setdefault(row["operation"], []).append(row)
    border = _Border(
        tuple(everywhere.ask("border_segments").to_pylist()),
        {row["crossing"]: row for row in everywhere.ask("border_crossings").to_pylist()},
    )
    targets = {name: border.taken(border.area(rows, "target")) for name, rows in groups.items()}
    return [
        _operation(everywhere, rows, border, frozenset().union(*(at for key, at in targets.items() if key != name)))
        for name, rows in groups.items()
        if name in named
    ]


def _operation(selected: Selected, rows: Sequence[Row], border: _Border, treated: frozenset[int]) -> Operation:
    told = next(row for row in rows if row["area"] == "target")
    began = told["date_start"] + timedelta(days=-told["date_start"].weekday() % 7)
    target, zone, control = (border.area(rows, role) for role in ("target", "buffer", "control"))
    zone = border.zone(target) if zone == Area() else zone
    weeks, refused = _weeks(selected, began)
    if refused:
        return Operation(told, began, 0, (target, control, zone, Area()), (), None, (), refused)
    looked_at = _dated(selected, began, weeks)
    met = _met(looked_at, began)
    free = border.sectors(treated.union(*map(border.taken, (target, zone, control))))
    likest = _likest(target, free, met)
    if control == Area() and likest:
        control = free[likest[0]]
    beside = next((adm2 for adm2 in _likest(zone, free, met) if adm2 != control.sector), None)
    areas = (target, control, zone, free[beside] if beside else Area())
    no_control = "no_control" if control == Area() else None
    return Operation(told, began, weeks, areas, tuple(likest), met, _hours(looked_at, border), no_control)


def _weeks(selected: Selected, began: date) -> tuple[int, str | None]:
    """How many whole, settled weeks since it began, no more than the data reach over before it; why too few, if so."""
    first_day, last_day = observed(selected.store, selected.principal)
    if first_day is None or last_day is None:
        return 0, "not_covered"
    part = settled_part(selected, delay.reporting(selected))  # an after-period that fills up would read as a fall
    since = (span(part)[1] - began + timedelta(days=1)) // WEEK if part else 0
    known = (began - first_day) // WEEK - LED_UP - 1
    if since < MIN_WEEKS:
        return 0, "too_soon"
    return (min(since, known), None) if known >= MIN_WEEKS else (0, "not_covered")


def _dated(selected: Selected, began: date, weeks: int) -> Selected:
    """The selection from a year before an operation, or from the period before it, to the end of the period after."""
    back = max(BLOCK * BLOCKS, weeks + LED_UP + 1)
    until = began + weeks * WEEK - timedelta(days=1)
    return replace(selected, filters=replace(selected.filters, date_from=began - back * WEEK, date_to=until))


def _met(selected: Selected, began: date) -> Met:
    rows = protect(selected, selected.ask("detections_by_place_and_week"))
    place = rows["place"].to_numpy()
    first = np.unique(place, return_index=True)[1]
    days = (rows["week"].to_numpy().astype("datetime64[D]") - np.datetime64(began)).astype(np.int64)
    places = rows.select(["crossing", "adm2", "border_segment"]).take(pa.array(first)).to_pylist()
    origin = np.array(rows["origin_adm2"].to_pylist(), dtype=object)
    return Met(place.astype(np.intp), days // 7, rows["n"].to_numpy(), origin, tuple(places))


def _hours(selected: Selected, border: _Border) -> tuple[Row, ...]:
    """Patrol hours by place and week, each place with its piece of the border."""
    at: Mapping[Any, Row] = border.crossings
    rows = selected.ask("patrol_hours_by_week").to_pylist()
    return tuple(row | {"border_segment": at.get(row["crossing"], {}).get("border_segment")} for row in rows)


def _likest(area: Area, sectors: Mapping[str, Area], met: Met) -> list[str]:
    """The sectors by how like their year before the operation was to an area's; none where there are too few."""
    block = (met.week + BLOCK * BLOCKS) // BLOCK
    in_year = (met.week < 0) & (block >= 0)

    def series(each: Area) -> Counts:
        mine = np.array([each.holds(place) for place in met.places], dtype=bool)[met.place] & in_year
        return np.bincount(block[mine], met.n[mine], minlength=BLOCKS).astype(np.int64)

    if not sectors:
        return []
    distances = displacement.control_distances(series(area), np.array([series(each) for each in sectors.values()]))
    return [] if np.isnan(distances).any() else [list(sectors)[at] for at in np.argsort(distances, kind="stable")]
