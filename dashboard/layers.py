"""An Answer's tables as layers of a map: flat, offline, nothing on it that is not also in a table."""

import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import h3
import pydeck
from pydeck.types import String

from dashboard.charts import shown
from dashboard.disclosure import HIDDEN, Answer, K, Row
from dashboard.filters import Label
from dashboard.i18n import N_, Text
from dashboard.theme import Theme, rgba

STATIC = "/app/static/map"
HOT_STEPS = (0.001, 0.01, 0.05)
COUNT_BREAKS = (K, 2 * K, 4 * K, 8 * K)  # fixed under every filter and period
OUTLINE_PX = {0: 1.6, 1: 0.8, 2: 0.4}  # the hottest step has the heaviest line
COUNTRY = (88.0, 20.55, 92.7, 26.65)  # west, south, east, north, as `static/map/country.geojson` has it
AROUND_DEG = 4.0  # about cells abroad, so that a coast shows where they are
PIECES = 16  # of a drawn corridor: it widens from its origin to its crossing, so no arrowhead is needed
WIDEST_PX = 14  # of a corridor, however many detections it has
WIDEST_RING_PX = 24  # of what is known to its district only: a larger one would lie round other districts
STUB_DEG = 0.3  # beyond the border: outward, and no farther, since no place abroad is known
MIDDLE = (90.3, 23.8)
DISTRICT_PX, NAMED_CROSSINGS = 320, 2  # of the map of one district: its height, and how many crossings bear a name
NEAR_ZOOM, CROSSINGS_ZOOM = 7.4, 8.6  # from which the map has room for every district's name, for every crossing's
CELL = re.compile(r"8[0-9a-f]{14}")
CHOSEN_PX, CASING_PX = 2.6, 6.0  # the line round what is chosen, and the light one under it
GROUPS = {  # what can be switched off, by the ids of its layers
    N_("Cells"): ("counts", "hot", "peaks", "history", "p-hot", "forecast", "cells", "frames", "naive"),
    N_("Effort unknown"): ("unknown",),
    N_("District only"): ("rings",),
    N_("Corridors"): ("corridors",),
    N_("Crossings"): ("crossings",),
    N_("Names"): ("halo", "names", "halo-near", "names-near", "halo-crossings", "names-crossings"),
}
PIXELS = String("pixels")
HOT_WORDS = (N_("hot, q ≤ 0.001"), N_("hot, q ≤ 0.01"), N_("hot, q ≤ 0.05"))

Layer = dict[str, Any]
Drawn = Callable[[Answer, Text, Theme], Sequence[Layer]]


@dataclass(frozen=True)
class Map:
    """layers: deck.gl's, as JSON, bottom first.   fit: what to hold, as west, south, east, north or district codes."""

    layers: Sequence[Layer]
    fit: Sequence[float] | Sequence[str]

    def groups(self) -> list[tuple[str, list[str]]]:
        """What can be switched off: its name, and the ids of those of its layers that show anything."""
        shown = {each["id"] for each in self.layers if each["data"]}
        return [(name, [each for each in ids if each in shown]) for name, ids in GROUPS.items() if shown & {*ids}]


def layer(kind: str, name: str, data: object, **attributes: object) -> Layer:
    """A deck.gl layer as the JSON object that `static/deck/map.js` reads.

    data: rows, or the address of a file. Put in last: pydeck's serialiser takes six times as long on many rows.
    attributes: in pydeck's words: a text names a field of a row, a `String` is that text itself.
    """
    told: Layer = json.loads(pydeck.Layer(kind, id=name, **attributes).to_json())
    return told | {"data": data}


def country(drawn: Drawn, answer: Answer, text: Text, theme: Theme, place: str | None = None) -> Map:
    """The country, or the districts in view, with what a page draws on it and a line round what is chosen."""
    shown = _with_border(drawn(answer, text, theme), theme)
    return Map([*_ground(theme), *shown, *chosen(answer, place, theme), *_names(text, theme)], fit(answer))


