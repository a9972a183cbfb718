"""An Answer's tables as a pydeck map: flat, offline, nothing on it that is not also in a table."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pydeck as pdk

from dashboard.disclosure import HIDDEN, Answer, K, Row
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme, rgba

STATIC = "/app/static/map"
HOT_STEPS = (0.001, 0.01, 0.05)
COUNT_BREAKS = (5, 10, 20, 40)  # fixed under every filter and period
OUTLINE_PX = {0: 1.6, 1: 0.8, 2: 0.4}  # the hottest step has the heaviest line
# The zoom at which the whole country fits a phone of 390 px: a page cannot know how wide its visitor's screen is.
COUNTRY_VIEW = {
    "longitude": 90.35,
    "latitude": 23.62,
    "zoom": 5.68,
    "minZoom": 1,
    "maxZoom": 11,
    "pitch": 0,
    "bearing": 0,
}
WORLD = {"longitude": 45.0, "latitude": 25.0, "zoom": 1.2}
PIECES = 16  # of a drawn corridor: it widens from its origin to its crossing, so no arrowhead is needed
STUB_DEG = 0.3  # beyond the border: outward, and no farther, since no place abroad is known
MIDDLE = (90.3, 23.8)

Layer = dict[str, Any]
Drawn = Callable[[Answer, Text, Theme], Sequence[Layer]]


class Map(pdk.Deck):  # type: ignore[misc]  # pydeck has no types
    """A deck.gl spec written by us: pydeck's own serialiser is three times slower and larger."""

    def __init__(self, layers: Sequence[Layer], view: dict[str, float], tip: str) -> None:
        super().__init__(layers=[], map_provider=None, tooltip={"html": tip})
        # Without a mapStyle of this very text, Streamlit asks a tile server for a style.
        self.spec = {
            "initialViewState": view,
            "layers": list(layers),
            "mapStyle": "__MAP_STYLE__",
            "mapProvider": None,
            "views": [{"@@type": "MapView", "controller": True}],
        }

    def to_json(self) -> str:
        """The spec as compact JSON."""
        return json.dumps(self.spec, separators=(",", ":"), ensure_ascii=False)


def country(drawn: Drawn, answer: Answer, text: Text, theme: Theme) -> Map:
    """The country with what a page draws on it."""
    return Map([*_ground(theme), *drawn(answer, text, theme), *_names(text, theme)], _view(answer), "{tip}")


def _view(answer: Answer) -> dict[str, float]:
    """The country, or the world where nothing that is shown lies in the country."""
    cells = answer.rows("cells") if "cells" in answer.tables else []
    return COUNTRY_VIEW | WORLD if cells and not any(row["adm2"] for row in cells) else COUNTRY_VIEW


