"""Place to district, uncertainty, and the finest H3 cell that this uncertainty justifies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import polars_h3 as plh3

from etl.atlas import TOLERANCE_M, Atlas, Bools, Floats, Indices, atlas_of, in_box
from etl.columns import Codes, Columns, Profile
from etl.gazetteer import AXES, LAST_PLACED, given_by
from etl.reference import Reference
from etl.source import Terms

AT_SEA = ("interception_at_sea", "death_or_missing")
FINEST = 9
EDGE_M = [h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(FINEST + 1)]
LAST_EXACT, ANYWHERE = 2, 7  # precision codes
NO_CELL = 255
OWN = 0.0  # stands for the own point of each row that has one


GIVEN = ("adm2", "adm3", "crossing", "precision_code", "uncertainty_m", "event_type", "country", "has_lat", "has_lon")


def place(columns: Columns, terms: Terms, reference: Reference) -> Columns:
    """Rows as `read_values` leaves them -> the same with their place and what is wrong with it.

    Adds country.at, adm2.at, adm3.at, crossing.at, lat.at, lon.at, precision.at, uncertainty.at, cell.at,
    resolution.at, and the flags that the rules of places look at.
    """
    atlas = atlas_of(reference)
    lat, lon = columns.of("lat.read"), columns.of("lon.read")
    columns = columns.beside(*(columns.of(axis).is_not_null().alias(f"has_{axis}") for axis in AXES))
    places = columns.profile(GIVEN)
    own = [pl.when(f"has_{axis}").then(OWN).alias(name) for axis in AXES for name in (axis, f"{axis}.read")]
    frame = given_by(places.frame.with_columns(own), reference)
    frame = frame.drop(name for axis in AXES for name in (axis, f"{axis}.read"))  # they stand for every row's own
    frame = frame.with_columns(_resolution().alias("resolution.at"), pl.Series("told", atlas.numbers(frame["adm2.at"])))
    columns = replace(columns, places=Profile(frame, places.codes))
    return _celled(_checked(columns, lat, lon, terms, atlas))


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


def _checked(columns: Columns, lat_read: pl.Series, lon_read: pl.Series, terms: Terms, atlas: Atlas) -> Columns:
    """Where each point lies, and whether that can be so."""
    places, told = columns.places, columns.places.frame
    by_point = told["by_point"].to_numpy()[places.codes]
    lon, lat = (
        np.where(by_point, read.to_numpy(), told[f"{axis}.at"].to_numpy().astype(np.float64)[places.codes])
        for axis, read in (("lon", lon_read), ("lat", lat_read))
    )
    off_globe = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    at = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & ~off_globe)
    points = _points(told, places.codes[at], at, lon[at], lat[at])
    inside = atlas.district_of(points.lon, points.lat)
    mismatch = _mismatch(points, inside, atlas)
    outside, swapped, mirrored = points.is_zero, points.none(), points.none()
    off_swapped = np.zeros(len(lat), bool)
    if terms.area == "bangladesh":
        outside |= _outside(points, inside, mismatch, atlas)
        inside = _with_nearest(points, inside, outside, atlas)
        swapped, mirrored = _exchanged(points)
        off_swapped = off_globe & in_box(lat, lon)
    found = _Found(at, len(lat))
    centre = _centre(points, atlas)
    flags = {"is_outside": outside, "is_mirrored": mirrored, "is_elsewhere": mismatch, "is_centre": centre}
    district = told["told"].to_numpy()[places.codes]
    district[at] = np.where(district[at] >= 0, district[at], inside)
    return columns.beside(
        *(pl.Series(name, found.flags(some)) for name, some in flags.items()),
        pl.Series("is_off_globe", off_globe),
        pl.Series("is_swapped", found.flags(swapped) | off_swapped),
        pl.Series("adm2.no", district),
        pl.Series("lat.at", lat),
        pl.Series("lon.at", lon),
    )


def _points(told: pl.DataFrame, codes: Codes, at: Indices, lon: Floats, lat: Floats) -> _Points:
    uncertainty_m = told["uncertainty.at"].fill_null(0.0).to_numpy()
    fine = told["precision.at"].fill_null(ANYWHERE).to_numpy() <= LAST_EXACT
    at_sea = told["event_type.read"].is_in(AT_SEA).fill_null(False).to_numpy()
    return _Points(
        at,
        lon,
        lat,
        told=told["told"].to_numpy()[codes],
        allowed_m=np.maximum(uncertainty_m, TOLERANCE_M)[codes],
        at_sea=at_sea[codes],
        is_exact=(fine & told["by_point"].to_numpy())[codes],
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


def _celled(columns: Columns) -> Columns:
    """The finest cell whose average edge is not below the uncertainty; none for areas."""
    places = columns.places
    finest = places.frame["resolution.at"].fill_null(NO_CELL).to_numpy()[places.codes]
    lat, lon = (columns.rows[f"{axis}.at"].to_numpy() for axis in ("lat", "lon"))
    placed = (finest != NO_CELL) & np.isfinite(lat) & np.isfinite(lon) & ~columns.rows["is_off_globe"].to_numpy()
    cells = np.zeros(len(lat), np.uint64)
    for resolution in np.unique(finest[placed]):
        at = np.flatnonzero(placed & (finest == resolution))
        points = pl.DataFrame({"lat": lat[at], "lon": lon[at]})
        cells[at] = points.select(plh3.latlng_to_cell("lat", "lon", int(resolution))).to_series().to_numpy()
    return columns.beside(pl.Series("placed", placed), pl.Series("cell.at", cells))


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
