"""Columns of coordinates in the system named with --crs: metres of a grid, or degrees of another datum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from etl.errors import LoadError
from etl.source import Source
from etl.table import TextTable, Warning
from etl.values import DECIMAL, DEGREES, in_ascii

if TYPE_CHECKING:
    from etl.geometry import Placing

AXES = {"x": "lon", "easting": "lon", "y": "lat", "northing": "lat"}  # headers of a sheet whose system is said
NOT_USED = Warning("CRS_NOT_USED", "The file has no columns of coordinates: --crs changes nothing in it.")

Degrees = Callable[[pl.DataFrame], pl.DataFrame]


def with_axes(source: Source, tables: Sequence[TextTable], crs: str | None) -> Source:
    """The source of a sheet whose system is said: it may also call its columns of coordinates as that system does."""
    if crs is None or any(table.is_placed for table in tables):
        return source
    return replace(source, columns={**AXES, **source.columns})


def unused(source: Source, tables: Sequence[TextTable], crs: str | None) -> tuple[Warning, ...]:
    """A warning where a system is said and there is nothing that it could be of."""
    is_used = crs is None or any(set(DEGREES) <= set(source.taken(table.header).values()) for table in tables)
    return () if is_used else (NOT_USED,)


def degrees_of(table: TextTable, crs: str | None, file: str) -> Degrees:
    """What makes degrees of WGS 84 of the rows of a table, in the shape of RAW; in their order, from the first on.

    Points of a geometry were transformed when it was read.
    Raises LoadError CRS_UNKNOWN; what it gives, CRS_CONFLICT.
    """
    if crs is None or table.is_placed:
        return lambda rows: rows
    from etl.geometry import placing  # imported here: most sheets are in degrees, and pyproj takes a while

    with _naming(file):
        place = placing(None, crs)
    if place.crs.to_epsg() == 4326:
        return lambda rows: rows

    def degrees(rows: pl.DataFrame) -> pl.DataFrame:
        with _naming(file):
            return _in_degrees(rows, place)

    return degrees


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Refusals name the file."""
    try:
        yield
    except LoadError as error:
        raise LoadError(error.code, error.message, error.fix, file, None, "lat") from error


def _in_degrees(rows: pl.DataFrame, place: Placing) -> pl.DataFrame:
    """Two plain numbers are transformed; another way of writing a point would be taken for degrees, and is a fault."""
    texts = in_ascii(rows.select(pl.col(*DEGREES).str.strip_chars()), DEGREES).to_dict()
    numbers = {axis: each.set(~each.str.contains(DECIMAL), None).cast(pl.Float64) for axis, each in texts.items()}
    odd = pl.DataFrame([(each != "") & numbers[axis].is_null() for axis, each in texts.items()])
    is_odd = odd.select(pl.any_horizontal(pl.all().fill_null(False))).to_series()
    is_point = numbers["lat"].is_not_null() & numbers["lon"].is_not_null()
    y, x = (each.set(~is_point, None).fill_null(np.nan).to_numpy() for each in numbers.values())
    lat, lon = (pl.Series(degrees, dtype=pl.String) for degrees in place.texts(x, y))
    fault = pl.DataFrame({"fault": rows["fault"], "is_odd": is_odd}).select(
        pl.coalesce("fault", pl.when("is_odd").then(pl.lit("coord_unreadable")))
    )
    return rows.with_columns(
        fault.to_series(), lat=lat.zip_with(is_point, rows["lat"]), lon=lon.zip_with(is_point, rows["lon"])
    )
