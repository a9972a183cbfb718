"""A GeoPackage as grids, one a layer. It is read as what it is, an SQLite database that may only be looked at.

Not through GDAL, which would run views of the file and shows a broken geometry as none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO

from etl.errors import LoadError
from etl.geometry import Placing, placing, points
from etl.grid import ROWS_AT_ONCE, Contents, Grid, Row, batches, check_width, text_of

ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION}
ENVELOPES = (0, 32, 48, 48, 64)  # bytes of the box that a geometry may bring, by the kind that its flags tell
HEADER = 8  # bytes before that box
LAYERS = """
    SELECT table_name, type = 'table' AND rootpage > 0, column_name, upper(organization), organization_coordsys_id
    FROM gpkg_contents
    LEFT JOIN sqlite_schema ON lower(name) = lower(table_name) AND type IN ('table', 'view')
    LEFT JOIN gpkg_geometry_columns USING (table_name)
    LEFT JOIN gpkg_spatial_ref_sys ON gpkg_spatial_ref_sys.srs_id = gpkg_geometry_columns.srs_id
    WHERE data_type IN ('features', 'attributes')
    ORDER BY gpkg_contents.rowid
"""


@dataclass(frozen=True)
class _Layer:
    """A layer as the file lists it. is_table: not a view, nor anything else that runs when it is read."""

    table: str
    is_table: bool
    geometry: str | None
    authority: str | None
    number: int | None

    @property
    def crs(self) -> str | None:
        return f"{self.authority}:{self.number}" if self.authority in ("EPSG", "OGC") else None


def read_geopackage(stream: BinaryIO, crs: str | None) -> Contents:
    """Raises LoadError WRONG_TYPE, COLUMN_TYPE, TOO_MANY_COLUMNS, FILE_DAMAGED or of its coordinate system."""
    try:
        con = _opened(stream.read())
        if con.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _damaged()
        con.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
        layers = _layers(con)
        grids = [_grid(con, layer, crs) for layer in layers if layer.is_table]
        return Contents(grids, unread=[layer.table for layer in layers if not layer.is_table])
    except (sqlite3.Error, ValueError) as error:
        raise _damaged() from error


def _opened(content: bytes) -> sqlite3.Connection:
    """A copy in memory: neither this file nor another is opened, and what lies beside it is not looked for."""
    con = sqlite3.connect(":memory:")
    con.deserialize(content[:18] + b"\1\1" + content[20:])  # of a file in WAL mode, without its log
    con.execute("PRAGMA trusted_schema = OFF")
    con.execute("PRAGMA cell_size_check = ON")
    con.text_factory = lambda raw: raw.decode(errors="replace")
    return con


def _damaged() -> LoadError:
    return LoadError("FILE_DAMAGED", "The GeoPackage is cut off or damaged.", "Export it anew and send it again.")


def _layers(con: sqlite3.Connection) -> list[_Layer]:
    if not con.execute("SELECT 1 FROM sqlite_schema WHERE name = 'gpkg_contents'").fetchone():
        raise LoadError("WRONG_TYPE", "This is a database, but no GeoPackage.", "Export it as GeoPackage or CSV.")
    return [_Layer(*row) for row in con.execute(LAYERS)]


def _grid(con: sqlite3.Connection, layer: _Layer, crs: str | None) -> Grid:
    name = layer.table.replace('"', '""')
    found = con.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # the name of a table cannot be bound
    columns = [column[0] for column in found.description]
    keys = {column[1] for column in con.execute(f'PRAGMA table_info("{name}")') if column[5]}
    header = [column for column in columns if column not in keys | {layer.geometry}]
    check_width(len(header) + 2)
    taken = [columns.index(column) for column in header]
    if layer.geometry is None:
        rows: Iterator[Row] = ((at, None, _cells(row, taken)) for at, row in enumerate(found, start=1))
        return Grid(layer.table, [(0, header)], batches(len(header), rows))
    rows = _placed(found, taken, columns.index(layer.geometry), placing(layer.crs, crs))
    return Grid(layer.table, [(0, [*header, "lat", "lon"])], batches(len(header) + 2, rows), is_placed=True)


def _placed(found: sqlite3.Cursor, taken: Sequence[int], at: int, place: Placing) -> Iterator[Row]:
    number = count(1)
    while chunk := found.fetchmany(ROWS_AT_ONCE):
        shapes = points([_wkb(row[at]) for row in chunk], place)
        for row, lat, lon, fault in zip(chunk, *shapes, strict=True):
            yield next(number), fault, [*_cells(row, taken), lat, lon]


def _wkb(blob: object) -> bytes | None:
    """What follows the header of a geometry; a blob without a whole header is a broken geometry."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < HEADER:
        return b""
    kind = blob[3] >> 1 & 7
    return blob[HEADER + ENVELOPES[kind] :] if kind < len(ENVELOPES) else b""


def _cells(row: Sequence[object], taken: Sequence[int]) -> list[str | None]:
    cells = [row[at] for at in taken]
    if any(isinstance(cell, bytes) for cell in cells):
        raise LoadError("COLUMN_TYPE", "A column holds raw bytes.", "Leave it out, or write it as text.")
    return [text_of(cell) for cell in cells]
