"""An Excel workbook as grids, one a sheet that is shown; what its reader would pass over in silence is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from etl.archive import repacked
from etl.errors import LoadError
from etl.grid import HEADER_WITHIN, Contents, Grid, Row, batches, check_width, text_of
from etl.xls import records

CELL = rb'<(?:\w+:)?c (?![^>]*\bt="str")[^>]*?\br="[A-Z]+(\d+)"'
# Cells whose value the reader would silently give as nothing. A formula that gives an empty text has t="str".
UNREAD_CELLS = {
    "cell_error": re.compile(CELL + rb'[^>]*?\bt="e"'),
    "formula_no_value": re.compile(
        CELL + rb"[^>]*>\s*<(\w+:|)f\b(?:[^>]*/>|[^>]*>[^<]*</\2f>)\s*(?:<\2v\s*/>|<\2v>\s*</\2v>)?\s*</\2c>"
    ),
}
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row [^>]*\bhidden="(?:1|true)"')


@dataclass(frozen=True)
class _Told:
    """What the parts of a workbook tell and its reader does not. faults: sheet, by position -> row -> its fault."""

    faults: Mapping[int, Mapping[int, str]]
    hidden_rows: int = 0
    warnings: Sequence[tuple[str, str]] = ()


def read_xlsx(members: dict[str, bytes]) -> Contents:
    """Raises LoadError MACRO_FILE, XML_FORBIDDEN, EMPTY_FILE, TOO_MANY_COLUMNS or FILE_DAMAGED. Empties `members`."""
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in members):
        raise _with_macros()
    texts = {name: content for name, content in members.items() if name.endswith((".xml", ".rels"))}
    if any(b"<!DOCTYPE" in content for content in texts.values()):
        raise LoadError("XML_FORBIDDEN", "The workbook defines entities of its own.", "Open it and save it anew.")
    told = _told(texts)
    texts.clear()
    return _contents(repacked(members), told)


def read_xls(stream: BinaryIO, _: str | None) -> Contents:
    """Raises LoadError FILE_ENCRYPTED, MACRO_FILE, WRONG_TYPE, EMPTY_FILE, TOO_MANY_COLUMNS or FILE_DAMAGED."""
    found = records(stream.read())
    if found.has_macros:
        raise _with_macros()
    stream.seek(0)
    return _contents(stream, _Told(found.faults, found.hidden_rows))


def _with_macros() -> LoadError:
    return LoadError("MACRO_FILE", "The workbook holds macros.", "Save it as .xlsx.")


def _contents(stream: BinaryIO, told: _Told) -> Contents:
    try:
        book = CalamineWorkbook.from_filelike(stream)
        sheets = [(at, book.get_sheet_by_name(meta.name), meta) for at, meta in enumerate(book.sheets_metadata)
                  if meta.typ == SheetTypeEnum.WorkSheet]  # fmt: skip
    except PasswordError as error:
        raise LoadError("FILE_ENCRYPTED", "The workbook has a password.", "Save it without one.") from error
    except (CalamineError, OSError, ValueError, KeyError) as error:
        fix = "Open it, save it anew and send it again."
        raise LoadError("FILE_DAMAGED", "The workbook is damaged and cannot be read.", fix) from error
    shown = [(at, sheet) for at, sheet, meta in sheets if meta.visible == SheetVisibleEnum.Visible and sheet.height]
    if not shown:
        raise LoadError("EMPTY_FILE", "The workbook shows nothing.", "Send the filled sheet.")
    hidden = [meta.name for _, _, meta in sheets if meta.visible != SheetVisibleEnum.Visible]
    return Contents([_grid(sheet, told.faults.get(at, {})) for at, sheet in shown], _warnings(told), hidden)


def _warnings(told: _Told) -> list[tuple[str, str]]:
    rows = f"{told.hidden_rows} rows are hidden in the workbook; they are read."
    return [*told.warnings, *([("HIDDEN_ROWS", rows)] if told.hidden_rows else [])]


# --- what the parts tell -------------------------------------------------------------


def _told(contents: Mapping[str, bytes]) -> _Told:
    order = _sheet_parts(contents)
    faults = {order[name]: _faults(content) for name, content in contents.items() if name in order}
    hidden = sum(len(HIDDEN_ROW.findall(contents[name])) for name in order if name in contents)
    links = any(name.startswith("xl/externalLinks/") for name in contents)
    link = ("EXTERNAL_LINK", "The workbook links to another; the link is not followed.")
    return _Told(faults, hidden, (link,) if links else ())


def _sheet_parts(contents: Mapping[str, bytes]) -> dict[str, int]:
    """Name of a sheet's part -> position of the sheet."""
    linked = contents.get("xl/_rels/workbook.xml.rels", b"").decode(errors="replace")
    listed = contents.get("xl/workbook.xml", b"").decode(errors="replace")
    relations = re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", linked)
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in relations}
    sheets = [targets.get(_attribute(tag, r"\w+:id"), "") for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", listed)]
    return {target.lstrip("/") if target.startswith("/") else f"xl/{target}": at for at, target in enumerate(sheets)}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _faults(content: bytes) -> dict[int, str]:
    return {int(cell[1]): fault for fault, cells in UNREAD_CELLS.items() for cell in cells.finditer(content)}


# --- rows ----------------------------------------------------------------------------


def _grid(sheet: CalamineSheet, unread: Mapping[int, str]) -> Grid:
    check_width(sheet.width)
    heads = [(number, [cell or "" for cell in cells]) for number, cells in islice(_cells(sheet), HEADER_WITHIN)]
    return Grid(sheet.name, heads, batches(sheet.width, _rows(sheet, unread)))


def _cells(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    first = (sheet.start or (0, 0))[0] + 1
    return (
        (at, [(text_of(cell) or "").strip() for cell in cells]) for at, cells in enumerate(sheet.iter_rows(), first)
    )


def _rows(sheet: CalamineSheet, unread: Mapping[int, str]) -> Iterator[Row]:
    """Rows that say something, and those whose cells could not be read."""
    faults = {**_merged(sheet), **unread}
    return ((at, faults.get(at), cells) for at, cells in _cells(sheet) if at in unread or any(cells))


def _merged(sheet: CalamineSheet) -> dict[int, str]:
    """Rows whose cell lies under a cell of a row above: what it says is not in the row itself."""
    spans = [(top, bottom) for (top, _), (bottom, _) in sheet.merged_cell_ranges or []]
    return {row + 1: "merged_cell" for top, bottom in spans for row in range(top + 1, bottom + 1)}
