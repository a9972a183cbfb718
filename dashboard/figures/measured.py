"""What a statement of strengths and weaknesses is made of: of n, how many; each as the page that it is from tells it.

Parts that a page withholds come as counts that `disclose` withholds too, so that no two pages give one back together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect
from dashboard.figures import baseline, care, corridors, handovers, kinds, law, pillars, reference, trails
from dashboard.figures.parts import WITHHELD
from dashboard.figures.period import is_comparable, regular_from, span
from dashboard.figures.published import STANDS_FOR
from dashboard.figures.trails import ANY

BUSIEST = 3  # crossings at which effort could be aimed
UNCLEAR = ("before_effect", "after_repeal")  # a law that was not in force on the day of the record that cites it


@dataclass(frozen=True)
class Measured:
    """Of n, n_part; n_places: at how many places, where asked. Not comparable: the data do not cover both periods."""

    n: int
    n_part: int
    n_places: int | None = None
    is_comparable: bool = True


class Asked:
    """What several measures are made of, asked once."""

    def __init__(self, selected: Selected) -> None:
        self.selected = selected

    def one(self, name: str, **bound: object) -> Row:
        """The one row of a statement."""
        row: Row = protect(self.selected, self.selected.ask(name, **bound)).to_pylist()[0]
        return row

    @cached_property
    def totals(self) -> Row:
        """What the foot of every page tells."""
        row: Row = kinds.totals(self.selected).to_pylist()[0]
        return row

    @cached_property
    def kinds(self) -> list[Row]:
        """What the totals are added up from."""
        rows: list[Row] = protect(self.selected, self.selected.ask("kinds")).to_pylist()
        return rows

    @cached_property
    def crossings(self) -> list[Row]:
        """Crossings with their change, of which both counts are told, most detections first."""
        rows = _told_now(corridors.crossings(baseline.settled(self.selected)).to_pylist())
        return sorted(rows, key=lambda row: -row["n"])

    @cached_property
    def grid(self) -> Mapping[str, Row]:
        """Trail to what was looked for at any stage."""
        rows = trails.grid(self.selected).to_pylist()
        return {row["trail_type"]: row for row in rows if row["stage"] == ANY}

    @cached_property
    def accused(self) -> Row:
        """Records first taken up under a law on passports, foreigners or entry."""
        row: Row = pillars.accused(self.selected)[1].to_pylist()[0]
        return row

    @cached_property
    def cited(self) -> list[Row]:
        """Laws that records cite and how they stood."""
        rows: list[Row] = law.cited(self.selected).to_pylist()
        return rows

    @cached_property
    def handed(self) -> Row:
        """All hand-overs together."""
        calendar, _ = reference.working_days()
        now = self.selected.store.published_at.date()
        terms = handovers.Terms(self.selected.ask("statutory_clocks").to_pylist(), calendar, now)
        pairs = handovers.pairs(handovers.asked(self.selected, terms)).to_pylist()
        return next(iter(pairs), {"n": 0, "n_overdue": 0})


def _told_now(rows: list[Row]) -> list[Row]:
    """Rows of which the count now is told."""
    return [row for row in rows if row["n"] >= K]


def _of_all(name: str, asked: Asked) -> Measured:
    return Measured(asked.totals["n"], asked.totals[name])


def _hotline(asked: Asked) -> Measured:
    """Detections that came as a report to a hotline."""
    told = sum(kind["n"] for kind in asked.kinds if kind["event_type"] == "hotline_report")
    return Measured(asked.totals["n"], told)


def _origin_known(asked: Asked) -> Measured:
    """Detections of which the district is known where the journey began."""
    return Measured(asked.totals["n"], sum(kind["n_with_origin"] for kind in asked.kinds))


def _statement(name: str, asked: Asked, **bound: object) -> Measured:
    return Measured(**asked.one(name, **bound))


def _looked_for(trail: str, asked: Asked) -> Measured:
    row = asked.grid.get(trail)
    if row is None:  # no record, so no grid
        return Measured(0, 0)
    if STANDS_FOR in (row["n_looked_for"], row["n_not_looked_for"]):
        return Measured(asked.totals["n"], WITHHELD)
    return Measured(row["n_looked_for"] + row["n_not_looked_for"], row["n_looked_for"])


def _blind(trail: str, asked: Asked) -> Measured:
    """Interceptions at corridors of which the page Trails says that nobody looked for this trail, and how many."""
    rows = [row for row in trails.blind(asked.selected).to_pylist() if row["trail_type"] == trail]
    told = [row["n_interceptions"] for row in rows if row["n_interceptions"] >= K]
    return Measured(asked.totals["n_interceptions"], sum(told), len(told))


def _no_care(asked: Asked) -> Measured:
    stops, _ = care.stops(asked.selected)
    return Measured(asked.totals["n"], next(row["n"] for row in stops.to_pylist() if row["step"] is None))


def _overdue(asked: Asked) -> Measured:
    return Measured(asked.handed["n"], asked.handed["n_overdue"])


def _accused(name: str, asked: Asked) -> Measured:
    return Measured(asked.accused["n"], asked.accused[name])


def _no_law(asked: Asked) -> Measured:
    told = [row["n"] for row in asked.cited if row["standing"] == "not_told"]
    is_merged = any(row["standing"] == law.MERGED for row in asked.cited)
    return Measured(asked.totals["n"], told[0] if told else WITHHELD if is_merged else 0)


def _wrong_law(asked: Asked) -> Measured:
    cited = [row for row in asked.cited if row["standing"] not in ("not_told", law.MERGED)]
    return Measured(sum(row["n"] for row in cited), sum(row["n"] for row in cited if row["standing"] in UNCLEAR))


def _twice(asked: Asked) -> Measured:
    """Possible repeats of those kinds of event of which they, and what is left, may be told."""
    rows = protect(asked.selected, asked.selected.ask("double_counts")).to_pylist()
    told = [row["n_repeats"] for row in rows if row["n_repeats"] >= K and row["least"] >= K]
    return Measured(asked.totals["n"], sum(told))


def _children(asked: Asked) -> Measured:
    _, by_age = care.screened(asked.selected)
    n = {row["age"]: row["n"] for row in by_age.to_pylist()}
    return Measured(n["child"] + n["adult"], n["child"])


def _concentrated(asked: Asked) -> Measured:
    busiest = asked.crossings[:BUSIEST]
    return Measured(asked.totals["n_with_crossing"], sum(row["n"] for row in busiest), len(busiest))


def _rising(asked: Asked) -> Measured:
    """Detections at crossings with evidence of a rise against the period compared."""
    told = [row for row in asked.crossings if row["verdict"] == "rise" and not 0 < row["n_before"] < K]
    n = sum(row["n"] for row in told)
    return Measured(asked.totals["n_with_crossing"], n, len(told), _is_covered(asked.selected))


def _is_covered(selected: Selected) -> bool:
    """Whether both periods lie in regular reporting: before it began, everything would be new."""
    starts = [start for start, _ in (span(selected), span(selected.compared()))]
    return is_comparable(selected) and min(starts) >= regular_from(selected.store, selected.principal)


def _new_crossings(asked: Asked) -> Measured:
    """Of origins that pass a crossing which they did not pass in the period compared."""
    selected, past = asked.selected, asked.selected.compared()
    (start, until), (start_before, until_before) = span(selected), span(past)
    reach = replace(selected.filters, date_from=min(start, start_before), date_to=max(until, until_before))
    wide = Asked(replace(selected, filters=reach))
    days = {"start": start, "until": until, "start_before": start_before, "until_before": until_before, "least": K}
    return Measured(**wide.one("new_crossings", **days), is_comparable=_is_covered(selected))


@dataclass(frozen=True)
class Measure:
    """statement: the name of the query; page and view: where the same number is shown; measured: how it is made."""

    statement: str
    page: str
    view: str | None
    measured: Callable[[Asked], Measured]


MEASURES: Mapping[str, Measure] = {
    "district_only": Measure("kinds", "quality", None, partial(_of_all, "n_district_only")),
    "undetermined": Measure("kinds", "response", "labels", partial(_of_all, "n_undetermined")),
    "finance_looked_for": Measure("trails", "trails", "finance~any", partial(_looked_for, "finance")),
    "communications_looked_for": Measure(
        "trails", "trails", "communications~any", partial(_looked_for, "communications")
    ),
    "finance_blind": Measure("trails", "trails", "finance~any", partial(_blind, "finance")),
    "reported_late": Measure("reported_late", "quality", None, partial(_statement, "reported_late")),
    "effort_known": Measure("detections_with_effort", "hotspots", None, partial(_statement, "detections_with_effort")),
    "handovers_overdue": Measure("handovers", "response", "handover", _overdue),
    "no_care": Measure("care_stops", "response", "return", _no_care),
    "accused_victims": Measure("accused", "response", "accused", partial(_accused, "n_victims")),
    "accused_waiting": Measure("accused", "response", "accused", partial(_accused, "n_waiting")),
    "no_law": Measure("detections_by_legal_basis", "law", None, _no_law),
    "wrong_law": Measure("detections_by_legal_basis", "law", None, _wrong_law),
    "counted_twice": Measure("double_counts", "quality", None, _twice),
    "three_crossings": Measure("detections_by_crossing", "corridors", None, _concentrated),
    "shared_crossings": Measure(
        "shared_crossings", "corridors", None, partial(_statement, "shared_crossings", least=K)
    ),
    "hotline": Measure("kinds", "overview", None, _hotline),
    "origin_known": Measure("kinds", "corridors", None, _origin_known),
    "new_crossings": Measure("new_crossings", "corridors", None, _new_crossings),
    "rising_crossings": Measure("detections_by_crossing", "corridors", None, _rising),
    "children": Measure("screening_by_person", "response", "return", _children),
}