def _with_border(shown: Sequence[Layer], theme: Theme) -> list[Layer]:
    """The national line once more, over the cells that lie on it and under all else.

    Cells are drawn whole: those on the border, where most is detected, would be slivers if they were cut at it.
    """
    over = 1 + max((i for i, each in enumerate(shown) if each["@@type"] == "H3HexagonLayer"), default=-1)
    line = _shape("border", "country", filled=False, **_line(rgba(theme.national_line), 1.1))
    return [*shown[:over], line, *shown[over:]]


def fit(answer: Answer) -> Sequence[float] | Sequence[str]:
    """The districts that the filters choose, else the country; what is abroad where nothing lies in the country."""
    cells = answer.rows("cells") if "cells" in answer.tables else []
    if cells and not any(row["adm2"] for row in cells):
        points = [h3.cell_to_latlng(h3_of(row["cell"])) for row in cells]
        lats, lons = zip(*points, strict=True)
        west, south = min(lons) - AROUND_DEG, max(min(lats) - AROUND_DEG, -80.0)
        return west, south, max(lons) + AROUND_DEG, min(max(lats) + AROUND_DEG, 80.0)
    return answer.filters.choices.get("d") or COUNTRY


def corridor_of(row: Row) -> str:
    """A corridor in a link: its origin, place on the border and destination, of which each may be unknown."""
    place = row["crossing"] or ("" if row["stretch"] is None else f"s{row['stretch']}")
    if row["is_other"]:
        place = f"other-{row['adm2'] or ''}"
    return "~".join((row["origin_adm2"] or "", place, row["destination_country"] or ""))


def border_place(row: Row, text: Text, name: Label) -> str:
    """Where a corridor passes the border: its crossing, else its 25 km; or that small ones are together, or unknown."""
    if row["is_other"]:
        return text("others, {district}", district=name("district", row["adm2"])) if row["adm2"] else text("others")
    if row["crossing"]:
        return name("crossing", row["crossing"])
    if row["stretch"] is None:
        return text("unknown")
    ends = {end: text.number(round(row[f"{end}_km"])) for end in ("start", "end")}
    return text("border, km {start}–{end}", **ends)


def has_line(row: Row) -> bool:
    """Whether a corridor is drawn: its count is told and its place on the border is known."""
    return row["n"] is not None and row["lon"] is not None


def chosen(answer: Answer, place: str | None, theme: Theme) -> list[Layer]:
    """A line round the cell, corridor, crossing or district that is chosen; none where the answer does not know it."""
    if place is None:
        return []
    if CELL.fullmatch(place):
        return _lined([boundary([place])[0]] if h3.is_valid_cell(place) else [], theme)
    if "~" in place:
        flows = [row for row in _rows(answer, "corridors") if corridor_of(row) == place and has_line(row)]
        return _lined([_path(row) for row in flows], theme)
    points = [row for row in _rows(answer, "crossings") if row["crossing"] == place and row["n"]]
    return [_round(row, theme) for row in points] or [_district_line(place, theme, "chosen")]


def _rows(answer: Answer, table: str) -> list[Row]:
    return answer.rows(table) if table in answer.tables else []


def boundary(cells: Sequence[str]) -> list[list[list[float]]]:
    """Closed lines round cells, one a ring, as longitude and latitude."""
    return [
        [[round(lon, 5), round(lat, 5)] for lat, lon in [*ring, ring[0]]]
        for polygon in (h3.cells_to_h3shape(cells, tight=False) if cells else [])
        for ring in (polygon.outer, *polygon.holes)
    ]


def _lined(paths: Sequence[list[list[float]]], theme: Theme) -> list[Layer]:
    """Ink on a light casing, so that it is seen on every fill."""
    casing = line("chosen-casing", paths, theme.land, CASING_PX)
    return [casing, line("chosen", paths, theme.text, CHOSEN_PX)]


