"""GeoJSON as a grid: one feature a row, its properties as cells, its point as `lat` and `lon`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from etl.errors import LoadError
from etl.geometry import Placing, placing
from etl.grid import Contents, Row, check_width, grid, text_of

DEEPEST = 50
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
DEGREES = "EPSG:4326"  # of every GeoJSON that does not say otherwise
ANEW = "Export it anew."


class _Number(str):
    """A number as it is written: one of 400 digits is to be refused by its row, not lost here."""

    __slots__ = ()


def read_geojson(stream: BinaryIO, crs: str | None) -> Contents:
    """Raises LoadError JSON_INVALID, JSON_TOO_DEEP, JSON_DUPLICATE_KEY, WRONG_TYPE, FILE_DAMAGED or of its CRS."""
    whole = _parsed(stream.read())
    features = _features(whole)
    header = list(dict.fromkeys(key for each in features for key in _properties(each)))
    check_width(len(header))
    told = _told_crs(whole)
    place = placing(told or (None if crs else DEGREES), crs)
    return Contents([grid("", [*header, "lat", "lon"] if features else [], _rows(features, header, place))])


# --- from bytes to values ------------------------------------------------------------


def _parsed(content: bytes) -> Any:
    _check_depth(content)
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise LoadError("FILE_DAMAGED", "The GeoJSON is cut off or damaged.", ANEW) from error


def _check_depth(content: bytes) -> None:
    signs = np.frombuffer(STRING.sub(b"", content), dtype=np.uint8)
    opened = np.isin(signs, np.frombuffer(b"[{", np.uint8)).astype(np.int32)
    closed = np.isin(signs, np.frombuffer(b"]}", np.uint8)).astype(np.int32)
    if np.cumsum(opened - closed).max(initial=0) > DEEPEST:
        raise LoadError("JSON_TOO_DEEP", "The JSON is nested too deeply for a table.", ANEW)


def _refuse_constant(_: str) -> None:
    raise LoadError("JSON_INVALID", "The file holds NaN or Infinity, which is no JSON.", "Write null instead.")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        fix = "Keep one of them: which one is meant cannot be known."
        raise LoadError("JSON_DUPLICATE_KEY", "An object of the file has the same key twice.", fix)
    return found


def _features(whole: Any) -> list[Mapping[str, Any]]:
    kind = whole.get("type") if isinstance(whole, dict) else None
    features = whole.get("features") if kind == "FeatureCollection" else [whole] if kind == "Feature" else None
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise LoadError("WRONG_TYPE", "This is JSON, but no GeoJSON of features.", "Export it as GeoJSON.")
    return features


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _told_crs(whole: Mapping[str, Any]) -> str | None:
    """The name in the old `crs` member; one that is there and has no name is an unknown system."""
    if whole.get("crs") is None:
        return None
    try:
        return str(whole["crs"]["properties"]["name"])
    except (TypeError, KeyError):
        return "unknown"


# --- rows ----------------------------------------------------------------------------


def _rows(features: Sequence[Mapping[str, Any]], header: Sequence[str], place: Placing) -> Iterator[Row]:
    read = [_point(each.get("geometry")) for each in features]
    x, y = (np.array([point[at] for point in read], dtype=np.float64) for at in (0, 1))
    lat, lon = place.texts(x, y)
    for number, feature in enumerate(features, start=1):
        cells = [_cell(_properties(feature).get(name)) for name in header]
        yield number, read[number - 1][2], [*cells, lat[number - 1], lon[number - 1]]


def _point(geometry: Any) -> tuple[float, float, str | None]:
    """(x, y, fault); a feature without a point has NaN."""
    if geometry is None:
        return math.nan, math.nan, None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    told = geometry.get("coordinates") if kind in ("Point", "MultiPoint") else None
    if kind == "MultiPoint" and isinstance(told, list) and len(told) == 1:
        kind, told = "Point", told[0]
    if kind != "Point":
        return math.nan, math.nan, "geometry_type"
    return _numbers(told)


def _numbers(told: Any) -> tuple[float, float, str | None]:
    if told == []:
        return math.nan, math.nan, None
    if not isinstance(told, list) or len(told) < 2 or not all(isinstance(each, _Number) for each in told):
        return math.nan, math.nan, "coord_unreadable"
    x, y = float(told[0]), float(told[1])
    return (x, y, None) if math.isfinite(x) and math.isfinite(y) else (math.nan, math.nan, "coord_unreadable")


def _cell(value: Any) -> str | None:
    return text_of(str(value) if isinstance(value, str) else value)
