"""What of an Answer has a place, for maps of other programs: GeoPackage, GeoJSON, KML, GeoParquet.

A place is a cell, a named crossing, the middle of a stretch of border, or a district's name point. There is no other:
no address, no shelter, no home has ever been in an Answer.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import h3
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from shapely.geometry import LineString, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry

from dashboard import exports
from dashboard.disclosure import Answer, Row
from dashboard.exports import Told

POINTS = ("lon", "lat", "origin_lon", "origin_lat")  # columns that become the geometry
KML = "http://www.opengis.net/kml/2.2"
WGS84 = "OGC:CRS84"  # longitude first, as every row here has it


def ring(cell: int) -> list[list[float]]:
    """Longitude and latitude of a cell's corners, anticlockwise and closed, as RFC 7946 wants them."""
    found = [[round(lon, 6), round(lat, 6)] for lat, lon in h3.cell_to_boundary(h3.int_to_str(cell))]
    return [*found, found[0]]


def geometry_of(row: Row) -> BaseGeometry | None:
    """The place of a row of an Answer; None where it has none."""
    if row.get("cell") is not None:
        return Polygon(ring(row["cell"]))
    if row.get("lon") is None:
        return None
    at = (row["lon"], row["lat"])
    if row.get("origin_lon") is not None:
        return LineString([(row["origin_lon"], row["origin_lat"]), at])
    return Point(at)


def placed(answer: Answer, table: str) -> list[tuple[BaseGeometry, Row]]:
    """The rows of a table that have a place, with it."""
    return [(place, row) for place, row in _rows(answer, table) if place is not None]


def _rows(answer: Answer, table: str) -> Iterator[tuple[BaseGeometry | None, Row]]:
    """All rows of a table, each with its place; their coordinates are in it and no longer in the row."""
    for row, plain in zip(answer.rows(table), exports.plain(answer, table), strict=True):
        yield geometry_of(row), {name: value for name, value in plain.items() if name not in POINTS}


def layers(answer: Answer) -> dict[str, list[tuple[BaseGeometry, Row]]]:
    """Tables with a place to their rows, one kind of geometry a layer."""
    made: dict[str, list[tuple[BaseGeometry, Row]]] = {}
    for table in exports.tables(answer):
        rows = placed(answer, table)
        for kind in dict.fromkeys(place.geom_type for place, _ in rows):
            name = table if kind == rows[0][0].geom_type else f"{table}_{kind.lower()}"
            made[name] = [each for each in rows if each[0].geom_type == kind]
    return made


def as_geojson(answer: Answer, told: Told) -> bytes:
    """One FeatureCollection; `table` says which table a feature is of, `about` what every file carries."""
    features = [
        {"type": "Feature", "geometry": mapping(place), "properties": {"table": name} | row}
        for name, rows in layers(answer).items()
        for place, row in rows
    ]
    made = {"type": "FeatureCollection", "about": dict(told), "features": features}
    return json.dumps(made, ensure_ascii=False, default=str).encode()


def as_kml(answer: Answer, told: Told) -> bytes:
    """A folder a layer; every value by an XML writer, so that none of them is markup."""
    ElementTree.register_namespace("", KML)
    root = ElementTree.Element(f"{{{KML}}}kml")
    document = _under(root, "Document")
    _under(document, "name", "Simanta")
    _under(document, "description", "\n".join(line for lines in told.values() for line in lines))
    for name, rows in layers(answer).items():
        folder = _under(document, "Folder")
        _under(folder, "name", name)
        for place, row in rows:
            _placemark(folder, place, row)
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _placemark(folder: ElementTree.Element, place: BaseGeometry, row: Row) -> None:
    mark = _under(folder, "Placemark")
    _under(mark, "name", str(row.get("crossing_en") or row.get("adm2_en") or row.get("cell") or ""))
    data = _under(mark, "ExtendedData")
    for name, value in row.items():
        if value is not None:
            _under(_under(data, "Data", name=name), "value", str(value))
    if isinstance(place, Polygon):
        boundary = _under(_under(mark, "Polygon"), "outerBoundaryIs")
        _under(_under(boundary, "LinearRing"), "coordinates", _coordinates(place.exterior.coords))
    else:
        _under(_under(mark, place.geom_type), "coordinates", _coordinates(place.coords))


def _under(parent: ElementTree.Element, tag: str, said: str | None = None, **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, f"{{{KML}}}{tag}", attributes)
    made.text = said
    return made


def _coordinates(points: Any) -> str:
    return " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)


def as_gpkg(answer: Answer, told: Told) -> bytes:
    """A layer a table, and `about`, a table of what every file carries."""
    with tempfile.TemporaryDirectory(prefix="simanta-") as folder:
        file = Path(folder) / "made.gpkg"
        for name, rows in layers(answer).items():
            table = _with_geometry(rows)
            kind = rows[0][0].geom_type
            _write(table, file, name, geometry_type=kind, geometry_name="geometry", crs=WGS84)
        lines = [(language, line) for language, each in told.items() for line in each]
        about = pa.table({"language": [code for code, _ in lines], "said": [line for _, line in lines]})
        _write(about, file, "about", geometry_type=None, geometry_name=None, crs=None)
        return file.read_bytes()


def _write(table: pa.Table, file: Path, layer: str, **how: Any) -> None:
    pyogrio.write_arrow(table, file, layer=layer, driver="GPKG", append=file.exists(), **how)


def _with_geometry(rows: Sequence[tuple[BaseGeometry | None, Row]]) -> pa.Table:
    table = pa.Table.from_pylist([row for _, row in rows])
    kept = [name for name in table.column_names if not pa.types.is_null(table.schema.field(name).type)]
    return table.select(kept).append_column("geometry", pa.array([shapely.to_wkb(place) for place, _ in rows]))


def as_parquet(answer: Answer, table: str, told: Told) -> bytes:
    """One table whole; as GeoParquet 1.1 where any row has a place. What every file carries is in its metadata."""
    rows = list(_rows(answer, table))
    kinds = sorted({place.geom_type for place, _ in rows if place is not None})
    made = _with_geometry(rows) if kinds else pa.Table.from_pylist(exports.plain(answer, table))
    metadata = {b"simanta": json.dumps(dict(told), ensure_ascii=False).encode()}
    if kinds:
        column = {"encoding": "WKB", "geometry_types": kinds}
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        metadata[b"geo"] = json.dumps(geo).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(made.replace_schema_metadata(metadata), sink)
    return bytes(sink.getvalue().to_pybytes())
