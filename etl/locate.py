"""Place to district, uncertainty, and the finest H3 cell that this uncertainty justifies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import polars_h3 as plh3
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from etl.reference import Names, Reference, folded
from etl.source import Terms
from etl.values import read

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

EARTH_M = 6_371_008.8
WEST, SOUTH, EAST, NORTH = 87.6, 20.2, 93.0, 27.0  # a box round the country
STEP = 0.02  # degrees: a box of about 2 km
TOLERANCE_M = 5_000.0
SEA_M = 370_000.0  # 200 nautical miles
CENTRE_M = 100.0
AT_SEA = ("interception_at_sea", "death_or_missing")
FINEST = 9
STUDY_RESOLUTIONS = range(3, 8)
EDGE_M = [h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(FINEST + 1)]
LAST_PLACED = 4  # the coarsest precision code that has a point
POINT, CROSSING, UPAZILA, DISTRICT = (
    1,
    2,
    4,
    5,
)  # what a place is given by; also the finest code that it bears
ANYWHERE = 7
MOST_TIMES_ITS_RADIUS = 3


def place(rows: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Rows as `read_values` leaves them -> the same with their place and what is wrong with it.

    Adds country.at, adm2.at, adm3.at, crossing.at, lat.at, lon.at, precision.at, uncertainty.at, cell.at,
    resolution.at, and the flags that the rules of places look at.
    """
    rows = _given_by(_named(rows, reference), reference)
    atlas = atlas_of(reference)
    return _celled(_checked(rows, terms, atlas))


# --- names ---------------------------------------------------------------------------


