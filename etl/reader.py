"""A file read in a process of its own, under limits: bytes in by standard input, text or one error out.

`python -m etl.reader KIND CRS ONLY` answers a line of JSON, then the rows of each grid (or of the one numbered ONLY) as
Arrow streams. It opens no file, writes none, and reaches no network.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import chain
from typing import BinaryIO

import pyarrow as pa

from etl.errors import LoadError
from etl.grid import Contents, schema

MORE_BYTES = 2 << 30  # above what the libraries themselves take
MOST_SECONDS = 600  # of work, not of waiting
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
TOO_LARGE = 3  # exit code
# Each is imported where it is needed: it costs as much as a small file.
READERS = {
    "geojson": "read_geojson", "geopackage": "read_geopackage", "kml": "read_kml", "parquet": "read_parquet",
    "workbook": "read_xls", "zipped": "read_zip",
}  # fmt: skip


class _NoPandas:
    """pyarrow would load pandas where it finds it, at more than the cost of reading a small file."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ImportError(name)


def main() -> None:
    """Answers on standard output; ends with TOO_LARGE where the memory does not suffice."""
    kind, crs, only = sys.argv[1:]
    sys.meta_path.insert(0, _NoPandas)
    read: Callable[[BinaryIO, str | None], Contents] = getattr(import_module(f"etl.{kind}"), READERS[kind])
    _limit()
    try:
        _answer(read(sys.stdin.buffer, crs or None), only, sys.stdout.buffer)
    except LoadError as error:
        told = {"error": [error.code, error.message, error.fix]}
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    except (MemoryError, pa.ArrowMemoryError):
        sys.exit(TOO_LARGE)


def _limit() -> None:
    """What a hostile file cannot get past; no network where the kernel lets a process take its own away."""
    with open("/proc/self/statm", encoding="ascii") as told:
        most = int(told.read().split()[0]) * resource.getpagesize() + MORE_BYTES
    for kind, limit in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    os.umask(0o077)
    ctypes.CDLL(None).unshare(NEW_USER | NEW_NETWORK)


def _answer(contents: Contents, only: str, out: BinaryIO) -> None:
    """The first batch of each grid is made before a word is said, so that what is wrong with it can be said."""
    grids = [each for at, each in enumerate(contents.grids) if only in ("", str(at))]
    begun = [_begun(each.batches) for each in grids]
    told = {
        "grids": [[each.sheet, each.heads] for each in contents.grids],
        "warnings": contents.warnings,
        "hidden": contents.hidden,
        "unread": contents.unread,
    }
    out.write(json.dumps(told).encode() + b"\n")
    for each, batches in zip(grids, begun, strict=True):
        width = max((len(cells) for _, cells in each.heads), default=0)
        with pa.ipc.new_stream(out, schema(width)) as writer:
            for batch in batches:
                writer.write_batch(batch)


def _begun(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = next(batches, None)
    return batches if first is None else chain([first], batches)


if __name__ == "__main__":
    main()
