"""Parquet and GeoParquet as a grid: columns as text, a column of points as `lat` and `lon`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj

from etl.errors import LoadError
from etl.geometry import Placing, placing, points
from etl.grid import ROWS_AT_ONCE, Contents, Grid, check_width, schema, text_of

DEGREES = "EPSG:4326"  # of a GeoParquet that does not say otherwise
NESTED = "Write one plain value a column, and save it anew."


@dataclass(frozen=True)
class _Geometry:
    """The column that holds the points, and the columns of boxes round them, which tell nothing new."""

    column: str
    placing: Placing
    boxes: frozenset[str]


def read_parquet(stream: BinaryIO, crs: str | None) -> Contents:
    """Raises LoadError COLUMN_TYPE, TOO_MANY_COLUMNS, FILE_DAMAGED or of its coordinate system."""
    try:
        file = pq.ParquetFile(stream)
        held = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged() from error
    geometry = _geometry(held.metadata or {}, crs)
    skipped = geometry.boxes | {geometry.column} if geometry else frozenset[str]()
    names = [name for name in held.names if name not in skipped]
    _check_types(held, names)
    header = [*names, *(["lat", "lon"] if geometry else [])]
    check_width(len(header))
    return Contents([Grid("", [(0, header)], _batches(file, names, geometry), is_placed=geometry is not None)])


def _damaged() -> LoadError:
    return LoadError("FILE_DAMAGED", "The Parquet file is cut off or damaged.", "Write it anew and send it again.")


def _geometry(metadata: Mapping[bytes, bytes], crs: str | None) -> _Geometry | None:
    """What the `geo` part of the metadata says, None where there is none."""
    if b"geo" not in metadata:
        return None
    try:
        told: dict[str, Any] = json.loads(metadata[b"geo"])
        column = told["primary_column"]
        about = told["columns"][column]
        encoding, system = about["encoding"], about.get("crs", None if crs else DEGREES)
        boxes = {path[0] for path in about.get("covering", {}).get("bbox", {}).values()}
        known = pyproj.CRS.from_json_dict(system) if isinstance(system, dict) else system
    except (ValueError, KeyError, TypeError, AttributeError, pyproj.exceptions.CRSError) as error:
        raise _damaged() from error
    if encoding != "WKB":
        raise LoadError("COLUMN_TYPE", "The points are not in well-known binary.", "Save it as GeoParquet with WKB.")
    return _Geometry(str(column), placing(known, crs), frozenset(boxes))


def _check_types(held: pa.Schema, names: Sequence[str]) -> None:
    for at, name in enumerate(held.names, start=1):
        kind = held.field(at - 1).type
        if name in names and (pa.types.is_nested(kind) or _is_binary(kind)):
            raise LoadError("COLUMN_TYPE", f"Column {at} holds lists or raw bytes.", NESTED)


def _is_binary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_binary(kind.value_type) or pa.types.is_nested(kind.value_type)
    return (
        any(test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary))
        or kind == pa.binary_view()
    )


def _batches(file: pq.ParquetFile, names: Sequence[str], geometry: _Geometry | None) -> Iterator[pa.RecordBatch]:
    first, wanted = 1, [*names, *([geometry.column] if geometry else [])]
    try:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=wanted):
            yield _batch(batch, names, geometry, first)
            first += batch.num_rows
    except (pa.ArrowException, OSError, KeyError) as error:
        raise _damaged() from error


def _batch(batch: pa.RecordBatch, names: Sequence[str], geometry: _Geometry | None, first: int) -> pa.RecordBatch:
    arrays: list[pa.Array] = [_text(batch[name]) for name in names]
    faults: pa.Array = pa.nulls(batch.num_rows, pa.string())
    if geometry:
        lat, lon, told = points(batch[geometry.column].to_pylist(), geometry.placing)
        arrays += [pa.array(lat, pa.string()), pa.array(lon, pa.string())]
        faults = pa.array(told, pa.string())
    numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
    return pa.record_batch([*arrays, numbers, faults], schema(len(arrays)))


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_boolean(kind):
        each = pc.unique(column)  # what is written in few ways is written once
        texts = pa.array([text_of(value) for value in each.to_pylist()], pa.string())
        return pc.take(texts, pc.index_in(column, each))
    return column.cast(pa.string())
