"""A zipped Shapefile as grids, one a layer, read by GDAL from memory: it sees no other file and guesses no driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import pyogrio
import pyproj

from etl.archive import repacked
from etl.errors import LoadError
from etl.geometry import Placing, placing, points
from etl.grid import Contents, Grid, Row, batches, check_width, text_of

DRIVER, MAGIC = "ESRI Shapefile", b"\0\0\x27\x0a"
NEEDED, USED = (".shp", ".dbf", ".shx"), (".shp", ".dbf", ".shx", ".prj", ".cpg")


def read_shapefile(members: Mapping[str, bytes], crs: str | None) -> Contents:
    """Raises LoadError SHAPEFILE_INCOMPLETE, FILE_DAMAGED or of its coordinate system."""
    stems = sorted(name[:-4] for name in members if name.lower().endswith(".shp"))
    return Contents([_layer(_parts(members, stem), PurePosixPath(stem).name, crs) for stem in stems])


def _parts(members: Mapping[str, bytes], stem: str) -> dict[str, bytes]:
    """The files of one layer under names of ours; each is what its name says, so that no other driver takes it."""
    found = {name[-4:].lower(): content for name, content in members.items() if name[:-4] == stem}
    missing = [part for part in NEEDED if part not in found]
    if missing:
        fix = "Pack all files of the layer: .shp, .shx, .dbf and .prj."
        raise LoadError("SHAPEFILE_INCOMPLETE", f"The Shapefile has no {' and no '.join(missing)}.", fix)
    if any(not found[part].startswith(MAGIC) for part in (".shp", ".shx")):
        raise _damaged()
    return {f"layer{part}": found[part] for part in USED if part in found}


def _layer(parts: dict[str, bytes], name: str, crs: str | None) -> Grid:
    packed = repacked(parts).getvalue()
    try:
        if pyogrio.read_info(packed, layer="layer")["driver"] != DRIVER:
            raise _damaged()
        meta, _, wkb, columns = pyogrio.raw.read(packed, layer="layer", datetime_as_string=True)
        told = pyproj.CRS.from_user_input(meta["crs"]) if meta["crs"] else None
    except (RuntimeError, ValueError, pyproj.exceptions.CRSError) as error:
        raise _damaged() from error
    header = [str(field) for field in meta["fields"]]
    check_width(len(header) + 2)
    rows = _rows([column.tolist() for column in columns], list(wkb), placing(told, crs))
    return Grid(name, [(0, [*header, "lat", "lon"])], batches(len(header) + 2, rows), is_placed=True)


def _damaged() -> LoadError:
    return LoadError(
        "FILE_DAMAGED", "The Shapefile is damaged and cannot be read.", "Export it anew, with all its files."
    )


def _rows(columns: Sequence[Sequence[object]], wkb: Sequence[bytes | None], place: Placing) -> Iterator[Row]:
    for at, (lat, lon, fault) in enumerate(zip(*points(wkb, place), strict=True)):
        yield at + 1, fault, [*(_cell(column[at]) for column in columns), lat, lon]


def _cell(value: object) -> str | None:
    """A cell of a DBF, where an empty number is NaN."""
    return None if value != value else text_of(value)
