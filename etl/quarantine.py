"""Refused rows as a workbook that a person corrects and loads again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from etl.errors import LoadError
from etl.facts import Refusal
from etl.outgoing import guarded, outgoing
from etl.records import SHEET

BESIDE = ("quarantine_id", "rule", "field", "fix")
COLUMNS = (*BESIDE, *(column for column in SHEET if column != "narrative"), "invented", "country")
MOST_ROWS = 1_000_000  # a sheet has 1,048,576
WIDTHS = {"quarantine_id": 14, "rule": 24, "fix": 60}
UNTOLD_REFERENCE = "<text>"
AT_ONCE = 10_000  # rows
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(target: Path, store: Path, refusals: Iterable[Refusal]) -> int:
    """One row a refused row, under a header that our own sheet's reader knows; every cell is text. Returns how many.

    Raises LoadError TOO_MANY_ROWS or OUTPUT_UNWRITABLE.
    """
    written, waiting = 0, iter(refusals)
    with outgoing(target, store) as part, xlsxwriter.Workbook(str(part), OPTIONS) as book:
        sheet, formats = _sheet(book)
        while some := list(islice(waiting, AT_ONCE)):
            if written + len(some) > MOST_ROWS:
                raise LoadError("TOO_MANY_ROWS", "A sheet cannot hold so many rows.", "Narrow it by --rule or --file.")
            _write(sheet, some, written + 1, *formats)
            written += len(some)
    return written


def _sheet(book: xlsxwriter.Workbook) -> tuple[Worksheet, tuple[Format, Format]]:
    """An empty sheet with its header; how a cell looks, and one at fault."""
    text = book.add_format({"num_format": "@"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#FFE08A"})
    head = book.add_format({"bold": True, "num_format": "@"})
    sheet = book.add_worksheet("corrections")
    sheet.freeze_panes(1, 1)
    for at, name in enumerate(COLUMNS):
        sheet.set_column(at, at, WIDTHS.get(name, 16), text)
        sheet.write_string(0, at, name, head)
    return sheet, (text, wrong)


def _write(sheet: Worksheet, refusals: Sequence[Refusal], first: int, text: Format, wrong: Format) -> None:
    rows = pl.DataFrame([_cells(refusal) for refusal in refusals], schema=dict.fromkeys(COLUMNS, pl.String))
    safe = rows.with_columns(guarded(pl.col(name)) for name in COLUMNS)
    for number, (cells, refusal) in enumerate(zip(safe.iter_rows(), refusals, strict=True), start=first):
        for at, (name, cell) in enumerate(zip(COLUMNS, cells, strict=True)):
            if cell or name == refusal.field:
                sheet.write_string(number, at, cell or "", wrong if name == refusal.field else text)


def _cells(refusal: Refusal) -> Mapping[str, str | None]:
    kept = {name: text for name, text in refusal.kept.items() if name in COLUMNS}
    if refusal.is_identified and "source_ref" not in kept:
        kept["source_ref"] = UNTOLD_REFERENCE
    return {name: kept.get(name) for name in COLUMNS} | {name: getattr(refusal, name) for name in BESIDE}
