"""A ZIP archive by what it holds: a workbook, a KMZ or a Shapefile."""

from __future__ import annotations

from typing import BinaryIO

from etl.archive import check_not_nested, unpack
from etl.errors import LoadError
from etl.grid import Contents


def read_zip(stream: BinaryIO, crs: str | None) -> Contents:
    """Raises LoadError WRONG_TYPE, or what `unpack` and the readers raise."""
    members = unpack(stream)
    suffixes = {name[-4:].lower() for name in members}
    if "xl/workbook.xml" in members:
        from etl.workbook import read_xlsx

        return read_xlsx(members)
    check_not_nested(members)
    if ".kml" in suffixes:
        from etl.kml import read_kmz

        return read_kmz(members, crs)
    if ".shp" in suffixes:
        from etl.shapefile import read_shapefile

        return read_shapefile(members, crs)
    fix = "Send the table itself: CSV, .xlsx, KMZ or a zipped Shapefile."
    raise LoadError("WRONG_TYPE", "The archive holds no workbook, KML or Shapefile.", fix)
