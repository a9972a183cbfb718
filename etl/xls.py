"""What the records of an old Excel file (.xls) tell and its reader does not: cells without a value, hidden rows.

The file is an OLE container: sectors chained by a table. The workbook in it is a row of records (type, length, data).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from etl.errors import LoadError

SECTORS_IN_HEADER = 109
NO_SECTOR = 0xFFFFFFFA  # this and all above say that there is none
ENTRY = 128  # bytes of an entry of the directory
BOUNDSHEET, EOF, FILEPASS, ROW, BOOLERR, FORMULA = 0x85, 0xA, 0x2F, 0x208, 0x205, 0x6
HIDDEN, IS_ERROR, NO_NUMBER = 0x20, 2, b"\xff\xff"
ENCRYPTED, MACROS, BOOKS = "EncryptedPackage", "_VBA_PROJECT_CUR", ("Workbook", "Book")


@dataclass(frozen=True)
class Records:
    """faults: sheet, by position -> row -> what is wrong with it."""

    faults: Mapping[int, Mapping[int, str]]
    hidden_rows: int
    has_macros: bool


def records(content: bytes) -> Records:
    """Raises LoadError FILE_ENCRYPTED, WRONG_TYPE or FILE_DAMAGED."""
    if ENCRYPTED.encode("utf-16-le") in content:
        raise _encrypted()
    try:
        streams = _streams(content)
        book = next((streams[name] for name in BOOKS if name in streams), None)
        if book is None:
            raise LoadError("WRONG_TYPE", "This is an Office file, but no workbook.", "Save the table as .xlsx.")
        return _told(book, MACROS in streams)
    except (struct.error, IndexError, ValueError) as error:
        fix = "Open it, save it as .xlsx and send it again."
        raise LoadError("FILE_DAMAGED", "The workbook is damaged and cannot be read.", fix) from error


def _encrypted() -> LoadError:
    return LoadError("FILE_ENCRYPTED", "The workbook has a password.", "Save it without one.")


# --- the container -------------------------------------------------------------------


def _streams(content: bytes) -> dict[str, bytes]:
    """Name -> content of the streams; of storages, the name alone."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    directory, cutoff, mini_table = struct.unpack_from("<I8x", content, 48)[0], *struct.unpack_from("<II", content, 56)
    size = 1 << shift
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("no such sectors")
    table = _table(content, size)
    entries = _chained(content, table, directory, size, size)
    found = [_entry(entries[at : at + ENTRY]) for at in range(0, len(entries) - ENTRY + 1, ENTRY)]
    small = _chained(content, table, found[0][1], size, size)
    mini = _numbers(_chained(content, table, mini_table, size, size))
    return {
        name: (_chained(small, mini, start, 64, 0) if length < cutoff else _chained(content, table, start, size, size))[
            :length
        ]
        for name, start, length in found[1:]
        if name
    }


def _table(content: bytes, size: int) -> tuple[int, ...]:
    """Of each sector, the one that follows it."""
    listed = list(struct.unpack_from(f"<{SECTORS_IN_HEADER}I", content, 76))
    following = struct.unpack_from("<I", content, 68)[0]
    while following < NO_SECTOR and len(listed) * size < len(content):
        *more, following = _numbers(content[(following + 1) * size : (following + 2) * size])
        listed += more
    sectors = (content[(at + 1) * size : (at + 2) * size] for at in listed if at < NO_SECTOR)
    return _numbers(b"".join(sectors))


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _chained(content: bytes, table: tuple[int, ...], sector: int, size: int, offset: int) -> bytes:
    """The sectors of a chain, joined; one that runs in a circle is damaged."""
    pieces: list[bytes] = []
    while sector < NO_SECTOR:
        if len(pieces) > len(table):
            raise ValueError("a chain without an end")
        pieces.append(content[sector * size + offset : (sector + 1) * size + offset])
        sector = table[sector]
    return b"".join(pieces)


def _entry(entry: bytes) -> tuple[str, int, int]:
    """(name, first sector, length) of a stream or storage."""
    length = struct.unpack_from("<H", entry, 64)[0]
    start, size = struct.unpack_from("<II", entry, 116)
    return entry[: max(length - 2, 0)].decode("utf-16-le"), start, size


# --- the records ---------------------------------------------------------------------


def _told(book: bytes, has_macros: bool) -> Records:
    offsets = [struct.unpack_from("<I", data)[0] for kind, data in _walk(book, 0) if kind == BOUNDSHEET]
    faults: dict[int, dict[int, str]] = {}
    hidden = 0
    for at, offset in enumerate(offsets):
        for kind, data in _walk(book, offset):
            if kind == ROW:
                hidden += bool(data[12] & HIDDEN)
            elif _is_error(kind, data):
                faults.setdefault(at, {})[struct.unpack_from("<H", data)[0] + 1] = "cell_error"
    return Records(faults, hidden, has_macros)


def _is_error(kind: int, data: bytes) -> bool:
    in_formula = kind == FORMULA and data[12:14] == NO_NUMBER and data[6] == IS_ERROR
    return in_formula or (kind == BOOLERR and data[7] == 1)


def _walk(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """(type, data) of the records from here to the end of their part."""
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == FILEPASS:
            raise _encrypted()
        if kind == EOF:
            return
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length
