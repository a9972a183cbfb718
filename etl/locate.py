"""Place to district, uncertainty, and the finest H3 cell that this uncertainty justifies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import polars_h3 as plh3

from etl.atlas import TOLERANCE_M, Atlas, Bools, Floats, Indices, atlas_of, in_box
from etl.border import border_of
from etl.columns import Columns, Profile
from etl.gazetteer import AXES, LAST_EXACT, LAST_PLACED, given_by
from etl.reference import Reference
from etl.source import Terms

AT_SEA, AT_BORDER = ("interception_at_sea", "death_or_missing"), "interception_at_border"
FINEST = 9
EDGE_M = [h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(FINEST + 1)]
ANYWHERE = 7  # precision code
NO_CELL = 255
OWN = 0.0  # stands for the own point of each row that has one
GIVEN_BY = (
    "adm2", "adm3", "crossing", "place_name", "precision_code", "uncertainty_m", "event_type", "has_lat", "has_lon",
)  # fmt: skip


def place(columns: Columns, terms: Terms, reference: Reference) -> Columns:
    """What `read_values` and `read_pairs` leave -> the same with the place of each row and what is wrong with it.

    Adds what `given_by` finds for each combination of what a place is given by, with resolution.at; and row by row
    lat.at, lon.at, cell.at, is_placed, district (as the atlas numbers them, -1 for none), holder (of the point),
    crossing.no (as the border numbers them), border_segment.at, and the flags that the rules of places look at.
    """
    own = [columns.of(f"{axis}.read") for axis in AXES]
    columns = _given(columns, atlas_of(reference), reference)
    columns = _checked(columns, *_points_of(columns, own), terms, atlas_of(reference))
    return _celled(_bordered(columns, reference))


def _given(columns: Columns, atlas: Atlas, reference: Reference) -> Columns:
    """What each combination of names, codes and radii gives; that there is a point of its own stands for the point."""
    columns = columns.beside(*(columns.of(axis).is_not_null().alias(f"has_{axis}") for axis in AXES))
    profile = columns.profile(GIVEN_BY)
    own = [pl.when(f"has_{axis}").then(OWN).alias(name) for axis in AXES for name in (axis, f"{axis}.read")]
    found = given_by(profile.frame.with_columns(own), reference).with_columns(_resolution().alias("resolution.at"))
    found = found.with_columns(pl.Series("told", atlas.numbers(found["adm2.at"])))
    hidden = [name for axis in AXES for name in (axis, f"{axis}.read", f"{axis}.at")]
    lonlat = found.select(pl.col(f"{axis}.at").alias(f"{axis}.given") for axis in AXES)
    return columns.finding(Profile(found.drop(hidden).hstack(lonlat), profile.codes))


def _points_of(columns: Columns, own: Sequence[pl.Series]) -> tuple[Floats, Floats]:
    """Longitude and latitude of each row: its own, or those of the crossing or upazila; NaN for none."""
    by_point = columns.of("by_point").to_numpy()
    given = [columns.of(f"{axis}.given") for axis in AXES]
    lon, lat = (
        np.where(by_point, mine.to_numpy(), other.to_numpy().astype(np.float64))
        for mine, other in zip(own, given, strict=True)
    )
    return lon, lat


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


def _checked(columns: Columns, lon: Floats, lat: Floats, terms: Terms, atlas: Atlas) -> Columns:
    """Where each point lies, and whether that can be so."""
    off_globe = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    at = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & ~off_globe)
    points = _points(columns.profiles[-1], at, lon[at], lat[at])
    inside = holds = atlas.district_of(points.lon, points.lat)
    mismatch = _mismatch(points, inside, atlas)
    outside, swapped, mirrored = points.is_zero, points.none(), points.none()
    off_swapped = np.zeros(len(lat), bool)
    if terms.area == "bangladesh":
        outside |= _outside(points, inside, mismatch, atlas)
        inside = _with_nearest(points, inside, outside, atlas)
        swapped, mirrored = _exchanged(points)
        off_swapped = off_globe & in_box(lat, lon)
    found = _Found(at, len(lat))
    told = columns.of("told").to_numpy()
    flags = {
        "is_outside": outside,
        "is_mirrored": mirrored,
        "is_elsewhere": mismatch,
        "is_centre": _centre(points, atlas),
    }
    return columns.beside(
        *(pl.Series(name, found.flags(some)) for name, some in flags.items()),
        pl.Series("is_off_globe", off_globe),
        pl.Series("is_swapped", found.flags(swapped) | off_swapped),
        pl.Series("holder", found.numbers(holds)),
        pl.Series("district", np.where(told >= 0, told, found.numbers(inside))),
        pl.Series("lon.at", lon),
        pl.Series("lat.at", lat),
    )


def _points(places: Profile, at: Indices, lon: Floats, lat: Floats) -> _Points:
    given, codes = places.frame, places.codes[at]
    uncertainty_m = given["uncertainty.at"].fill_null(0.0).to_numpy()
    fine = given["precision.at"].fill_null(ANYWHERE).to_numpy() <= LAST_EXACT
    at_sea = given["event_type.read"].is_in(AT_SEA).fill_null(False).to_numpy()
    return _Points(
        at,
        lon,
        lat,
        told=given["told"].to_numpy()[codes],
        allowed_m=np.maximum(uncertainty_m, TOLERANCE_M)[codes],
        at_sea=at_sea[codes],
        is_exact=(fine & given["by_point"].to_numpy())[codes],
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


# --- the border ----------------------------------------------------------------------


def _bordered(columns: Columns, reference: Reference) -> Columns:
    """The crossing as named, or the one that an interception at the border is near; and the segment of the border.

    A named crossing has its segment from a table, for the border winds; else the point says it, if it is exact.
    """
    border, given = border_of(reference), columns.profiles[-1].frame
    named = given["crossing.code"].replace_strict(border.numbers, default=-1, return_dtype=pl.Int64).to_numpy()
    fine = given["precision.at"].fill_null(ANYWHERE).to_numpy() <= LAST_EXACT
    may = (given["event_type.read"] == AT_BORDER).fill_null(False).to_numpy() & given["by_point"].to_numpy()
    codes = columns.profiles[-1].codes
    lon, lat = (columns.rows[f"{axis}.at"].to_numpy() for axis in AXES)
    at = np.flatnonzero(fine[codes] & (named[codes] < 0) & in_box(lon, lat))
    crossing, segment = named[codes], border.of_crossing[named][codes]
    segment[at] = border.segments(lon[at], lat[at])
    near = at[may[codes[at]]]
    crossing[near] = border.crossings(lon[near], lat[near])
    return columns.beside(
        pl.Series("crossing.no", crossing),
        pl.Series("is_named", named[codes] >= 0),
        pl.Series("border_segment.at", segment),
    )


# --- cells ---------------------------------------------------------------------------


def _celled(columns: Columns) -> Columns:
    """The finest cell whose average edge is not below the uncertainty; none for areas."""
    places = columns.profiles[-1]
    finest = places.frame["resolution.at"].fill_null(NO_CELL).to_numpy()[places.codes]
    lat, lon = (columns.rows[f"{axis}.at"].to_numpy() for axis in ("lat", "lon"))
    is_placed = (finest != NO_CELL) & np.isfinite(lat) & np.isfinite(lon) & ~columns.rows["is_off_globe"].to_numpy()
    cells = np.zeros(len(lat), np.uint64)
    for resolution in np.unique(finest[is_placed]):
        at = np.flatnonzero(is_placed & (finest == resolution))
        points = pl.DataFrame({"lat": lat[at], "lon": lon[at]})
        cells[at] = points.select(plh3.latlng_to_cell("lat", "lon", int(resolution))).to_series().to_numpy()
    return columns.beside(pl.Series("is_placed", is_placed), pl.Series("cell.at", cells))


def _resolution() -> pl.Expr:
    known = (pl.col("precision.at") <= LAST_PLACED) & pl.col("uncertainty.at").is_not_null()
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

    def numbers(self, some: Indices) -> Indices:
        """-1 where there was nothing to look for."""
        every = np.full(self.height, -1, np.intp)
        every[self.at] = some
        return every
