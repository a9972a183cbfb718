"""The geometry of the country: which district holds a point, how far it is from one, the cells of the study area."""

from __future__ import annotations

from functools import lru_cache

import h3.api.basic_int as h3
import numpy as np
import polars as pl
import polars_h3 as plh3
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from etl.reference import Reference

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

EARTH_M = 6_371_008.8
WEST, SOUTH, EAST, NORTH = 87.6, 20.2, 93.0, 27.0  # a box round the country
STEP = 0.02  # degrees: a box of about 2 km
TOLERANCE_M = 5_000.0
SEA_M = 370_000.0  # 200 nautical miles
CENTRE_M = 100.0
STUDY_RESOLUTIONS = range(3, 8)


def in_box(lon: Floats, lat: Floats) -> Bools:
    """Whether each point is in the box round the country."""
    return (lon > WEST) & (lon < EAST) & (lat > SOUTH) & (lat < NORTH)


def metres(lonlat: Floats) -> Floats:
    """(n, 2) degrees -> (n, 2) metres, sinusoidal round 90 degrees east: in and near the country within 3 %."""
    lon, lat = np.radians(lonlat[:, 0] - 90.0), np.radians(lonlat[:, 1])
    return np.column_stack([EARTH_M * lon * np.cos(lat), EARTH_M * lat])


def _points(lon: Floats, lat: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(metres(np.column_stack([lon, lat]))))


class Atlas:
    """Districts made ready for many questions. Most points fall in a box that one district fills.

    The table of boxes only saves work: a box that a border crosses is asked of the polygons themselves.
    """

    def __init__(self, reference: Reference) -> None:
        self.names = sorted(reference.district_shapes)
        self._shapes = shapely.from_wkb([reference.district_shapes[name] for name in self.names])
        self._flat = shapely.transform(self._shapes, metres)
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
        west, south = np.meshgrid(WEST + STEP * np.arange(self._columns), SOUTH + STEP * np.arange(self._rows))
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
        known = {name: number for number, name in enumerate(self.names)}
        return codes.replace_strict(known, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy().astype(np.intp)

    def codes(self, numbers: Indices) -> pl.Series:
        """The code of each district number, null for -1."""
        names = pl.Series([*self.names, None], dtype=pl.String)
        return names.gather(np.where(numbers < 0, len(self.names), numbers).astype(np.uint32))

    def district_of(self, lon: Floats, lat: Floats) -> Indices:
        """(n,) degrees -> (n,) numbers of the districts that hold the points, -1 for none."""
        found = np.where(in_box(lon, lat), self._boxes[self._box_of(lon, lat)], -1).astype(np.intp)
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
            point, district = self._flat_tree.query_nearest(points, max_distance=TOLERANCE_M, all_matches=False)
            found[point] = district
        return found

    def is_centre(self, lon: Floats, lat: Floats) -> Bools:
        """Whether each point is within 100 m of the middle of a division, district or upazila."""
        centre = np.zeros(len(lon), bool)
        at = np.flatnonzero(in_box(lon, lat) & self._near_centre[self._box_of(lon, lat)])
        if len(at):
            near = self._centres.query(_points(lon[at], lat[at]), predicate="dwithin", distance=CENTRE_M)[0]
            centre[at[near]] = True
        return centre


@lru_cache(maxsize=2)
def atlas_of(reference: Reference) -> Atlas:
    """The atlas of a reference, made once in a process."""
    return Atlas(reference)


@lru_cache(maxsize=2)
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
    return pl.concat(parts).select("resolution", "cell", "adm2").to_arrow(compat_level=pl.CompatLevel.oldest())
