"""KML and KMZ as a grid: one placemark a row, its extended data as cells, its point as `lat` and `lon`."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

import numpy as np

from etl.errors import LoadError
from etl.geometry import Placing, placing
from etl.grid import Contents, Row, check_width, grid

DEEPEST = 100
DEGREES = "EPSG:4326"  # of every KML
NUMBER = r"[-+]?(?:\d{1,20}\.?\d*|\.\d+)"
POINT = re.compile(rf"\s*({NUMBER})\s*,\s*({NUMBER})\s*(?:,\s*{NUMBER})?\s*")
SHAPES = {"LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "Track", "MultiTrack"}
TEXTS = {"name", "description", "Snippet", "address", "phoneNumber", "value", "SimpleData", "coordinates"}
LINKS = {"NetworkLink", "href"}


@dataclass
class _Placemark:
    cells: dict[str, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    has_shape: bool = False


@dataclass
class _Reading:
    """What the parser has come to; follows no link and knows no entity."""

    path: list[str] = field(default_factory=list)
    found: list[_Placemark] = field(default_factory=list)
    datum: str = ""  # the name of the extended datum that is read
    text: list[str] | None = None
    text_at: int = 0  # how deep the element lies whose text is read, with all that is marked up in it
    links: int = 0
    is_kml: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.is_kml = self.is_kml or name == "kml"
        self.path.append(name)
        if len(self.path) > DEEPEST:
            raise LoadError("XML_TOO_DEEP", "The KML is nested too deeply for a table.", "Export it anew.")
        self.links += name in LINKS
        if name == "Placemark":
            self.found.append(_Placemark())
        elif name in ("Data", "SimpleData"):
            self.datum = attributes.get("name", "")
        elif name in SHAPES and "Placemark" in self.path:
            self.found[-1].has_shape = True
        if self.text is None and name in TEXTS:
            self.text, self.text_at = [], len(self.path)

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, _: str) -> None:
        name = self.path.pop()
        if self.text is None or len(self.path) >= self.text_at:
            return
        if "Placemark" in self.path:
            self._take(name, "".join(self.text))
        self.text = None

    def _take(self, name: str, text: str) -> None:
        placemark = self.found[-1]
        if name == "coordinates":
            placemark.points.append(text)
        elif name in ("value", "SimpleData"):
            if placemark.cells.setdefault(self.datum, text.strip()) != text.strip():
                fix = "Keep one of them: which one is meant cannot be known."
                raise LoadError("DUPLICATE_HEADER", "A placemark says the same thing twice, and differently.", fix)
        elif self.path[-1] == "Placemark" and text.strip():
            placemark.cells.setdefault(name, text.strip())


def read_kml(stream: BinaryIO, crs: str | None) -> Contents:
    """Raises LoadError XML_FORBIDDEN, XML_TOO_DEEP, WRONG_TYPE, FILE_DAMAGED or CRS_CONFLICT."""
    reading = _parsed(stream)
    header = list(dict.fromkeys(name for each in reading.found for name in each.cells))
    check_width(len(header))
    rows = _rows(reading.found, header, placing(DEGREES, crs))
    return Contents([grid("", [*header, "lat", "lon"] if reading.found else [], rows)], _warnings(reading))


def read_kmz(members: Mapping[str, bytes], crs: str | None) -> Contents:
    """The first KML of an archive, as programs show it."""
    name = min((n for n in members if n.lower().endswith(".kml")), key=lambda name: (name.count("/"), name))
    return read_kml(io.BytesIO(members[name]), crs)


def _parsed(stream: BinaryIO) -> _Reading:
    reading, parser = _Reading(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.data
    try:
        parser.ParseFile(stream)
    except (expat.ExpatError, ValueError) as error:
        raise LoadError("FILE_DAMAGED", "The KML is cut off or damaged.", "Export it anew.") from error
    if not reading.is_kml:
        raise LoadError("WRONG_TYPE", "This is XML, but no KML.", "Export it as KML.")
    return reading


def _refuse_doctype(*_: object) -> None:
    fix = "Export it anew, without a document type."
    raise LoadError("XML_FORBIDDEN", "The KML has a document type, which may define entities.", fix)


def _warnings(reading: _Reading) -> list[tuple[str, str]]:
    warnings = []
    if reading.links:
        warnings.append(("NETWORK_LINK", f"{reading.links} links to other files are not followed."))
    if any("description" in each.cells for each in reading.found):
        warnings.append(("NARRATIVE_DROPPED", "Descriptions are scanned for personal data, then dropped."))
    return warnings


def _rows(found: list[_Placemark], header: list[str], place: Placing) -> Iterator[Row]:
    read = [_point(each) for each in found]
    x, y = (np.array([point[at] for point in read], dtype=np.float64) for at in (0, 1))
    lat, lon = place.texts(x, y)
    for number, placemark in enumerate(found, start=1):
        cells = [placemark.cells.get(name) for name in header]
        yield number, read[number - 1][2], [*cells, lat[number - 1], lon[number - 1]]


def _point(placemark: _Placemark) -> tuple[float, float, str | None]:
    """(x, y, fault); a placemark without a point has NaN."""
    if placemark.has_shape or len(placemark.points) > 1:
        return math.nan, math.nan, "geometry_type"
    told = "".join(placemark.points)
    match = POINT.fullmatch(told)
    if told.strip() and not match:
        return math.nan, math.nan, "coord_unreadable"
    return (float(match[1]), float(match[2]), None) if match else (math.nan, math.nan, None)
