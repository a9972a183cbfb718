"""A file as it lies on disk: its fingerprint, and what it is by its content whatever its name says."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from etl.apart import open_apart
from etl.delimited import HEAD_BYTES, open_delimited
from etl.errors import LoadError
from etl.inputs import opened, too_large, unreadable
from etl.table import CSV_ADVICE, Knows, Reading, TextTable, Warning

OTHERS = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file", b"PK\5\6": "an empty archive", b"7z\xbc\xaf": "an archive", b"Rar!": "an archive",
    b"\x7fELF": "a program", b"MZ\x90": "a program", b"<!doctype html": "a web page", b"<html": "a web page",
    b"<table": "a web page",
}  # fmt: skip
MAGIC = {
    b"PK\3\4": "zipped", b"\xd0\xcf\x11\xe0": "workbook", b"PAR1": "parquet", b"SQLite format 3\0": "geopackage",
    b"<?xml": "kml", b"<kml": "kml", b"<!doctype": "kml", b"{": "geojson", b"[{": "geojson", b"[[": "geojson",
}  # fmt: skip
SPACE = b"\xef\xbb\xbf \t\r\n"
STREAMED = ("delimited", "parquet")
# Kind -> what to call it, and the endings of names that promise it.
NAMES = {
    "delimited": ("a CSV", (".csv", ".tsv", ".tab", ".txt")),
    "zipped": ("an archive or workbook", (".xlsx", ".xlsm", ".zip", ".kmz")),
    "workbook": ("an old workbook", (".xls",)),
    "parquet": ("a Parquet file", (".parquet", ".geoparquet")),
    "geopackage": ("a GeoPackage", (".gpkg",)),
    "kml": ("a KML", (".kml", ".xml")),
    "geojson": ("a GeoJSON", (".geojson", ".json")),
}
PROMISED = {ending: kind for kind, (_, endings) in NAMES.items() for ending in endings}


def fingerprint(file: Path, reading: Reading) -> str:
    """SHA-256 of the file's bytes. Raises LoadError NOT_A_FILE, FILE_UNREADABLE or TOO_LARGE."""
    try:
        with opened(file) as stream:
            _check_size(file, os.fstat(stream.fileno()).st_size, reading.most_streamed_bytes)
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(file) from error


def state(file: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from the next without reading it; None where there is none."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns


def changed(file: Path) -> LoadError:
    """A file is not what it was when its reading began."""
    fix = "Load it again when it is complete."
    return LoadError("FILE_CHANGED", "The file changed while it was read.", fix, file.name)


def open_tables(file: Path, knows: Knows, reading: Reading) -> tuple[TextTable, ...]:
    """The tables of a file, by its content and not by its name. Raises LoadError, codes as in badinput's manifest."""
    try:
        with opened(file) as stream:
            head, size = stream.read(HEAD_BYTES), os.fstat(stream.fileno()).st_size
        if not head:
            raise LoadError("EMPTY_FILE", "The file is empty.", "Send it again: the transfer broke.", file.name)
        kind = _kind(file, head)
        _check_size(file, size, reading.most_streamed_bytes if kind in STREAMED else reading.most_bytes)
        first, *others = _tables(file, kind, head, knows, reading)
    except OSError as error:
        raise unreadable(file) from error
    told = (replace(first, warnings=_misnamed(file, kind) + first.warnings), *others)
    return tuple(replace(table, taken_as=table.taken_as or NAMES[kind][0]) for table in told)


def _tables(file: Path, kind: str, head: bytes, knows: Knows, reading: Reading) -> tuple[TextTable, ...]:
    if kind == "delimited":
        return (open_delimited(file, head, knows, reading),)
    return open_apart(file, kind, knows, reading)


def _check_size(file: Path, size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise too_large(file.name, most_bytes)


def _kind(file: Path, head: bytes) -> str:
    """Raises LoadError WRONG_TYPE."""
    starts = (head, head.lstrip(SPACE)[:100].lower())
    other = next((kind for magic, kind in OTHERS.items() if any(start.startswith(magic) for start in starts)), None)
    if other:
        raise LoadError("WRONG_TYPE", f"This is {other}, not a table.", CSV_ADVICE, file.name)
    return next((kind for magic, kind in MAGIC.items() if any(s.startswith(magic) for s in starts)), "delimited")


def _misnamed(file: Path, kind: str) -> tuple[Warning, ...]:
    if PROMISED.get(file.suffix.lower(), kind) == kind:
        return ()
    return (Warning("TYPE_BY_CONTENT", f"The file is {NAMES[kind][0]} whatever its name says; read as such."),)
