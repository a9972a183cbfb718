"""An XLSX workbook as batches of text: the one sheet whose header is best known."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from etl.errors import LoadError
from etl.table import CSV_ADVICE, HEADER_WITHIN, Knows, TextTable, Warning, check_header, damaged, header_warnings

SHEET_ROWS = 50_000
RATIO, RATIO_FROM = 200, 10_000_000
MOST_UNPACKED = 2_000_000_000
CELL = rb'<c (?![^>]*\bt="str")[^>]*?\br="[A-Z]+(\d+)"'
# Cells whose value the reader would silently give as nothing. A formula that gives an empty text has t="str".
UNREAD_CELLS = {
    "cell_error": re.compile(CELL + rb'[^>]*?\bt="e"'),
    "formula_no_value": re.compile(
        CELL + rb"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
    ),
}
HIDDEN_ROW = re.compile(rb'<row [^>]*\bhidden="(?:1|true)"')


@dataclass(frozen=True)
class _Parts:
    """What the parts of a workbook tell and its reader does not."""

    faults: Mapping[int, Mapping[int, str]]  # sheet, by position -> row -> what is wrong with it
    warnings: tuple[Warning, ...]


@dataclass(frozen=True)
class _Sheet:
    """A sheet, and the likeliest header in it."""

    at: int
    sheet: CalamineSheet
    known: int
    header: tuple[str, ...]
    header_at: int  # position among the sheet's rows


def open_workbook(file: Path, knows: Knows) -> TextTable:
    """The rows of a workbook. Raises LoadError, codes as in badinput's manifest."""
    parts = _parts(file)
    try:
        with file.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
        told = [(book.get_sheet_by_name(meta.name), meta.visible) for meta in book.sheets_metadata]
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise damaged(file) from error
    sheets = [_with_header(at, sheet, knows) for at, (sheet, _) in enumerate(told) if sheet.height]
    shown = [each for each in sheets if told[each.at][1] == SheetVisibleEnum.Visible]
    if not shown:
        raise LoadError("EMPTY_FILE", "The workbook shows nothing.", "Send the filled sheet.", file.name)
    hidden = sum(visible != SheetVisibleEnum.Visible for _, visible in told)
    best = max(shown, key=lambda each: each.known)
    check_header(file, best.header, best.known)
    warnings = _warnings(file, best.header, len(shown) - 1, hidden) + parts.warnings
    header_row = (best.sheet.start or (0, 0))[0] + 1 + best.header_at
    taken_as = f"Excel workbook, sheet {best.at + 1} of {len(told)}"
    return TextTable(best.header, _batches(best, parts.faults.get(best.at, {})), warnings, taken_as, header_row)


def _warnings(file: Path, header: Sequence[str], others: int, hidden: int) -> tuple[Warning, ...]:
    warnings = header_warnings(header)
    if others:
        warnings += (Warning("SHEET_NOT_READ", f"{others} other sheets are not read."),)
    if hidden:
        warnings += (Warning("HIDDEN_SHEET", f"{hidden} hidden sheets are not read."),)
    if file.suffix.lower() not in (".xlsx", ".xlsm"):
        warnings += (Warning("TYPE_BY_CONTENT", "The file is a workbook whatever its name says; read as such."),)
    return warnings


# --- before anything unpacks it ------------------------------------------------------


