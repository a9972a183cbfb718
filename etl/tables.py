"""A CSV or XLSX file as batches of text, its rows numbered as people count them."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pcsv
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from etl.errors import LoadError

MOST_COLUMNS = 2_000
HEAD_BYTES = 100_000
BLOCK_BYTES = 1 << 24
HEADER_WITHIN = 20  # records: offices put titles above it
FEWEST_KNOWN = 2  # header cells that a source must know
SHEET_ROWS = 50_000
RATIO, RATIO_FROM = 200, 10_000_000
SEPARATORS = ",;\t|"
LOST_BLOCK = b"\0" * 64
MAGIC = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"%PDF": "a PDF",
    b"PAR1": "a Parquet file", b"SQLite format 3": "a database", b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "an archive", b"Rar!": "an archive", b"\x7fELF": "a program", b"MZ\x90": "a program",
}  # fmt: skip
CELL = rb'<c [^>]*?r="([A-Z]+(\d+))"'
UNREAD_CELLS = (
    ("CELL_ERROR", re.compile(CELL + rb'[^>]*?t="e"'), "A cell holds an error instead of a value."),
    (
        "FORMULA_NO_VALUE",
        re.compile(CELL + rb"[^>]*><f>[^<]*</f>(?:<v ?/>|<v></v>)?</c>"),
        "A formula has no value.",
    ),
)
OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<kml", b"{", b"[{")
UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CSV_ADVICE = "Open it and save it as CSV UTF-8 or as .xlsx."

Knows = Callable[[Sequence[str]], int]  # how many cells of a header some source knows


@dataclass(frozen=True)
class Warning:
    """Something that did not stop a file and should be said."""

    code: str
    message: str


@dataclass(frozen=True)
class TextTable:
    """A header and its rows. Each batch has a text column a position ("0", "1", ...), `line` (the text of a
    row that does not fit the header), `row_no` and `ragged`."""

    header: tuple[str, ...]
    batches: Iterator[pl.DataFrame]
    warnings: tuple[Warning, ...]


def fingerprint(file: Path) -> str:
    """SHA-256 of the file's bytes. Raises LoadError NOT_A_FILE or FILE_UNREADABLE."""
    try:
        if not file.is_file():
            raise LoadError(
                "NOT_A_FILE", "There is no ordinary file here.", "Name a CSV or XLSX file.", file.name
            )
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(file) from error


def open_table(file: Path, knows: Knows) -> TextTable:
    """A file by its content, not by its name. Raises LoadError; see the manifest of badinput for the codes."""
    head = _head(file)
    if not head:
        raise LoadError("EMPTY_FILE", "The file is empty.", "Send it again: the transfer broke.", file.name)
    _refuse_other_types(file, head)
    if head.startswith(ZIP):
        return _open_workbook(file, knows)
    _check_text(file)
    return _open_csv(file, head, knows)


def _unreadable(file: Path) -> LoadError:
    fix = "Check that the file is there and may be read."
    return LoadError("FILE_UNREADABLE", "The file cannot be read.", fix, file.name)


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise _unreadable(file) from error


def _refuse_other_types(file: Path, head: bytes) -> None:
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        kind = "markup"
    if head.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in file.read_bytes():
            raise LoadError(
                "FILE_ENCRYPTED", "The workbook has a password.", "Save it without one.", file.name
            )
        kind = "an old Excel file"
    if kind:
        raise LoadError("WRONG_TYPE", f"This is {kind}, not a CSV or XLSX table.", CSV_ADVICE, file.name)


# --- CSV -----------------------------------------------------------------------------


def _check_text(file: Path) -> None:
    """One pass over the bytes: UTF-8 throughout, no lost blocks, quotes in pairs."""
    decoder, quotes, bangla = codecs.getincrementaldecoder("utf-8")(), 0, False
    with file.open("rb") as stream:
        block = stream.read(1 << 20)
        _check_mark(file, block)
        while block:
            bangla = bangla or b"\xe0\xa6" in block or b"\xe0\xa7" in block
            if LOST_BLOCK in block:
                raise LoadError(
                    "NOT_TEXT", "A part of the file is lost or not text.", "Send it again.", file.name
                )
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise _not_utf8(file, block, bangla) from error
            quotes += block.count(b'"')
            block = stream.read(1 << 20)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(file, b"", bangla) from error
    if quotes % 2:
        fix = "Find the cell whose quotation mark is not closed."
        raise LoadError("QUOTE_UNCLOSED", "A quotation mark is opened and not closed.", fix, file.name)


def _check_mark(file: Path, block: bytes) -> None:
    if block.startswith(UNICODE_MARKS) and not block.startswith(codecs.BOM_UTF32_LE):
        raise LoadError(
            "WRONG_ENCODING", "The file is UTF-16, not UTF-8.", "Save it as CSV UTF-8.", file.name
        )
    head = block[:4_000]
    if head.count(0) * 5 > len(head) and LOST_BLOCK not in head:
        raise LoadError("ENCODING_UNKNOWN", "The file is not UTF-8.", "Save it as CSV UTF-8.", file.name)


