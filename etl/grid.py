"""What a reader in a process of its own hands over: grids of text, with the rows that may be their header."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from itertools import chain, islice

import pyarrow as pa

from etl.errors import LoadError

MOST_COLUMNS = 2_000
HEADER_WITHIN = 20  # records: offices put titles above it
ROWS_AT_ONCE = 50_000
MIDNIGHT = re.compile(r"(?<=^\d{4}.\d\d.\d\d)[T ]00:00:00$")  # of a format that knows moments and no days

Row = tuple[int, str | None, Sequence[str | None]]  # its number, what is wrong with it, its cells


@dataclass(frozen=True)
class Grid:
    """One sheet or layer.

    heads: the records that may be the header, each with its row number; the rows below it are its rows.
    batches: text columns "0", "1", ... as many as a head has cells, then `row_no` and `fault`.
    is_placed: its `lat` and `lon` were made from its geometry, and are degrees.
    """

    sheet: str
    heads: Sequence[tuple[int, Sequence[str]]]
    batches: Iterator[pa.RecordBatch]
    is_placed: bool = False


@dataclass(frozen=True)
class Contents:
    """All that a file holds. warnings: (code, message); hidden, unread: names of sheets that are not handed over."""

    grids: Sequence[Grid]
    warnings: Sequence[tuple[str, str]] = ()
    hidden: Sequence[str] = ()
    unread: Sequence[str] = ()


def grid(sheet: str, header: Sequence[str], rows: Iterable[Row]) -> Grid:
    """A layer whose header is known: it is no row, and its features are numbered from 1.

    One without a single column has no feature either that could have told one, and no header.
    """
    check_width(len(header))
    return Grid(sheet, [(0, header)] if header else [], batches(len(header), rows), is_placed=True)


def check_width(columns: int) -> None:
    """Raises LoadError TOO_MANY_COLUMNS."""
    if columns > MOST_COLUMNS:
        raise LoadError("TOO_MANY_COLUMNS", "The table has more than 2,000 columns.", "Send only those needed.")


def schema(width: int) -> pa.Schema:
    """The shape of a batch of so many cells a row."""
    cells = [pa.field(str(at), pa.string()) for at in range(width)]
    return pa.schema([*cells, pa.field("row_no", pa.int64()), pa.field("fault", pa.string())])


def batches(width: int, rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """Rows of text as batches; each row has `width` cells."""
    rows = iter(rows)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        numbers, faults, cells = zip(*chunk, strict=True)
        columns = list(zip(*cells, strict=True)) if width else []
        arrays = [pa.array(column, pa.string()) for column in columns]
        yield pa.record_batch([*arrays, pa.array(numbers, pa.int64()), pa.array(faults, pa.string())], schema(width))


def text_of(cell: object) -> str | None:
    """A cell as a person reads it: whole numbers without a point, days without a clock."""
    if isinstance(cell, str):
        return MIDNIGHT.sub("", cell) if cell.endswith("00:00:00") else cell
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


# --- on the wire -----------------------------------------------------------------------


def send(contents: Contents, only: str) -> Iterator[bytes]:
    """A line of JSON, then the rows of each grid (or of the one numbered `only`) as an Arrow stream.

    The first batch of each is made before a word is said, so that what is wrong with it can be said.
    """
    grids = [each for at, each in enumerate(contents.grids) if only in ("", str(at))]
    begun = [_begun(each.batches) for each in grids]
    listed = [[each.sheet, each.heads, each.is_placed] for each in contents.grids]
    told = asdict(replace(contents, grids=[])) | {"grids": listed}
    yield json.dumps(told).encode() + b"\n"
    for each, rows in zip(grids, begun, strict=True):
        yield from _stream(max((len(cells) for _, cells in each.heads), default=0), rows)


def _begun(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = next(rows, None)
    return rows if first is None else chain([first], rows)


def _stream(width: int, rows: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Its end is written only where all rows were."""
    sink = io.BytesIO()
    writer = pa.ipc.new_stream(sink, schema(width))
    for batch in rows:
        writer.write_batch(batch)
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()
    writer.close()
    yield sink.getvalue()
