"""A file read in a process of its own, under limits: bytes in by standard input, text or one error out.

`python -m etl.reader KIND CRS ONLY` answers as `etl.grid.send` writes, of all grids or of the one numbered ONLY. It
opens no file, writes none, and reaches no network.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from etl.errors import LoadError

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
    """Answers on standard output; ends with TOO_LARGE where the memory does not suffice.

    What is found wrong once rows have been sent ends it with another code: they are not the whole file.
    """
    kind, crs, only = sys.argv[1:]
    sys.meta_path.insert(0, _NoPandas)
    leave_network()
    read, send = getattr(import_module(f"etl.{kind}"), READERS[kind]), import_module("etl.grid").send
    limit()
    try:
        _answer(lambda: send(read(sys.stdin.buffer, crs or None), only))
    except MemoryError:
        sys.exit(TOO_LARGE)


def _answer(pieces_of: Callable[[], Iterator[bytes]]) -> None:
    try:
        pieces = pieces_of()
        first = next(pieces)
    except LoadError as error:
        pieces = iter(())
        first = json.dumps({"error": [error.code, error.message, error.fix]}).encode() + b"\n"
    sys.stdout.buffer.write(first)
    for piece in pieces:
        sys.stdout.buffer.write(piece)


def leave_network() -> None:
    """Where the kernel lets a process do so, which must have no thread yet."""
    ctypes.CDLL(None).unshare(NEW_USER | NEW_NETWORK)


def limit() -> None:
    """What a hostile file cannot get past."""
    with open("/proc/self/statm", encoding="ascii") as told:
        most = int(told.read().split()[0]) * resource.getpagesize() + MORE_BYTES
    for kind, most_of_it in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most_of_it, most_of_it))
    os.umask(0o077)


if __name__ == "__main__":
    main()