def _parts(file: Path) -> _Parts:
    """The archive, checked: a workbook, whole, without macros and without a bomb."""
    try:
        with zipfile.ZipFile(file) as archive:
            _check_archive(file, archive)
            contents = {name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise damaged(file) from error
    if any(b"<!DOCTYPE" in content[:4_000] for content in contents.values()):
        fix = "Open it and save it anew."
        raise LoadError("XML_FORBIDDEN", "The workbook defines entities of its own.", fix, file.name)
    return _told(contents)


def _check_archive(file: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    _check_size(file, members)
    names = [member.filename for member in members]
    if not any(name.startswith("xl/") for name in names):
        raise LoadError("WRONG_TYPE", "This is an archive, not a workbook.", CSV_ADVICE, file.name)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise LoadError("MACRO_FILE", "The workbook holds macros.", "Save it as .xlsx.", file.name)
    if archive.testzip() is not None:
        raise damaged(file)


def _check_size(file: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    sizes = [(member.file_size, member.compress_size) for member in members]
    sizes.append((sum(unpacked for unpacked, _ in sizes), sum(packed for _, packed in sizes)))
    if any(unpacked > RATIO_FROM and unpacked > RATIO * max(packed, 1) for unpacked, packed in sizes):
        fix = "Open it and save it anew."
        raise LoadError("ARCHIVE_RATIO", "The file unpacks to far more than it is.", fix, file.name)
    if sizes[-1][0] > MOST_UNPACKED:
        raise LoadError("TOO_LARGE", "The workbook is too large to be read.", "Save it as CSV UTF-8.", file.name)


def _told(contents: Mapping[str, bytes]) -> _Parts:
    """Rows with cells that cannot be read, hidden rows and links, by the parts' own words."""
    order = _sheet_parts(contents)
    faults = {order.get(name, 0): _faults(content) for name, content in contents.items() if name in order}
    warnings: tuple[Warning, ...] = ()
    hidden = sum(len(HIDDEN_ROW.findall(contents[name])) for name in order if name in contents)
    if hidden:
        warnings += (Warning("HIDDEN_ROWS", f"{hidden} rows are hidden in the workbook; they are read."),)
    if any(name.startswith("xl/externalLinks/") for name in contents):
        warnings += (Warning("EXTERNAL_LINK", "The workbook links to another; the link is not followed."),)
    return _Parts(faults, warnings)


def _sheet_parts(contents: Mapping[str, bytes]) -> dict[str, int]:
    """Name of a sheet's part -> position of the sheet."""
    linked = contents.get("xl/_rels/workbook.xml.rels", b"").decode(errors="replace")
    listed = contents.get("xl/workbook.xml", b"").decode(errors="replace")
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in re.findall(r"<Relationship\b[^>]*>", linked)}
    sheets = [targets.get(_attribute(tag, "r:id"), "") for tag in re.findall(r"<sheet\b[^>]*>", listed)]
    return {target.lstrip("/") if target.startswith("/") else f"xl/{target}": at for at, target in enumerate(sheets)}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _faults(content: bytes) -> dict[int, str]:
    return {int(cell[1]): fault for fault, cells in UNREAD_CELLS.items() for cell in cells.finditer(content)}


# --- rows ----------------------------------------------------------------------------


def _with_header(at: int, sheet: CalamineSheet, knows: Knows) -> _Sheet:
    best = _Sheet(at, sheet, -1, (), 0)
    for position, cells in enumerate(islice(sheet.iter_rows(), HEADER_WITHIN)):
        texts = tuple(_text(cell) for cell in cells)
        known = knows(texts)
        if known > best.known:
            best = _Sheet(at, sheet, known, texts, position)
    return best


def _batches(found: _Sheet, unread: Mapping[int, str]) -> Iterator[pl.DataFrame]:
    first = (found.sheet.start or (0, 0))[0] + 1
    faults = {**_merged(found.sheet), **unread}
    names = [str(at) for at in range(len(found.header))]
    numbered = enumerate(found.sheet.iter_rows(), first)
    texts = ((number, [_text(c) for c in cells]) for number, cells in numbered if number > first + found.header_at)
    said = ((number, cells) for number, cells in texts if number in unread or any(cells))
    while chunk := list(islice(said, SHEET_ROWS)):
        cells = {name: [row[at] for _, row in chunk] for at, name in enumerate(names)}
        numbers = [number for number, _ in chunk]
        yield pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String)).with_columns(
            pl.lit(None, pl.String).alias("line"),
            pl.Series("row_no", numbers, dtype=pl.Int64),
            pl.Series("fault", [faults.get(number) for number in numbers], dtype=pl.String),
        )


def _merged(sheet: CalamineSheet) -> dict[int, str]:
    """Rows whose cell lies under a cell of a row above: what it says is not in the row itself."""
    spans = [(top, bottom) for (top, _), (bottom, _) in sheet.merged_cell_ranges or []]
    return {row + 1: "merged_cell" for top, bottom in spans for row in range(top + 1, bottom + 1)}


def _text(cell: object) -> str:
    """A cell as a person reads it: whole numbers without a point, days without a clock."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