def hotspots(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Cells by class, counts below them, and rings for what is known to the district only."""
    return [
        _counts(answer, text, theme),
        _hot(answer, text, theme),
        _peaks(answer, text, theme),
        _rings(answer, text, theme),
    ]


def overview(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Hot cells, rings, corridors of five detections or more, and their crossings."""
    return [*hotspots(answer, text, theme), *corridors(answer, text, theme)]


def corridors(answer: Answer, text: Text, theme: Theme) -> list[Layer]:
    """Curves from an origin district to a crossing, a stub beyond the border, and the crossings themselves."""
    name = answer.label(text.language)
    flows = [row for row in answer.rows("corridors") if row["n"] is not None]
    pieces = [piece for row in flows for piece in _curve(row, _flow_tip(row, text, name), theme)]
    points = [
        {
            "at": [row["lon"], row["lat"]],
            "r": 2.5 + 1.1 * math.sqrt(row["n"]),
            "tip": text("{place}: {n} detections", place=name("crossing", str(row["crossing"])), n=row["n"]),
        }
        for row in answer.rows("crossings")
        if row["n"]
    ]
    return [
        {
            "@@type": "LineLayer",
            "id": "corridors",
            "data": pieces,
            "getSourcePosition": "@@=a",
            "getTargetPosition": "@@=b",
            "getColor": "@@=c",
            "getWidth": "@@=w",
            "pickable": True,
        },
        {
            "@@type": "ScatterplotLayer",
            "id": "crossings",
            "data": points,
            "getPosition": "@@=at",
            "getRadius": "@@=r",
            "radiusUnits": "pixels",
            "filled": True,
            "stroked": True,
            "getFillColor": rgba(theme.land),
            "getLineColor": rgba(theme.text),
            "lineWidthUnits": "pixels",
            "getLineWidth": 1.4,
            "pickable": True,
        },
    ]


def _ground(theme: Theme) -> list[Layer]:
    def filled(name: str, colour: str) -> Layer:
        return _shape(name, {"filled": True, "stroked": False, "getFillColor": rgba(colour)})

    return [
        filled("sea", theme.sea),
        filled("land", theme.neighbours),
        _shape("country", {"filled": True, "getFillColor": rgba(theme.land), **_line(theme.national_line, 1.1)}),
        _shape("districts", {"filled": False, **_line(theme.district_line, 0.6)}),
    ]


def _shape(name: str, props: Layer) -> Layer:
    return {
        "@@type": "GeoJsonLayer",
        "id": name,
        "data": f"{STATIC}/{name}.geojson",
        "pickable": False,
    } | props


def _line(colour: str, width_px: float) -> Layer:
    return {
        "stroked": True,
        "getLineColor": rgba(colour),
        "lineWidthUnits": "pixels",
        "getLineWidth": width_px,
    }


def _hexagons(name: str, data: list[Layer]) -> Layer:
    return {
        "@@type": "H3HexagonLayer",
        "id": name,
        "data": data,
        "getHexagon": "@@=h",
        "getFillColor": "@@=c",
        "extruded": False,
        "stroked": True,
        "highPrecision": True,
        "getLineColor": "@@=o",
        "lineWidthUnits": "pixels",
        "getLineWidth": "@@=w",
        "pickable": True,
    }


def _counts(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Every cell with a detection that is not called hot: pale, by fixed breaks."""
    data = [
        {
            "h": _h3(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 150),
            "w": 0,
            "o": [0, 0, 0, 0],
            "tip": _cell_tip(row, text, answer.label(text.language)),
        }
        for row in answer.rows("cells")
        if row["class"] not in ("hot", "peak") and (row["n"] or row["n" + HIDDEN])
    ]
    return _hexagons("counts", data)


def _hot(answer: Answer, text: Text, theme: Theme) -> Layer:
    data = []
    for row in answer.rows("cells"):
        if row["class"] == "hot":
            step = hot_step(row["q"])
            data.append(
                {
                    "h": _h3(row["cell"]),
                    "c": rgba(theme.hot[2 - step], 235),
                    "w": OUTLINE_PX[step],
                    "o": rgba(theme.text),
                    "tip": _cell_tip(row, text, answer.label(text.language)),
                }
            )
    return _hexagons("hot", data)


def _peaks(answer: Answer, text: Text, theme: Theme) -> Layer:
    """Many here, neighbours not: a heavy outline without the colour of a hot cell."""
    data = [
        {
            "h": _h3(row["cell"]),
            "c": rgba(theme.steps[count_step(row["n"])], 150),
            "w": 2,
            "o": rgba(theme.text),
            "tip": _cell_tip(row, text, answer.label(text.language)),
        }
        for row in answer.rows("cells")
        if row["class"] == "peak"
    ]
    return _hexagons("peaks", data)


def _rings(answer: Answer, text: Text, theme: Theme) -> Layer:
    """What is known to its district only: a ring around the district's name, from five detections on; never a cell."""
    name = answer.label(text.language)
    data = [
        {
            "at": [row["lon"], row["lat"]],
            "r": 5 + 3.2 * math.sqrt(row["n_district_only"]),
            "tip": text(
                "{place}: {n} detections known to the district only, on no cell",
                place=name("district", str(row["adm2"])),
                n=row["n_district_only"],
            ),
        }
        for row in answer.rows("districts")
        if row["n_district_only"]
    ]
    return {
        "@@type": "ScatterplotLayer",
        "id": "rings",
        "data": data,
        "getPosition": "@@=at",
        "getRadius": "@@=r",
        "radiusUnits": "pixels",
        "filled": False,
        "stroked": True,
        "getLineColor": rgba(theme.accent),
        "lineWidthUnits": "pixels",
        "getLineWidth": 2,
        "pickable": True,
    }


def _names(text: Text, theme: Theme) -> list[Layer]:
    """District names as pictures: the map's own text layer breaks Bangla."""
    return [
        _icons("halo", text, "-halo", rgba(theme.land, 200)),
        _icons("names", text, "", rgba(theme.muted)),
    ]


def _icons(name: str, text: Text, kind: str, colour: list[int]) -> Layer:
    return {
        "@@type": "IconLayer",
        "id": name,
        "data": f"{STATIC}/names.json",
        "iconAtlas": f"{STATIC}/labels-{text.language}{kind}.png",
        "iconMapping": f"{STATIC}/labels-{text.language}.json",
        "getIcon": "@@=icon",
        "getPosition": "@@=at",
        "getColor": colour,
        "sizeUnits": "pixels",
        "getSize": 22,
        "pickable": False,
    }


def _curve(row: Row, tip: str, theme: Theme) -> list[Layer]:
    """A corridor in pieces that widen and darken towards the crossing. Without an origin only its stub is drawn."""
    lon, lat, n = row["lon"], row["lat"], row["n"]
    colour, width = theme.label[row["label"]], 1.2 + 0.35 * n
    stub = [_stub(lon, lat) | {"c": rgba(colour, 240), "w": width, "tip": tip}] if row["destination_country"] else []
    if row["origin_lon"] is None:
        return stub
    start = (row["origin_lon"], row["origin_lat"])
    path = [_bend(start, (lon, lat), i / PIECES) for i in range(PIECES + 1)]
    return stub + [
        {
            "a": path[i],
            "b": path[i + 1],
            "c": rgba(colour, 70 + 170 * i // PIECES),
            "w": width * (0.25 + 0.75 * i / PIECES),
            "tip": tip,
        }
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


def count_step(n: int | None) -> int:
    """Which of the five fixed breaks a count falls in; a withheld count is in the lowest."""
    return sum((n or 0) >= limit for limit in COUNT_BREAKS)


def _cell_tip(row: Row, text: Text, name: Label) -> str:
    count = "<" + text.number(K) if row["n" + HIDDEN] else text.number(row["n"])
    return text("{place}: {n} detections", place=place_of(row, text, name), n=count)


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
        crossing=name("crossing", str(row["crossing"])),
        n=row["n"],
    )


def _h3(cell: int) -> str:
    return format(cell, "x")
