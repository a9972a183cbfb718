"""A map's deck.gl spec as flat shapes and words: what the screen's map shows, for paper, without a browser."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import h3

from dashboard.layers import STATIC
from dashboard.paper import Picture, Word
from dashboard.settings import ROOT

TILE_PX = 512  # deck.gl's world at zoom 0
NAME_PX = {"adm2": 12.0, "x": 12.0, "sea": 11.0}  # as data/reference/make_static.py draws them
WEIGHT = {"adm2": 600, "x": 700, "sea": 500}
EITHER = re.compile(r"properties\.(\w+) == '(\w+)' \? (\[[^]]*\]) : (\[[^]]*\])")
HATCH_PX = 5
MARGIN, NEAREST = 0.04, 9.5  # of the picture's size round what it must hold; the closest zoom
EDGE_PX = 24  # from the side of the picture, within which a name would be cut off
SELDOM_PX = 0.2  # the least distance between two points of an outline that paper can show

Point = tuple[float, float]
Layer = Mapping[str, Any]
Named = Callable[[str], str | None]  # 'adm2:BD4041' to the word of a language


class View:
    """Where a place lies on the paper: Web Mercator, as the screen's map has it."""

    def __init__(self, state: Mapping[str, float], width_px: float, height_px: float) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._scale = 2 ** state["zoom"]
        x, y = _world(state["longitude"], state["latitude"])
        self._dx, self._dy = width_px / 2 - self._scale * x, height_px / 2 - self._scale * y

    def at(self, lon: float, lat: float) -> Point:
        """Longitude and latitude as pixels from the upper left corner."""
        x, y = _world(lon, lat)
        return self._scale * x + self._dx, self._scale * y + self._dy

    def sees(self, points: Sequence[Point]) -> bool:
        """Whether anything of a shape with these corners can lie on the paper."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return max(xs) >= 0 and max(ys) >= 0 and min(xs) <= self.width_px and min(ys) <= self.height_px


def drawn(spec: Layer, width_px: float, height_px: float, named: Named, alt: str) -> Picture:
    """A picture of a spec that `layers.Map` made. Raises KeyError for a kind of layer that is not known here."""
    view = View(spec["initialViewState"], width_px, height_px)
    layers = [layer for layer in spec["layers"] if _is_seen(layer, spec["initialViewState"]["zoom"])]
    shapes = "".join(each for layer in layers for each in _SHAPES[layer["@@type"]](layer, view))
    words = [each for layer in layers if layer["@@type"] == "IconLayer" for each in _words(layer, view, named)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px:g}" height="{height_px:g}" '
        f'viewBox="0 0 {width_px:g} {height_px:g}"><defs><clipPath id="edge"><rect width="{width_px:g}" '
        f'height="{height_px:g}"/></clipPath><pattern id="hatch" width="{HATCH_PX}" height="{HATCH_PX}" '
        f'patternUnits="userSpaceOnUse"><path d="M0 {HATCH_PX}L{HATCH_PX} 0" stroke="#55636E" stroke-width="0.6" '
        f'stroke-opacity="0.45"/></pattern></defs><g clip-path="url(#edge)" stroke-linejoin="round">{shapes}</g></svg>'
    )
    return Picture(svg, width_px, height_px, _apart(words), alt)


def fitted(fit: Sequence[float] | Sequence[str], width_px: float, height_px: float) -> dict[str, float]:
    """The view that holds a box of west, south, east and north, or districts by their codes, with a small margin."""
    west, south, east, north = fit if isinstance(fit[0], int | float) else _box([str(code) for code in fit])
    low, high = _world(float(west), float(south)), _world(float(east), float(north))
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    room = 1 - 2 * MARGIN
    zoom = min(math.log2(room * width_px / (high[0] - low[0])), math.log2(room * height_px / (low[1] - high[1])))
    lat = math.degrees(2 * math.atan(math.exp(math.pi * (1 - 2 * middle[1] / TILE_PX))) - math.pi / 2)
    return {"longitude": 360 * middle[0] / TILE_PX - 180, "latitude": lat, "zoom": min(NEAREST, zoom)}


def _box(codes: Sequence[str]) -> tuple[float, float, float, float]:
    """West, south, east and north of districts."""
    features = [each for each in _features(f"{STATIC}/districts.geojson") if each["properties"]["adm2"] in codes]
    points = [point for each in features for polygon in _polygons(each["geometry"]) for point in polygon[0]]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return min(lons), min(lats), max(lons), max(lats)


def _world(lon: float, lat: float) -> Point:
    """Pixels of Web Mercator at zoom 0."""
    sine = math.sin(math.radians(max(-85.0, min(85.0, lat))))
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return TILE_PX * (lon + 180) / 360, TILE_PX * y


def _is_seen(layer: Layer, zoom: float) -> bool:
    """Whether a layer is drawn at this zoom."""
    least, most = layer.get("@@zoom", (0, 99))
    return bool(least <= zoom < most)


def _outlines(layer: Layer, view: View) -> Iterator[str]:
    for feature in _features(layer["data"]):
        fill = _colour(layer, "getFillColor", feature) if layer.get("filled") else None
        line = _colour(layer, "getLineColor", feature) if layer.get("stroked") else None
        if path := _rings(_polygons(feature["geometry"]), view):
            yield _path(path, fill, line, layer.get("getLineWidth", 0))


def _cells(layer: Layer, view: View) -> Iterator[str]:
    is_hatched = bool(layer.get("extensions"))
    for row in layer["data"]:
        ring = [view.at(lon, lat) for lat, lon in h3.cell_to_boundary(_of(layer, "getHexagon", row))]
        if not view.sees(ring):
            continue
        if is_hatched:
            yield f'<path d="{_line(ring)}Z" fill="url(#hatch)"/>'
            continue
        width = float(_of(layer, "getLineWidth", row) or 0) if layer.get("stroked") else 0.0
        line = _colour(layer, "getLineColor", row) if width else None
        yield _path(_line(ring) + "Z", _colour(layer, "getFillColor", row), line, width)


def _points(layer: Layer, view: View) -> Iterator[str]:
    for row in layer["data"]:
        x, y = view.at(*_of(layer, "getPosition", row))
        fill = _colour(layer, "getFillColor", row) if layer.get("filled", True) else None
        line = _colour(layer, "getLineColor", row) if layer.get("stroked") else None
        radius = float(_of(layer, "getRadius", row))
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
            f"{_painted(fill, line, float(_of(layer, 'getLineWidth', row) or 0))}/>"
        )


def _lines(layer: Layer, view: View) -> Iterator[str]:
    for row in layer["data"]:
        ends = [view.at(*_of(layer, end, row)) for end in ("getSourcePosition", "getTargetPosition")]
        yield _path(_line(ends), None, _colour(layer, "getColor", row), float(_of(layer, "getWidth", row)))


def _paths(layer: Layer, view: View) -> Iterator[str]:
    for row in layer["data"]:
        path = [view.at(*point[:2]) for point in _of(layer, "getPath", row)]
        yield _path(_line(path), None, _colour(layer, "getColor", row), float(_of(layer, "getWidth", row)))


def _no_shape(layer: Layer, view: View) -> Iterator[str]:
    return iter(())


_SHAPES: dict[str, Callable[[Layer, View], Iterator[str]]] = {
    "GeoJsonLayer": _outlines,
    "H3HexagonLayer": _cells,
    "ScatterplotLayer": _points,
    "LineLayer": _lines,
    "PathLayer": _paths,
    "IconLayer": _no_shape,
}


def _words(layer: Layer, view: View, named: Named) -> Iterator[Word]:
    """Names in place of the pictures of names; the layer below them is their halo."""
    if layer["id"].startswith("halo"):
        return
    colour = _hex(layer["getColor"])[0]
    rows = layer["data"] if isinstance(layer["data"], list) else _file(layer["data"])
    for row in rows:
        kind, said = row["icon"].split(":")[0], named(row["icon"])
        x, y = view.at(*row["at"])
        if said and EDGE_PX < x < view.width_px - EDGE_PX and 0 < y < view.height_px:
            size = NAME_PX.get(kind, 12.0)
            yield Word(x, y + 0.35 * size, said, "center", size, colour, WEIGHT.get(kind, 600), "#FFFFFF")


def _apart(words: Sequence[Word]) -> list[Word]:
    """Each name once: what a map says twice, for two layers, paper says once."""
    return list({(round(w.x), round(w.y), w.said): w for w in words}.values())


def _of(layer: Layer, name: str, row: Any) -> Any:
    value = layer.get(name)
    return row[value.removeprefix("@@=")] if isinstance(value, str) and value.startswith("@@=") else value


def _colour(layer: Layer, name: str, row: Any) -> Sequence[int] | None:
    """A colour of red, green, blue and alpha: fixed, a column of the row, or one of two by a property."""
    value = layer.get(name)
    if isinstance(value, str) and (either := EITHER.search(value)):
        key, wanted, then, otherwise = either.groups()
        chosen: list[int] = json.loads(then if row["properties"].get(key) == wanted else otherwise)
        return chosen
    found: Sequence[int] | None = _of(layer, name, row)
    return found


def _hex(colour: Sequence[int]) -> tuple[str, float]:
    return "#{:02X}{:02X}{:02X}".format(*colour[:3]), (colour[3] if len(colour) > 3 else 255) / 255


def _path(path: str, fill: Sequence[int] | None, line: Sequence[int] | None, width_px: float) -> str:
    return f"<path d={quoteattr(path)}{_painted(fill, line, width_px)}/>"


def _painted(fill: Sequence[int] | None, line: Sequence[int] | None, width_px: float) -> str:
    said = ' fill="none"' if fill is None else ' fill="{}" fill-opacity="{:.2f}"'.format(*_hex(fill))
    if line is None or not width_px:
        return said
    return said + ' stroke="{}" stroke-opacity="{:.2f}" stroke-width="{:.2f}"'.format(*_hex(line), width_px)


def _polygons(geometry: Layer) -> Iterator[Sequence[Sequence[Sequence[float]]]]:
    """The polygons of a geometry, each its rings."""
    yield from geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]


def _rings(polygons: Iterator[Sequence[Sequence[Sequence[float]]]], view: View) -> str:
    found = []
    for polygon in polygons:
        for ring in polygon:
            points = _thinned([view.at(*point[:2]) for point in ring])
            if view.sees(points):
                found.append(_line(points) + "Z")
    return "".join(found)


def _thinned(points: Sequence[Point]) -> list[Point]:
    kept = [points[0]]
    for x, y in points[1:]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= SELDOM_PX:
            kept.append((x, y))
    return kept


def _line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _features(data: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _file(data)["features"]
    return found


@cache
def _file(address: str) -> Any:
    """What the browser would fetch from the app, read where the app has it."""
    path: Path = ROOT / "static" / "map" / address.removeprefix(f"{STATIC}/")
    return json.loads(path.read_text(encoding="utf-8"))
