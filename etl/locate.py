"""Place to district, uncertainty, and the finest H3 cell that this uncertainty justifies."""

from __future__ import annotations

from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import polars_h3 as plh3

from etl.atlas import TOLERANCE_M, Atlas, Bools, Floats, Indices, atlas_of, in_box
from etl.border import border_of
from etl.gazetteer import LAST_EXACT, LAST_PLACED, given_by
from etl.reference import NO_SEGMENT, Reference
from etl.source import Terms
from etl.values import read

AT_SEA, AT_BORDER = ("interception_at_sea", "death_or_missing"), "interception_at_border"
FINEST = 9
EDGE_M = [h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(FINEST + 1)]
ANYWHERE = 7  # precision code


def place(rows: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Rows as `read_values` leaves them -> the same with their place and what is wrong with it.

    Adds country.at, adm2.at, adm3.at, crossing.at, crossing_basis.at, border_segment.at, lat.at, lon.at,
    precision.at, uncertainty.at, cell.at, resolution.at, inside.code (the district that holds the point), and the
    flags that the rules of places look at.
    """
    rows = _checked(given_by(rows, reference), terms, atlas_of(reference))
    return _celled(_bordered(rows, reference))


# --- points --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Points:
    """The points of some rows, by their positions among all rows, and what the rows say of them."""

    at: Indices
    lon: Floats
    lat: Floats
    told: Indices  # number of the declared district, -1 for none
    allowed_m: Floats  # how far a point may be from where it is said to be
    at_sea: Bools
    is_exact: Bools

    def none(self) -> Bools:
        """A flag that no point has."""
        return np.zeros(len(self.at), bool)

    @property
    def is_zero(self) -> Bools:
        """At 0, 0: where a missing point is put."""
        return np.asarray((self.lon == 0) & (self.lat == 0))


def _checked(rows: pl.DataFrame, terms: Terms, atlas: Atlas) -> pl.DataFrame:
    """Where each point lies, and whether that can be so."""
    lon, lat = (rows[f"{axis}.at"].to_numpy().astype(np.float64) for axis in ("lon", "lat"))
    off_globe = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    at = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & ~off_globe)
    points = _points(rows[at], at, lon[at], lat[at], atlas)
    inside = holds = atlas.district_of(points.lon, points.lat)
    mismatch = _mismatch(points, inside, atlas)
    outside, swapped, mirrored = points.is_zero, points.none(), points.none()
    off_swapped = np.zeros(rows.height, bool)
    if terms.area == "bangladesh":
        outside |= _outside(points, inside, mismatch, atlas)
        inside = _with_nearest(points, inside, outside, atlas)
        swapped, mirrored = _exchanged(points)
        off_swapped = off_globe & in_box(lat, lon)
    found = _Found(at, rows.height)
    centre = _centre(points, atlas)
    flags = {"is_outside": outside, "is_mirrored": mirrored, "is_elsewhere": mismatch, "is_centre": centre}
    return rows.with_columns(
        *(pl.Series(name, found.flags(some)) for name, some in flags.items()),
        pl.Series("is_off_globe", off_globe),
        pl.Series("is_swapped", found.flags(swapped) | off_swapped),
        pl.Series("inside.code", found.strings(atlas.codes(holds))),
        pl.coalesce("adm2.at", pl.Series("found", found.strings(atlas.codes(inside)))).alias("adm2.at"),
        pl.col("adm3.code").alias("adm3.at"),
    ).with_columns(_country(terms))


def _points(rows: pl.DataFrame, at: Indices, lon: Floats, lat: Floats, atlas: Atlas) -> _Points:
    uncertainty_m = rows["uncertainty.at"].fill_null(0.0).to_numpy()
    fine = rows["precision.at"].fill_null(ANYWHERE).to_numpy() <= LAST_EXACT
    return _Points(
        at,
        lon,
        lat,
        told=atlas.numbers(rows["adm2.at"]),
        allowed_m=np.maximum(uncertainty_m, TOLERANCE_M),
        at_sea=rows["event_type.read"].is_in(AT_SEA).fill_null(False).to_numpy(),
        is_exact=fine & rows["by_point"].to_numpy(),
    )


def _mismatch(points: _Points, inside: Indices, atlas: Atlas) -> Bools:
    """Points too far from the district that was declared."""
    mismatch, far = points.none(), np.flatnonzero((inside != points.told) & (points.told >= 0))
    mismatch[far] = ~atlas.within(points.told[far], points.lon[far], points.lat[far], points.allowed_m[far])
    return mismatch


def _outside(points: _Points, inside: Indices, mismatch: Bools, atlas: Atlas) -> Bools:
    """Points in no district that are too far from the country, or from its coast where the sea is meant."""
    outside, open_ = points.none(), np.flatnonzero((inside < 0) & ((points.told < 0) | mismatch))
    asked = (points.lon[open_], points.lat[open_], points.allowed_m[open_], points.at_sea[open_])
    outside[open_] = ~atlas.reaches(*asked)
    return outside


def _with_nearest(points: _Points, inside: Indices, outside: Bools, atlas: Atlas) -> Indices:
    """A point just off the border belongs to the nearest district, where none was declared."""
    placed, near = inside.copy(), np.flatnonzero((inside < 0) & (points.told < 0) & ~outside)
    placed[near] = atlas.nearest(points.lon[near], points.lat[near])
    return placed


def _exchanged(points: _Points) -> tuple[Bools, Bools]:
    """Points that would be in the country with their axes exchanged; with another sign."""
    lon, lat = points.lon, points.lat
    elsewhere = ~in_box(lon, lat)
    return elsewhere & in_box(lat, lon), elsewhere & in_box(np.abs(lon), np.abs(lat))


def _centre(points: _Points, atlas: Atlas) -> Bools:
    """Points said to be exact that are the middle of an area."""
    centre, exact = points.none(), np.flatnonzero(points.is_exact)
    centre[exact] = atlas.is_centre(points.lon[exact], points.lat[exact])
    return centre


def _country(terms: Terms) -> pl.Expr:
    if terms.area == "bangladesh":
        return pl.lit("BD").alias("country.at")
    return pl.when(pl.col("adm2.at").is_not_null()).then(pl.lit("BD")).otherwise(read("country")).alias("country.at")


# --- the border ----------------------------------------------------------------------


def _bordered(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """The crossing as named, or the one that an interception at the border is near; and the segment of the border.

    A named crossing has its segment from a table, for the border winds; else the point says it, if it is exact.
    """
    border = border_of(reference)
    lon, lat = (rows[f"{axis}.at"].to_numpy().astype(np.float64) for axis in ("lon", "lat"))
    fine = rows["precision.at"].fill_null(ANYWHERE).to_numpy() <= LAST_EXACT
    at = np.flatnonzero(fine & in_box(lon, lat))
    near, beside = np.full(rows.height, len(border.names)), np.full(rows.height, NO_SEGMENT, np.uint16)
    near[at], beside[at] = border.crossings(lon[at], lat[at]), border.segments(lon[at], lat[at])
    located = pl.Series([*border.names, None], dtype=pl.String).gather(np.where(near < 0, len(border.names), near))
    may = pl.col("crossing.code").is_null() & (read("event_type") == AT_BORDER).fill_null(False)
    segments = {name: crossing.border_segment for name, crossing in reference.crossings.items()}
    named = pl.col("crossing.code").replace_strict(segments, default=None, return_dtype=pl.UInt16)
    return rows.with_columns(
        pl.Series("beside", beside), pl.when(may & pl.col("by_point")).then(located.alias("located"))
    ).with_columns(
        pl.coalesce("crossing.code", "located").alias("crossing.at"),
        pl.when(pl.col("crossing.code").is_not_null())
        .then(pl.lit("named"))
        .when(pl.col("located").is_not_null())
        .then(pl.lit("located"))
        .alias("crossing_basis.at"),
        pl.when(pl.col("crossing.code").is_not_null())
        .then(named)
        .when(pl.col("beside") != NO_SEGMENT)
        .then("beside")
        .alias("border_segment.at"),
    )


# --- cells ---------------------------------------------------------------------------


def _celled(rows: pl.DataFrame) -> pl.DataFrame:
    """The finest cell whose average edge is not below the uncertainty; none for areas."""
    placed = (pl.col("precision.at") <= LAST_PLACED) & ~pl.col("is_off_globe")
    rows = rows.with_columns(
        pl.when(placed).then(f"{axis}.at").alias(f"{axis}.at") for axis in ("lat", "lon")
    ).with_columns(_resolution().alias("resolution.at"))
    cells = np.zeros(rows.height, np.uint64)
    resolutions = rows["resolution.at"].fill_null(255).to_numpy()
    for resolution in np.unique(resolutions[resolutions <= FINEST]):
        at = np.flatnonzero(resolutions == resolution)
        points = pl.DataFrame([rows["lat.at"][at], rows["lon.at"][at]])
        found = points.select(plh3.latlng_to_cell("lat.at", "lon.at", int(resolution)))
        cells[at] = found.to_series().to_numpy()
    cell = pl.Series("cell", cells)
    return rows.with_columns(pl.when(pl.col("resolution.at").is_not_null()).then(cell).alias("cell.at"))


def _resolution() -> pl.Expr:
    known = pl.col("lat.at").is_not_null() & pl.col("lon.at").is_not_null() & pl.col("uncertainty.at").is_not_null()
    finest = pl.sum_horizontal((pl.lit(edge) >= pl.col("uncertainty.at")).cast(pl.Int8) for edge in EDGE_M) - 1
    return pl.when(known & (finest >= 0)).then(finest).cast(pl.UInt8)


@dataclass(frozen=True)
class _Found:
    """Puts what was found for some rows back among all of them."""

    at: Indices
    height: int

    def flags(self, some: Bools) -> Bools:
        """True only where it was found so."""
        every = np.zeros(self.height, bool)
        every[self.at] = some
        return every

    def strings(self, some: pl.Series) -> pl.Series:
        """Null where there was nothing to look for."""
        every = np.full(self.height, len(some), np.uint32)
        every[self.at] = np.arange(len(some), dtype=np.uint32)
        return some.extend_constant(None, 1).gather(every)