def line(name: str, paths: Sequence[list[list[float]]], colour: str, width_px: float) -> Layer:
    """Paths as lines of one colour."""
    return layer(
        "PathLayer",
        name,
        [{"path": path} for path in paths],
        get_path="path",
        get_color=rgba(colour),
        width_units=PIXELS,
        get_width=width_px,
        joint_rounded=True,
        cap_rounded=True,
        pickable=False,
    )


def _path(row: Row) -> list[list[float]]:
    """The line of a corridor; only its stub where no origin is known."""
    to = (row["lon"], row["lat"])
    if row["origin_lon"] is None:
        stub = _stub(*to)
        return [stub["a"], stub["b"]]
    return [_bend((row["origin_lon"], row["origin_lat"]), to, i / PIECES) for i in range(PIECES + 1)]


def _round(row: Row, theme: Theme) -> Layer:
    """A circle round a crossing's point."""
    return layer(
        "ScatterplotLayer",
        "chosen",
        [{"at": [row["lon"], row["lat"]]}],
        get_position="at",
        get_radius=_point_px(row["n"]) + 4,
        radius_units=PIXELS,
        filled=False,
        **_line(rgba(theme.text), CHOSEN_PX),
        pickable=False,
    )


def _district_line(code: str, theme: Theme, name: str = "district") -> Layer:
    ink = f"properties.adm2 == '{code}' ? {rgba(theme.accent)} : {[0, 0, 0, 0]}"
    return _shape(name, "districts", filled=False, **_line(ink, 2.4))