def _named(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Names of district, upazila and crossing to codes, each distinct combination once."""
    levels = ("adm2", "adm3", "crossing")
    asked = rows.select(levels).unique()
    found = [
        _resolved(adm2, adm3, crossing, reference.place_names) for adm2, adm3, crossing in asked.iter_rows()
    ]
    flags = [f"{level}.{what}" for what in ("unknown", "ambiguous") for level in levels]
    schema = {f"{level}.code": pl.String for level in levels} | dict.fromkeys(
        [*flags, "adm3.elsewhere"], pl.Boolean
    )
    table = pl.concat([asked, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")
    return rows.join(table, on=levels, how="left", nulls_equal=True, maintain_order="left")


def _resolved(
    adm2: str | None, adm3: str | None, crossing: str | None, names: Mapping[str, Names]
) -> tuple[str | bool | None, ...]:
    """Codes of the three levels; then which is unknown, which ambiguous; then whether adm3 is elsewhere."""
    found = [
        None if text is None else names[level].get(folded(text), ())
        for level, text in (("adm2", adm2), ("adm3", adm3), ("crossing", crossing))
    ]
    districts, upazilas, _ = found
    inside = upazilas
    if upazilas and districts:
        inside = tuple(code for code in upazilas if code[:6] in districts)
    codes = [codes[0] if codes and len(codes) == 1 else None for codes in (districts, inside, found[2])]
    unknown = [codes is not None and not codes for codes in found]
    many = [bool(codes) and len(codes or ()) > 1 for codes in (districts, inside, found[2])]
    return (*codes, *unknown, *many, bool(upazilas) and not inside)


def _given_by(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """What the place is given by, and the point, precision and uncertainty that follow from it."""
    crossings = pl.DataFrame(
        [(c.crossing, c.lon, c.lat, c.precision_m, c.adm2) for c in reference.crossings.values()],
        schema=["crossing.code", "crossing.lon", "crossing.lat", "crossing.radius", "crossing.adm2"],
        orient="row",
    )
    upazilas = pl.DataFrame(
        [(code, *point) for code, point in reference.upazila_points.items()],
        schema=["adm3.code", "adm3.lon", "adm3.lat"],
        orient="row",
    )
    radii = pl.DataFrame(
        {"precision.at": list(reference.radius_m), "radius": list(reference.radius_m.values())},
        schema={"precision.at": pl.UInt8, "radius": pl.Float64},
    )
    basis = (
        pl.when(pl.col("lat").is_not_null() | pl.col("lon").is_not_null())
        .then(POINT)
        .when(pl.col("crossing.code").is_not_null())
        .then(CROSSING)
        .when(pl.col("adm3.code").is_not_null())
        .then(UPAZILA)
        .when(pl.col("adm2.code").is_not_null())
        .then(DISTRICT)
    )
    rows = (
        rows.with_columns(basis.cast(pl.UInt8).alias("basis"))
        .join(crossings, on="crossing.code", how="left", maintain_order="left")
        .join(upazilas, on="adm3.code", how="left", maintain_order="left")
        .with_columns(
            (pl.col("basis") == POINT).fill_null(False).alias("by_point"),
            _by_basis(
                read("precision_code"),
                *(pl.max_horizontal(read("precision_code"), code) for code in (CROSSING, UPAZILA, DISTRICT)),
            )
            .cast(pl.UInt8)
            .alias("precision.at"),
            _by_basis(read("lon"), pl.col("crossing.lon"), pl.col("adm3.lon"), None).alias("lon.at"),
            _by_basis(read("lat"), pl.col("crossing.lat"), pl.col("adm3.lat"), None).alias("lat.at"),
            pl.coalesce(
                "adm2.code",
                pl.when(pl.col("adm3.code").is_not_null()).then(pl.col("adm3.code").str.slice(0, 6)),
                pl.when(pl.col("basis") == CROSSING).then(pl.col("crossing.adm2")),
            ).alias("adm2.at"),
        )
        .join(radii, on="precision.at", how="left", maintain_order="left")
    )
    least = _by_basis(None, pl.max_horizontal("crossing.radius", "radius"), pl.col("radius"), None)
    least = (
        pl.when((pl.col("basis") == CROSSING) & (pl.col("precision.at") == CROSSING))
        .then("crossing.radius")
        .otherwise(least)
    )
    told = read("uncertainty_m")
    finer = _radius_of(pl.col("precision.at").cast(pl.Int16) - 2, reference)
    return rows.with_columns(
        pl.when(pl.col("precision.at") <= LAST_PLACED)
        .then(pl.coalesce(told, least, "radius"))
        .alias("uncertainty.at"),
        (read("precision_code") < pl.col("basis")).fill_null(False).alias("is_too_fine"),
        ((told > pl.col("radius") * MOST_TIMES_ITS_RADIUS) | (told < least) | (told < finer))
        .fill_null(False)
        .alias("is_contradicted"),
    )


def _by_basis(
    point: pl.Expr | None, crossing: pl.Expr | None, upazila: pl.Expr | None, district: pl.Expr | None
) -> pl.Expr:
    basis = pl.col("basis")
    return (
        pl.when(basis == POINT)
        .then(point)
        .when(basis == CROSSING)
        .then(crossing)
        .when(basis == UPAZILA)
        .then(upazila)
        .when(basis == DISTRICT)
        .then(district)
    )


def _radius_of(code: pl.Expr, reference: Reference) -> pl.Expr:
    """The radius of a code, from 1 on; codes of areas count as the last that has one but one."""
    known = {code: radius for code, radius in reference.radius_m.items() if radius is not None}
    return pl.min_horizontal(code, max(known) - 1).replace_strict(
        known, default=None, return_dtype=pl.Float64
    )


# --- points --------------------------------------------------------------------------


def _checked(rows: pl.DataFrame, terms: Terms, atlas: Atlas) -> pl.DataFrame:
    """Where each point lies, and whether that can be so."""
    lon, lat = (rows[f"{axis}.at"].to_numpy().astype(np.float64) for axis in ("lon", "lat"))
    off_globe = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    has = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & ~off_globe)
    at_sea = read("event_type").is_in(AT_SEA).fill_null(False)
    there = rows[has].select("adm2.at", "precision.at", "basis", "uncertainty.at", at_sea.alias("sea"))
    told = atlas.numbers(there["adm2.at"])
    allowed = np.maximum(there["uncertainty.at"].fill_null(0.0).to_numpy(), TOLERANCE_M)
    found = _Found(has, rows.height)
    x, y = lon[has], lat[has]
    inside = atlas.district_of(x, y)
    far = np.flatnonzero((inside != told) & (told >= 0))
    mismatch = np.zeros(len(has), bool)
    mismatch[far] = ~atlas.within(told[far], x[far], y[far], allowed[far])
    zero = (x == 0) & (y == 0)
    if terms.area == "bangladesh":
        open_ = np.flatnonzero((inside < 0) & ((told < 0) | mismatch))
        outside = np.zeros(len(has), bool)
        sea = there["sea"].to_numpy()[open_]
        outside[open_] = ~atlas.reaches(x[open_], y[open_], allowed[open_], sea)
        near = np.flatnonzero((inside < 0) & (told < 0) & ~outside)
        inside[near] = atlas.nearest(x[near], y[near])
        in_box = _in_box(x, y)
        swapped, mirrored = ~in_box & _in_box(y, x), ~in_box & _in_box(np.abs(x), np.abs(y))
    else:
        outside, swapped, mirrored = zero, np.zeros(len(has), bool), np.zeros(len(has), bool)
    exact = (there["precision.at"].fill_null(ANYWHERE).to_numpy() <= 2) & (there["basis"].to_numpy() == POINT)
    centre = np.zeros(len(has), bool)
    exact_at = np.flatnonzero(exact)
    centre[exact_at] = atlas.is_centre(x[exact_at], y[exact_at])
    adm2 = pl.coalesce("adm2.at", pl.Series("found", found.strings(atlas.codes(inside))))
    off_globe_swapped = off_globe & _in_box(lat, lon) & (terms.area == "bangladesh")
    return rows.with_columns(
        pl.Series("is_off_globe", off_globe),
        pl.Series("is_outside", found.flags(outside | zero)),
        pl.Series("is_swapped", found.flags(swapped) | off_globe_swapped),
        pl.Series("is_mirrored", found.flags(mirrored)),
        pl.Series("is_elsewhere", found.flags(mismatch)),
        pl.Series("is_centre", found.flags(centre)),
        adm2.alias("adm2.at"),
        pl.col("adm3.code").alias("adm3.at"),
        pl.col("crossing.code").alias("crossing.at"),
    ).with_columns(_country(terms))


def _country(terms: Terms) -> pl.Expr:
    if terms.area == "bangladesh":
        return pl.lit("BD").alias("country.at")
    return (
        pl.when(pl.col("adm2.at").is_not_null())
        .then(pl.lit("BD"))
        .otherwise(read("country"))
        .alias("country.at")
    )


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
    known = (
        pl.col("lat.at").is_not_null()
        & pl.col("lon.at").is_not_null()
        & pl.col("uncertainty.at").is_not_null()
    )
    finest = (
        pl.sum_horizontal((pl.lit(edge) >= pl.col("uncertainty.at")).cast(pl.Int8) for edge in EDGE_M) - 1
    )
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


def _in_box(lon: Floats, lat: Floats) -> Bools:
    return (lon > WEST) & (lon < EAST) & (lat > SOUTH) & (lat < NORTH)


def _metres(lonlat: Floats) -> Floats:
    """Sinusoidal projection round 90 degrees east: distances in and near the country within 3 %."""
    lon, lat = np.radians(lonlat[:, 0] - 90.0), np.radians(lonlat[:, 1])
    return np.column_stack([EARTH_M * lon * np.cos(lat), EARTH_M * lat])


def _points(lon: Floats, lat: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(_metres(np.column_stack([lon, lat]))))


class Atlas:
    """Districts made ready for many questions. Most points fall in a box that one district fills.

    The table of boxes only saves work: a box that a border crosses is asked of the polygons themselves.
    """

    def __init__(self, reference: Reference) -> None:
        self._names = sorted(reference.district_shapes)
        self._shapes = shapely.from_wkb([reference.district_shapes[name] for name in self._names])
        self._flat = shapely.transform(self._shapes, _metres)
        self._flat_tree = shapely.STRtree(self._flat)
        self._land = shapely.union_all(shapely.from_wkb(list(reference.land)))
        centres = np.array(reference.centres)
        self._centres = shapely.STRtree(_points(centres[:, 0], centres[:, 1]))
        self._columns, self._rows = round((EAST - WEST) / STEP), round((NORTH - SOUTH) / STEP)
        self._boxes = self._decided()
        self._near_centre = self._marked(centres)
        for geometries in (self._shapes, self._flat, self._land):
            shapely.prepare(geometries)

    def _decided(self) -> NDArray[np.int16]:
        """For each box the district that fills it, -1 if it touches none, -2 if a border crosses it."""
        west, south = np.meshgrid(
            WEST + STEP * np.arange(self._columns), SOUTH + STEP * np.arange(self._rows)
        )
        boxes = shapely.box(west.ravel(), south.ravel(), west.ravel() + STEP, south.ravel() + STEP)
        tree = shapely.STRtree(boxes)
        decided = np.full(len(boxes), -1, np.int16)
        decided[tree.query(self._shapes, predicate="intersects")[1]] = -2
        district, box = tree.query(self._shapes, predicate="contains_properly")
        decided[box] = district
        return decided

    def _marked(self, centres: Floats) -> Bools:
        marked = np.zeros(self._columns * self._rows, bool)
        reach = 2 * CENTRE_M / 111_000
        for east in (-reach, reach):
            for north in (-reach, reach):
                marked[self._box_of(centres[:, 0] + east, centres[:, 1] + north)] = True
        return marked

    def _box_of(self, lon: Floats, lat: Floats) -> Indices:
        column = np.clip((lon - WEST) / STEP, 0, self._columns - 1).astype(np.intp)
        row = np.clip((lat - SOUTH) / STEP, 0, self._rows - 1).astype(np.intp)
        return row * self._columns + column

    def numbers(self, codes: pl.Series) -> Indices:
        """The number of each district code, -1 for null."""
        known = {name: number for number, name in enumerate(self._names)}
        return (
            codes.replace_strict(known, default=-1, return_dtype=pl.Int64)
            .fill_null(-1)
            .to_numpy()
            .astype(np.intp)
        )

    def codes(self, numbers: Indices) -> pl.Series:
        """The code of each district number, null for -1."""
        names = pl.Series([*self._names, None], dtype=pl.String)
        return names.gather(np.where(numbers < 0, len(self._names), numbers).astype(np.uint32))

    def district_of(self, lon: Floats, lat: Floats) -> Indices:
        """(n,) degrees -> (n,) numbers of the districts that hold the points, -1 for none."""
        found = np.where(_in_box(lon, lat), self._boxes[self._box_of(lon, lat)], -1).astype(np.intp)
        doubtful = np.flatnonzero(found == -2)
        found[doubtful] = -1
        if len(doubtful):
            tree = shapely.STRtree(shapely.points(lon[doubtful], lat[doubtful]))
            district, point = tree.query(self._shapes, predicate="intersects")
            found[doubtful[point[::-1]]] = district[::-1]
        return found

    def within(self, districts: Indices, lon: Floats, lat: Floats, metres: Floats) -> Bools:
        """Whether each point is at most so many metres from its own district."""
        if not len(districts):
            return np.zeros(0, bool)
        return np.asarray(shapely.dwithin(self._flat[districts], _points(lon, lat), metres))

    def reaches(self, lon: Floats, lat: Floats, metres: Floats, sea: Bools) -> Bools:
        """Whether each point is so near the country, or on the sea off its coast where `sea` says so."""
        reached = self._near(lon, lat, metres)
        far = np.flatnonzero(sea & ~reached)
        afloat = far[~shapely.intersects_xy(self._land, lon[far], lat[far])]
        reached[afloat] = self._near(lon[afloat], lat[afloat], np.full(len(afloat), SEA_M))
        return reached

    def _near(self, lon: Floats, lat: Floats, metres: Floats) -> Bools:
        near = np.zeros(len(lon), bool)
        if len(lon):
            near[self._flat_tree.query(_points(lon, lat), predicate="dwithin", distance=metres)[0]] = True
        return near

    def nearest(self, lon: Floats, lat: Floats) -> Indices:
        """The nearest district within 5 km of each point, -1 for none."""
        found = np.full(len(lon), -1, np.intp)
        if len(lon):
            points = _points(lon, lat)
            point, district = self._flat_tree.query_nearest(
                points, max_distance=TOLERANCE_M, all_matches=False
            )
            found[point] = district
        return found

    def is_centre(self, lon: Floats, lat: Floats) -> Bools:
        """Whether each point is within 100 m of the middle of a division, district or upazila."""
        centre = np.zeros(len(lon), bool)
        at = np.flatnonzero(_in_box(lon, lat) & self._near_centre[self._box_of(lon, lat)])
        if len(at):
            near = self._centres.query(_points(lon[at], lat[at]), predicate="dwithin", distance=CENTRE_M)[0]
            centre[at[near]] = True
        return centre


@lru_cache(maxsize=2)
def atlas_of(reference: Reference) -> Atlas:
    """The atlas of a reference, made once in a process."""
    return Atlas(reference)


def study_cells(reference: Reference) -> pa.Table:
    """Every cell of resolutions 3 to 7 whose centre lies in the country, with the district of that centre."""
    box = h3.LatLngPoly([(SOUTH, WEST), (SOUTH, EAST), (NORTH, EAST), (NORTH, WEST)])
    parts = []
    for resolution in STUDY_RESOLUTIONS:
        cells = pl.DataFrame({"cell": h3.h3shape_to_cells(box, resolution)}, schema={"cell": pl.UInt64})
        centres = cells.select(lat=plh3.cell_to_lat("cell"), lon=plh3.cell_to_lng("cell"))
        atlas = atlas_of(reference)
        adm2 = atlas.codes(atlas.district_of(centres["lon"].to_numpy(), centres["lat"].to_numpy()))
        part = cells.with_columns(pl.lit(resolution, pl.UInt8).alias("resolution"), adm2.alias("adm2"))
        parts.append(part.drop_nulls().sort("cell"))
    return (
        pl.concat(parts).select("resolution", "cell", "adm2").to_arrow(compat_level=pl.CompatLevel.oldest())
    )
