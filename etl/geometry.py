"""Geometry as two cells of text, `lat` and `lon` in EPSG:4326, or as a fault of its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from etl.errors import LoadError

POINT, MULTIPOINT = 0, 4
MOST_DEGREES, FEWEST_METRES = 360, 1_000
PLACES = 7  # decimals of a transformed degree: a centimetre
NAMED = re.compile(r"(?:urn:ogc:def:crs:)?(EPSG|OGC):(?:[\d.]*:)?([A-Za-z0-9]+)", re.IGNORECASE)
SAY_CRS = "Say it with --crs, for example --crs EPSG:32646."

Lists = tuple[list[str | None], list[str | None], list[str | None]]


@dataclass
class Placing:
    """From the coordinates of one layer to latitude and longitude; looks at its first points before it trusts them."""

    crs: pyproj.CRS
    _is_seen: bool = field(default=False, init=False)

    def texts(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[list[str | None], list[str | None]]:
        """x, y: (n,) in the layer's own system, NaN for none. Returns (lat, lon). Raises LoadError CRS_CONFLICT."""
        there = np.isfinite(x) & np.isfinite(y)
        if there.any() and not self._is_seen:
            self._is_seen = True
            self._check(np.abs(np.concatenate([x[there], y[there]])))
        if self.crs.to_epsg() != 4326:
            x, y = self._degrees(x, y)
        return _texts(y, there), _texts(x, there)

    def _check(self, numbers: NDArray[np.float64]) -> None:
        is_degrees = bool((numbers <= MOST_DEGREES).all())
        if is_degrees is not self.crs.is_geographic and (is_degrees or bool((numbers > FEWEST_METRES).all())):
            told, found = ("metres", "degrees") if is_degrees else ("degrees", "metres")
            fix = "Correct the coordinate system that the file or --crs names, or the coordinates."
            raise LoadError("CRS_CONFLICT", f"The coordinate system is in {told} and the numbers are {found}.", fix)

    def _degrees(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        transformer = pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        lon, lat = transformer.transform(x, y)
        return np.round(lon, PLACES), np.round(lat, PLACES)


def placing(told: str | pyproj.CRS | None, said: str | None) -> Placing:
    """told: the system by the file's own word; said: the one that the person gives, for a file without a word.

    Raises LoadError CRS_UNKNOWN or CRS_CONFLICT.
    """
    wanted = None if said is None else _named(f"EPSG:{said}" if said.isdigit() else said)
    if said is not None and wanted is None:
        raise LoadError("CRS_UNKNOWN", "There is no coordinate system of the name given by --crs.", SAY_CRS)
    found = _named(told) if isinstance(told, str) else told and _by_number(told)
    if found is not None and wanted is not None and found != wanted:
        fix = "Leave --crs out, or correct the file."
        raise LoadError("CRS_CONFLICT", "The file names another coordinate system than --crs.", fix)
    used = found or wanted
    if used is None:
        raise LoadError("CRS_UNKNOWN", "The file does not say its coordinate system, or says an unknown one.", SAY_CRS)
    return Placing(used)


def points(wkb: Sequence[bytes | None], placing: Placing) -> Lists:
    """(lat, lon, fault) of geometries in well-known binary."""
    raw = np.array(wkb, dtype=object)
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    broken = shapely.is_missing(shapes) & np.array([each is not None for each in wkb], dtype=bool)
    kinds = shapely.get_type_id(shapes)
    single = (kinds == MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    other = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != POINT)
    full = (shapely.get_type_id(shapes) == POINT) & ~shapely.is_empty(shapes)  # NaN, NaN is the empty point
    x, y = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    x[full], y[full] = shapely.get_x(shapes[full]), shapely.get_y(shapes[full])
    lat, lon = placing.texts(x, y)
    faults = np.select([broken, other], ["geometry_broken", "geometry_type"], "")
    return lat, lon, [fault or None for fault in faults.tolist()]


def _named(name: str) -> pyproj.CRS | None:
    """A system by authority and code alone: a definition in words may name files to open."""
    match = NAMED.fullmatch(name.strip())
    if match and match[1].upper() == "OGC":
        return pyproj.CRS.from_epsg(4326) if match[2].upper() in ("CRS84", "CRS84H") else None
    try:
        return pyproj.CRS.from_epsg(int(match[2])) if match and match[2].isdigit() else None
    except pyproj.exceptions.CRSError:
        return None


def _by_number(told: pyproj.CRS) -> pyproj.CRS | None:
    """The same system as the register knows it, None if it does not."""
    if told.to_authority() == ("OGC", "CRS84"):
        return pyproj.CRS.from_epsg(4326)
    number = told.to_epsg()
    return None if number is None else pyproj.CRS.from_epsg(number)


def _texts(degrees: NDArray[np.float64], there: NDArray[np.bool_]) -> list[str | None]:
    return [repr(each) if is_there else None for each, is_there in zip(degrees.tolist(), there, strict=True)]