def _not_utf8(file: Path, block: bytes, bangla: bool) -> LoadError:
    control = sum(byte < 9 or 13 < byte < 32 for byte in block[:4_000])
    if control * 20 > len(block[:4_000]):
        return LoadError("NOT_TEXT", "The file is not text.", CSV_ADVICE, file.name)
    if bangla:
        fix = "Send it again, or save it anew as CSV UTF-8."
        return LoadError("ENCODING_BROKEN", "The file is UTF-8 with broken characters.", fix, file.name)
    return LoadError("WRONG_ENCODING", "The file is not UTF-8.", "Save it as CSV UTF-8.", file.name)


def _open_csv(file: Path, head: bytes, knows: Knows) -> TextTable:
    text = head.decode("utf-8-sig", errors="ignore").replace("\0", "")
    if not text.strip():
        raise LoadError(
            "EMPTY_FILE", "The file holds nothing.", "Send it again: the transfer broke.", file.name
        )
    best = max(
        (_find_header(file, text, separator, knows) for separator in SEPARATORS), key=lambda found: found[0]
    )
    known, header, record, line, separator = best
    _check_header(file, header, known)
    warnings = _header_warnings(header)
    if file.suffix.lower() in (".xlsx", ".xls"):
        warnings += (Warning("TYPE_BY_CONTENT", "The file is a CSV whatever its name says; read as such."),)
    return TextTable(header, _csv_batches(file, len(header), separator, record, line), warnings)


def _find_header(
    file: Path, text: str, separator: str, knows: Knows
) -> tuple[int, tuple[str, ...], int, int, str]:
    """(cells known, header, its record, its last line, separator) of the likeliest header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    best: tuple[int, tuple[str, ...], int, int, str] = (-1, (), 0, 0, separator)
    for record, cells in enumerate(islice((c for c in reader if c), HEADER_WITHIN), start=1):
        if len(cells) > MOST_COLUMNS:
            raise _too_many(file)
        known = knows(cells)
        if known > best[0]:
            best = (known, tuple(cells), record, reader.line_num, separator)
    return best


def _too_many(file: Path) -> LoadError:
    return LoadError(
        "TOO_MANY_COLUMNS", "A row has more than 2,000 cells.", "Check the separator.", file.name
    )


def _check_header(file: Path, header: Sequence[str], known: int) -> None:
    if known < FEWEST_KNOWN:
        fix = "Put the names of the columns above the rows, as in the template."
        raise LoadError("NO_HEADER", "No header with known columns was found.", fix, file.name)
    if len(header) > MOST_COLUMNS:
        raise _too_many(file)


def _header_warnings(header: Sequence[str]) -> tuple[Warning, ...]:
    unnamed = [at for at, cell in enumerate(header, start=1) if not cell.strip()]
    if not unnamed:
        return ()
    return (Warning("UNNAMED_COLUMN", f"{len(unnamed)} columns have no name and are left out."),)


def _csv_batches(file: Path, width: int, separator: str, record: int, line: int) -> Iterator[pl.DataFrame]:
    names = [str(at) for at in range(width)]
    odd: list[tuple[int, str]] = []

    def set_aside(row: pcsv.InvalidRow) -> str:
        if row.actual_columns > MOST_COLUMNS:
            raise _too_many(file)
        if row.text.strip(" \x1a"):
            odd.append((row.number - line, row.text))
        return "skip"

    reader = _arrow_reader(file, names, separator, line, set_aside)
    read = 0
    while (batch := _next_batch(file, reader)) is not None:
        rows = pl.DataFrame(pl.from_arrow(batch))
        # The k-th good row stands as many records lower as odd rows came before it.
        at = pl.Series([number - k for k, (number, _) in enumerate(odd, start=1)], dtype=pl.Int64)
        ordinal = pl.int_range(read + 1, read + rows.height + 1, eager=True)
        shift = at.search_sorted(ordinal - 1, side="right").cast(pl.Int64) if len(at) else pl.lit(0)
        yield rows.with_columns(
            pl.lit(None, pl.String).alias("line"),
            (ordinal + record + shift).alias("row_no"),
            ragged=pl.lit(False),
        )
        read += rows.height
    if odd:
        yield _odd_rows(odd, names, record)


def _odd_rows(odd: list[tuple[int, str]], names: list[str], record: int) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"line": [text for _, text in odd], "row_no": [number + record for number, _ in odd]},
        schema={"line": pl.String, "row_no": pl.Int64},
    )
    empty = [pl.lit(None, pl.String).alias(name) for name in names]
    return rows.select(*empty, "line", "row_no", ragged=pl.lit(True))


def _arrow_reader(
    file: Path, names: list[str], separator: str, line: int, set_aside: Callable[[pcsv.InvalidRow], str]
) -> pcsv.CSVStreamingReader | None:
    try:
        return pcsv.open_csv(
            file,
            pcsv.ReadOptions(column_names=names, skip_rows=line, block_size=BLOCK_BYTES, use_threads=False),
            pcsv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=set_aside),
            pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return None
        raise _damaged(file) from error


def _next_batch(file: Path, reader: pcsv.CSVStreamingReader | None) -> pa.RecordBatch | None:
    if reader is None:
        return None
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(file) from error


def _damaged(file: Path) -> LoadError:
    fix = "Open it, save it anew and send it again."
    return LoadError("FILE_DAMAGED", "The file is damaged and cannot be read.", fix, file.name)


# --- XLSX ----------------------------------------------------------------------------


def _open_workbook(file: Path, knows: Knows) -> TextTable:
    _check_archive(file)
    try:
        book = CalamineWorkbook.from_path(str(file))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise _damaged(file) from error
    sheets = [sheet for sheet in sheets if sheet.height]
    if not sheets:
        raise LoadError("EMPTY_FILE", "The workbook holds nothing.", "Send the filled sheet.", file.name)
    found = [_sheet_header(sheet, knows) for sheet in sheets]
    best = max(range(len(sheets)), key=lambda at: found[at][0])
    known, header, row = found[best]
    _check_header(file, header, known)
    return TextTable(
        header, _sheet_batches(sheets[best], header, row), _book_warnings(file, header, len(sheets))
    )


def _book_warnings(file: Path, header: Sequence[str], sheets: int) -> tuple[Warning, ...]:
    warnings = _header_warnings(header)
    if sheets > 1:
        warnings += (Warning("SHEET_NOT_READ", f"{sheets - 1} other sheets are not read."),)
    if file.suffix.lower() == ".csv":
        warnings += (
            Warning("TYPE_BY_CONTENT", "The file is a workbook whatever its name says; read as such."),
        )
    return warnings


def _check_archive(file: Path) -> None:
    """Before anything unpacks it: a workbook, whole, without macros and without a bomb."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if any(
                m.file_size > RATIO_FROM and m.file_size > RATIO * max(m.compress_size, 1) for m in members
            ):
                fix = "Open it and save it anew."
                raise LoadError("ARCHIVE_RATIO", "The file unpacks to far more than it is.", fix, file.name)
            names = {m.filename for m in members}
            if not any(name.startswith("xl/") for name in names):
                raise LoadError("WRONG_TYPE", "This is an archive, not a workbook.", CSV_ADVICE, file.name)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise LoadError("MACRO_FILE", "The workbook holds macros.", "Save it as .xlsx.", file.name)
            if archive.testzip() is not None:
                raise _damaged(file)
            for member in members:
                _refuse_part(file, archive, member.filename)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise _damaged(file) from error


