"""A file as it lies on disk: its fingerprint, and what it is by its content whatever its name says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from etl.delimited import open_delimited
from etl.errors import LoadError
from etl.table import CSV_ADVICE, Knows, TextTable
from etl.workbook import open_workbook

HEAD_BYTES = 100_000
MAGIC = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"%PDF": "a PDF",
    b"PAR1": "a Parquet file", b"SQLite format 3": "a database", b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "an archive", b"Rar!": "an archive", b"\x7fELF": "a program", b"MZ\x90": "a program",
}  # fmt: skip
OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<kml", b"{", b"[{", b"[[")


def fingerprint(file: Path) -> str:
    """SHA-256 of the file's bytes. Raises LoadError NOT_A_FILE or FILE_UNREADABLE."""
    try:
        if not file.is_file():
            raise LoadError("NOT_A_FILE", "There is no ordinary file here.", "Name a CSV or XLSX file.", file.name)
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(file) from error


def open_table(file: Path, knows: Knows) -> TextTable:
    """A file by its content, not by its name. Raises LoadError, codes as in badinput's manifest."""
    try:
        return _open(file, knows)
    except OSError as error:
        raise _unreadable(file) from error


def _open(file: Path, knows: Knows) -> TextTable:
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise LoadError("EMPTY_FILE", "The file is empty.", "Send it again: the transfer broke.", file.name)
    _refuse_other_types(file, head)
    return open_workbook(file, knows) if head.startswith(ZIP) else open_delimited(file, head, knows)


def _unreadable(file: Path) -> LoadError:
    fix = "Check that the file is there and may be read."
    return LoadError("FILE_UNREADABLE", "The file cannot be read.", fix, file.name)


def _refuse_other_types(file: Path, head: bytes) -> None:
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        kind = "markup"
    if head.startswith(OLE):
        if ENCRYPTED in file.read_bytes():
            raise LoadError("FILE_ENCRYPTED", "The workbook has a password.", "Save it without one.", file.name)
        kind = "an old Excel file"
    if kind:
        raise LoadError("WRONG_TYPE", f"This is {kind}, not a CSV or XLSX table.", CSV_ADVICE, file.name)
