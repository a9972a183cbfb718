"""Flows from an origin district through a place on the border to a destination; crossings; known legs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import K, Row, protect
from dashboard.figures import ribbon
from dashboard.figures.baseline import Settled

LABELLED = {"TIP": "n_tip", "SOM": "n_som", "UNDETERMINED": "n_undetermined"}
COUNTS = ("n", *LABELLED.values())
# What is computed from which counts: withheld where one of them is (see `disclosure.disclose`).
FLOWN = {"label": ("n",)}
KNOWN = {"share": ("n_known", "n_unknown"), "n_known": ("n_unknown",), "n_unknown": ("n_known",)}

CORRIDOR = pa.schema(
    [(name, pa.string()) for name in ("origin_adm2", "crossing")]
    + [("stretch", pa.int64()), ("start_km", pa.float64()), ("end_km", pa.float64())]
    + [("destination_country", pa.string()), ("adm2", pa.string()), ("is_other", pa.bool_())]
    + [(name, pa.float64()) for name in ("origin_lon", "origin_lat", "lon", "lat")]
    + [("label", pa.string())]
    + [(name, pa.int64()) for name in COUNTS]
)


class Corridor(NamedTuple):
    """What a row of the corridors is about. sector: the border district of its place.

    is_other: several corridors of a sector, or of all where sector is None, that are too small to be told apart.
    """

    origin: str | None
    crossing: str | None
    stretch: int | None
    destination: str | None
    sector: str | None
    is_other: bool = False


def corridors(selected: Selected) -> pa.Table:
    """One row an origin district, place on the border and destination; every selected record is in one of them.

    The place is the crossing, else the 25 km of the border (stretch, start_km, end_km); what is not recorded is null.
    adm2: the border district of the place.   Corridors of 1 to 4 are together as is_other, one a border district, or
    one for all where these are too few; no row has 1 to 4, unless there are no more records.
    """
    border = ribbon.line(selected)
    along = border.stretches.to_pylist()
    found: dict[Corridor, Counter[str]] = defaultdict(Counter)
    points: dict[Corridor, Row] = {}
    for row in protect(selected, selected.ask("corridors")).to_pylist():
        stretch = None if row["border_segment"] is None else int(border.stretch_of[row["border_segment"]])
        here = row if stretch is None else row | {name: along[stretch][name] for name in ("adm2", "lon", "lat")}
        corridor = Corridor(row["origin_adm2"], row["crossing"], stretch, row["destination_country"], here["adm2"])
        found[corridor] += Counter({name: row[name] for name in COUNTS})
        points[corridor] = {name: here[name] for name in ("origin_lon", "origin_lat", "lon", "lat")}
    told = with_others(found)
    rows = [_row(each, told[each]) | points.get(each, {}) | _ends(each, along) for each in _in_order(told)]
    return pa.Table.from_pylist(rows, CORRIDOR)


def with_others(found: Mapping[Corridor, Counter[str]]) -> dict[Corridor, Counter[str]]:
    """The same records, those of corridors under K together as the others of their border district.

    Others of a district that are under K still are the others of all; under K themselves, the smallest row joins them.
    """
    told = _joined(found, lambda each: Corridor(None, None, None, None, each.sector, is_other=True))
    rest = Corridor(None, None, None, None, None, is_other=True)
    told = _joined(told, lambda _: rest)
    while rest in told and told[rest]["n"] < K and len(told) > 1:
        least = min((each for each in told if each != rest), key=lambda each: (told[each]["n"], not each.is_other))
        told[rest] = told[rest] + told.pop(least)
    return told


def _joined(
    found: Mapping[Corridor, Counter[str]], other: Callable[[Corridor], Corridor]
) -> dict[Corridor, Counter[str]]:
    """Rows under K under the name of their other."""
    told: dict[Corridor, Counter[str]] = defaultdict(Counter)
    for corridor, counts in found.items():
        told[corridor if counts["n"] >= K else other(corridor)] += counts
    return dict(told)


def _in_order(told: Mapping[Corridor, Counter[str]]) -> list[Corridor]:
    """Most detections first; what is together for its smallness last."""
    return sorted(told, key=lambda each: (each.is_other, -told[each]["n"], [str(part or "") for part in each]))


def _row(corridor: Corridor, counts: Counter[str]) -> Row:
    named = {
        "origin_adm2": corridor.origin,
        "crossing": corridor.crossing,
        "stretch": corridor.stretch,
        "destination_country": corridor.destination,
        "adm2": corridor.sector,
        "is_other": corridor.is_other,
    }
    return named | {"label": _label(counts)} | {name: counts[name] for name in COUNTS}


def _label(counts: Counter[str]) -> str:
    """The label of more than half."""
    return next((label for label, name in LABELLED.items() if 2 * counts[name] > counts["n"]), "mixed")


def _ends(corridor: Corridor, along: list[Row]) -> Row:
    """From where to where a stretch reaches, in km along the simplified border."""
    return {} if corridor.stretch is None else {name: along[corridor.stretch][name] for name in ("start_km", "end_km")}


def legs(selected: Selected) -> pa.Table:
    """One row a part of the journeys (origin, border, destination, legs): n_known, n_unknown, and the share known.

    A journey has two legs, to the place on the border and from it; one is known where both of its ends are.
    """
    (told,) = protect(selected, selected.ask("legs_known")).to_pylist()
    known = {
        "origin": (told["n_origin"], told["n"]),
        "border": (told["n_border"], told["n"]),
        "destination": (told["n_destination"], told["n"]),
        "legs": (told["n_arriving"] + told["n_leaving"], 2 * told["n"]),
    }
    rows = [
        {"part": part, "n_known": n, "n_unknown": of - n, "share": n / of if of else None}
        for part, (n, of) in known.items()
    ]
    counts = [(name, pa.int64()) for name in ("n_known", "n_unknown")]
    return pa.Table.from_pylist(rows, pa.schema([("part", pa.string()), *counts, ("share", pa.float64())]))


def crossings(settled: Settled) -> pa.Table:
    """One row a crossing named now or before: n, n_before and the change, all of the settled part of the period."""
    return settled.by("detections_by_crossing", "crossing")