def _refuse_part(file: Path, archive: zipfile.ZipFile, name: str) -> None:
    """Entities; and cells whose value the reader would silently give as nothing."""
    if not name.endswith((".xml", ".rels")):
        return
    content = archive.read(name)
    if b"<!DOCTYPE" in content[:4_000]:
        fix = "Open it and save it anew."
        raise LoadError("XML_FORBIDDEN", "The workbook defines entities of its own.", fix, file.name)
    if name.startswith("xl/worksheets/"):
        for code, pattern, wrong in UNREAD_CELLS:
            if cell := pattern.search(content):
                fix = f"Write its value into cell {cell[1].decode()}."
                raise LoadError(code, wrong, fix, file.name, int(cell[2]))


def _sheet_header(sheet: CalamineSheet, knows: Knows) -> tuple[int, tuple[str, ...], int]:
    """(cells known, header, its position among the sheet's rows) of the likeliest header."""
    best: tuple[int, tuple[str, ...], int] = (-1, (), 0)
    for at, cells in enumerate(islice(sheet.iter_rows(), HEADER_WITHIN)):
        texts = tuple(_text(cell) for cell in cells)
        known = knows(texts)
        if known > best[0]:
            best = (known, texts, at)
    return best


def _sheet_batches(sheet: CalamineSheet, header: Sequence[str], header_at: int) -> Iterator[pl.DataFrame]:
    first = (sheet.start or (0, 0))[0] + 1
    names = [str(at) for at in range(len(header))]
    numbered = (
        (first + at, [_text(c) for c in cells])
        for at, cells in enumerate(sheet.iter_rows())
        if at > header_at
    )
    said = ((number, cells) for number, cells in numbered if any(cells))
    while chunk := list(islice(said, SHEET_ROWS)):
        cells = {name: [row[at] for _, row in chunk] for at, name in enumerate(names)}
        yield pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String)).with_columns(
            pl.lit(None, pl.String).alias("line"),
            pl.Series("row_no", [number for number, _ in chunk], dtype=pl.Int64),
            ragged=pl.lit(False),
        )


def _text(cell: object) -> str:
    """A cell as a person reads it: whole numbers without a point, days without a clock."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