def hotspots(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Cells by class, counts below them, and rings for what is known to the district only."""
    return [*classes(answer, text, theme), rings(answer, text, theme)]


def classes(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Cells by class, and counts below them."""
    return [
        _counts(answer, text, theme),
        _filled(answer, text, theme),
        _peaks(answer, text, theme),
    ]


def overview(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Hot cells, rings, corridors of five detections or more, and their crossings."""
    return [*hotspots(answer, text, theme), *corridors(answer, text, theme)]


def corridors(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Curves from an origin district to the border, a stub beyond it, and the crossings themselves."""
    name = answer.label(text.language)
    flows = [row for row in answer.rows("corridors") if has_line(row)]
    pieces = [piece for row in flows for piece in _curve(row, _flow_tip(row, text, name), theme)]
    return [
        layer(
            "LineLayer",
            "corridors",
            pieces,
            get_source_position="a",
            get_target_position="b",
            get_color="c",
            get_width="w",
            pickable=True,
        ),
        _points(answer, text, theme),
    ]


def _points(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Crossings from five detections on, larger for more."""
    name = answer.label(text.language)
    points = [
        {
            "at": [row["lon"], row["lat"]],
            "r": _point_px(row["n"]),
            "sel": row["crossing"],
            "c": rgba(theme.change.get(row["verdict"], theme.land)),
            "tip": text("{place}: {n} detections", place=name("crossing", str(row["crossing"])), n=row["n"]),
        }
        for row in answer.rows("crossings")
        if row["n"]
    ]
    return layer(
        "ScatterplotLayer",
        "crossings",
        points,
        get_position="at",
        get_radius="r",
        radius_units=PIXELS,
        filled=True,
        get_fill_color="c",
        **_line(rgba(theme.text), 1.4),
        pickable=True,
    )


def _point_px(n: int) -> float:
    return min(WIDEST_PX, 2.5 + 1.1 * math.sqrt(n))


def forecast(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """The cells that a map names for the next month, by their count of the last 12 months."""
    name = answer.label(text.language)
    data = [
        {
            "h": h3_of(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 225),
            "w": 0.8,
            "o": rgba(theme.text),
            "tip": text(
                "{place}: {n} detections in 12 months",
                place=name("district", row["adm2"]),
                n=shown(row, "n", text),
            ),
        }
        for row in answer.rows("cells")
    ]
    return [hexagons("forecast", data)]


def played(answer: Answer, slice_: str, text: Text, theme: Theme, place: str | None = None) -> Map:
    """The country with the cells of every week or month, of which the one numbered t shows at a time."""
    name = answer.label(text.language)
    days = [row["first_day"] for row in answer.rows("frames") if row["slice"] == slice_]
    at = {day: i for i, day in enumerate(days)}
    data = [
        {
            "h": h3_of(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 225),
            "w": 0.8,
            "o": rgba(theme.text),
            "t": at[row["first_day"]],
            "tip": text("around {place}: {n} detections", place=name("district", row["adm2"]), n=row["n"]),
        }
        for row in answer.rows("framed")
        if row["slice"] == slice_
    ]
    by_frame = [{"@@type": "DataFilterExtension", "filterSize": 1}]
    cells = hexagons("frames", data, extensions=by_frame, get_filter_value="t")
    layers = [*_ground(theme), cells, *chosen(answer, place, theme), *_names(text, theme)]
    return Map(layers, fit(answer))


def _ground(theme: Theme) -> list[Layer]:
    def filled(name: str, colour: str) -> Layer:
        return _shape(name, name, filled=True, stroked=False, get_fill_color=rgba(colour))

    national, between = _line(rgba(theme.national_line), 1.1), _line(rgba(theme.district_line), 0.6)
    return [
        filled("sea", theme.sea),
        filled("land", theme.neighbours),
        _shape("country", "country", filled=True, get_fill_color=rgba(theme.land), **national),
        _shape("districts", "districts", filled=False, **between),
    ]


def _shape(name: str, file: str, **attributes: object) -> Layer:
    return layer("GeoJsonLayer", name, f"{STATIC}/{file}.geojson", pickable=False, **attributes)


def _line(colour: list[int] | str, width_px: float | str) -> dict[str, object]:
    """How a shape's outline is drawn, in pydeck's words."""
    return {"stroked": True, "get_line_color": colour, "line_width_units": PIXELS, "get_line_width": width_px}


def hexagons(name: str, data: list[Layer], pickable: bool = True, **attributes: object) -> Layer:
    """Cells (h) with a fill (c), an outline (w pixels, o) and a tip."""
    return layer(
        "H3HexagonLayer",
        name,
        data,
        get_hexagon="h",
        get_fill_color="c",
        extruded=False,
        high_precision=True,
        **_line("o", "w"),
        pickable=pickable,
        **attributes,
    )


def _counts(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Every cell with a detection that is not called hot: pale, by fixed breaks."""
    data = [
        {
            "h": h3_of(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 150),
            "w": 0,
            "o": [0, 0, 0, 0],
            "tip": cell_tip(row, text, answer.label(text.language)),
        }
        for row in answer.rows("cells")
        if row["class"] not in ("hot", "peak", "cold") and (row["n"] or row["n" + HIDDEN])
    ]
    return hexagons("counts", data)


def _filled(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Hot cells by q, and those with fewer than expected, which only effort on record allows to be called so."""
    data = []
    for row in answer.rows("cells"):
        if row["class"] in ("hot", "cold"):
            step = hot_step(row["q"])
            data.append(
                {
                    "h": h3_of(row["cell"]),
                    "c": rgba(theme.hot[2 - step] if row["class"] == "hot" else theme.fewer, 235),
                    "w": OUTLINE_PX[step] if row["class"] == "hot" else 0,
                    "o": rgba(theme.text),
                    "tip": cell_tip(row, text, answer.label(text.language)),
                }
            )
    return hexagons("hot", data)


def _peaks(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Many here, neighbours not: a heavy outline without the colour of a hot cell."""
    data = [
        {
            "h": h3_of(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 150),
            "w": 2,
            "o": rgba(theme.text),
            "tip": cell_tip(row, text, answer.label(text.language)),
        }
        for row in answer.rows("cells")
        if row["class"] == "peak"
    ]
    return hexagons("peaks", data)


def rings(answer: Answer, text: Text, theme: Theme) -> Layer:
    """What is known to its district only: a ring around the district's name, from five detections on; never a cell."""
    name = answer.label(text.language)
    data = [
        {
            "at": [row["lon"], row["lat"]],
            "r": min(WIDEST_RING_PX, 5 + 3.2 * math.sqrt(row["n_district_only"])),
            "sel": row["adm2"],
            "tip": text(
                "{place}: {n} detections known to the district only, on no cell",
                place=name("district", str(row["adm2"])),
                n=row["n_district_only"],
            ),
        }
        for row in answer.rows("districts")
        if row["n_district_only"]
    ]
    return layer(
        "ScatterplotLayer",
        "rings",
        data,
        get_position="at",
        get_radius="r",
        radius_units=PIXELS,
        filled=False,
        **_line(rgba(theme.accent), 2),
        pickable=True,
    )


def _names(text: Text, theme: Theme) -> list[Layer]:
    """Names as pictures: the map's own text layer breaks Bangla. The closer the map, the more of them."""
    return [
        *_icons("", "names.json", (0, NEAR_ZOOM), text, theme),
        *_icons("-near", "names-near.json", (NEAR_ZOOM, 99), text, theme),
        *_icons("-crossings", "names-crossings.json", (CROSSINGS_ZOOM, 99), text, theme),
    ]


def _icons(which: str, data: object, zoom: tuple[float, float], text: Text, theme: Theme) -> list[Layer]:
    """Names and the halo under them, at the zooms from the first to before the second."""
    inks = (("halo", "-halo", rgba(theme.land, 200)), ("names", "", rgba(theme.muted)))
    return [
        layer(
            "IconLayer",
            name + which,
            f"{STATIC}/{data}" if isinstance(data, str) else data,
            icon_atlas=String(f"{STATIC}/labels-{text.language}{kind}.png"),
            icon_mapping=String(f"{STATIC}/labels-{text.language}.json"),
            get_icon="icon",
            get_position="at",
            get_color=colour,
            size_units=PIXELS,
            get_size=22,
            get_pixel_offset=[0, -11] if which == "-crossings" else [0, 0],
            pickable=False,
        )
        | {"@@zoom": list(zoom)}
        for name, kind, colour in inks
    ]


def _curve(row: Row, tip: str, theme: Theme) -> list[Layer]:
    """A corridor in pieces that widen and darken towards the crossing. Without an origin only its stub is drawn."""
    lon, lat, n = row["lon"], row["lat"], row["n"]
    colour, width = theme.label[row["label"]], min(WIDEST_PX, 1.2 + 0.55 * n)
    told = {"tip": tip, "sel": corridor_of(row)}
    stub = [_stub(lon, lat) | told | {"c": rgba(colour, 240), "w": width}] if row["destination_country"] else []
    if row["origin_lon"] is None:
        return stub
    path = _path(row)
    return stub + [
        {
            "a": path[i],
            "b": path[i + 1],
            "c": rgba(colour, 70 + 170 * i // PIECES),
            "w": width * (0.25 + 0.75 * i / PIECES),
        }
        | told
        for i in range(PIECES)
    ]


def _stub(lon: float, lat: float) -> Layer:
    length = math.hypot(lon - MIDDLE[0], lat - MIDDLE[1])
    end = [lon + STUB_DEG * (lon - MIDDLE[0]) / length, lat + STUB_DEG * (lat - MIDDLE[1]) / length]
    return {"a": [lon, lat], "b": [round(each, 4) for each in end]}


def _bend(a: tuple[float, float], b: tuple[float, float], t: float) -> list[float]:
    """A point of the quadratic curve from a to b that leans to its left by an eighth of its length."""
    middle = ((a[0] + b[0]) / 2 - (b[1] - a[1]) / 8, (a[1] + b[1]) / 2 + (b[0] - a[0]) / 8)
    return [round((1 - t) ** 2 * a[i] + 2 * (1 - t) * t * middle[i] + t**2 * b[i], 4) for i in (0, 1)]


def hot_step(q: float) -> int:
    """0 for q at most 0.001, 1 for 0.01, 2 above."""
    return sum(q > limit for limit in HOT_STEPS[:2])


def break_words() -> tuple[str, ...]:
    """The steps of a count in digits: <5, 5–9, 10–19 and so on."""
    ends = itertools.pairwise(COUNT_BREAKS)
    return (f"<{K}", *(f"{first}–{after - 1}" for first, after in ends), f"{COUNT_BREAKS[-1]}+")


def count_step(n: int | None) -> int:
    """Which of the five fixed breaks a count falls in; a withheld count is in the lowest."""
    return sum((n or 0) >= limit for limit in COUNT_BREAKS)


def cell_tip(row: Row, text: Text, name: Label) -> str:
    """Where a cell is, how many detections it holds, as it may be read, and what a test says of it, if one was made."""
    counted = text("{place}: {n} detections", place=place_of(row, text, name), n=shown(row, "n", text))
    return " · ".join([counted, *_said(row, text)])


def _said(row: Row, text: Text) -> Iterable[str]:
    """The class of a cell in words, so that it is told by more than a colour."""
    if row.get("class") == "hot":
        yield text(HOT_WORDS[hot_step(row["q"])])
    elif row.get("class") == "peak":
        yield text("lone peak: many here, neighbours not")
    elif row.get("class") == "cold":
        yield text("fewer than expected")


def place_of(row: Row, text: Text, name: Label) -> str:
    """A cell's district; abroad its country, or words where a sea belongs to none."""
    if row["adm2"]:
        return name("district", row["adm2"])
    return name("country", row["country"]) if row["country"] else text("abroad or at sea")


def _flow_tip(row: Row, text: Text, name: Label) -> str:
    origin = name("district", str(row["origin_adm2"])) if row["origin_adm2"] else text("origin unknown")
    return text(
        "{origin} to {crossing}: {n} detections",
        origin=origin,
        crossing=border_place(row, text, name),
        n=row["n"],
    )


def h3_of(cell: int) -> str:
    """A cell as deck.gl and the h3 tools write it."""
    return format(cell, "x")


def district(answer: Answer, text: Text, theme: Theme, place: str | None = None) -> Map:
    """One district with its cells and crossings, and the names of those that touch it; nothing pointed at abroad."""
    code = str(answer.notes["district"])
    places = {row["adm2"]: (row["lon"], row["lat"]) for row in answer.rows("choice")}
    shown = [code, *(str(row["adm2"]) for row in answer.rows("neighbours"))]
    marks = [{"icon": f"adm2:{adm2}", "at": places[adm2]} for adm2 in shown]
    named = [row for row in answer.rows("crossings") if row["n"]][:NAMED_CROSSINGS]
    marks += [{"icon": f"x:{row['crossing']}", "at": (row["lon"], row["lat"])} for row in named]
    layers = [
        *_ground(theme),
        _plain_cells(answer, text, theme),
        _district_line(code, theme),
        _points(answer, text, theme),
        *chosen(answer, place, theme),
        *_icons("", marks, (0, 99), text, theme),
    ]
    return Map(layers, [code])


def _plain_cells(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Cells by their counts and fixed breaks; no test is made of them here."""
    name = answer.label(text.language)
    place = {"adm2": answer.notes["district"]}
    cells = [
        {
            "h": h3_of(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 190),
            "w": 0,
            "o": [0, 0, 0, 0],
            "tip": cell_tip(row | place, text, name),
        }
        for row in answer.rows("cells")
    ]
    return hexagons("cells", cells)
