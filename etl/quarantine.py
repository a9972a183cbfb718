"""Refused rows as a workbook that a person corrects and loads again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import xlsxwriter

from etl.errors import LoadError
from etl.facts import Refusal
from etl.outgoing import guarded, outgoing
from etl.records import SHEET

BESIDE = ("quarantine_id", "rule", "field", "fix")
COLUMNS = (*BESIDE, *(column for column in SHEET if column != "narrative"), "invented", "country")
MOST_ROWS = 1_000_000  # a sheet has 1,048,576
WIDTHS = {"quarantine_id": 14, "rule": 24, "fix": 60}
UNTOLD_REFERENCE = "<text>"


def write_workbook(target: Path, store: Path, refusals: Sequence[Refusal]) -> None:
    """One row a refused row, under a header that our own sheet's reader knows; every cell is text.

    Raises LoadError TOO_MANY_ROWS or OUTPUT_UNWRITABLE.
    """
    if len(refusals) > MOST_ROWS:
        raise LoadError("TOO_MANY_ROWS", "A sheet cannot hold so many rows.", "Narrow it with --rule or --file.")
    rows = pl.DataFrame([_cells(refusal) for refusal in refusals], schema=dict.fromkeys(COLUMNS, pl.String))
    safe = rows.with_columns(guarded(pl.col(name)) for name in COLUMNS)
    with outgoing(target, store) as part:
        _write(part, safe, [refusal.field for refusal in refusals])


def _cells(refusal: Refusal) -> Mapping[str, str | None]:
    kept = {name: text for name, text in refusal.kept.items() if name in COLUMNS}
    if refusal.is_identified and "source_ref" not in kept:
        kept["source_ref"] = UNTOLD_REFERENCE
    return {name: kept.get(name) for name in COLUMNS} | {name: getattr(refusal, name) for name in BESIDE}


def _write(part: Path, rows: pl.DataFrame, fields: Sequence[str]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(part), {"constant_memory": True, **options}) as book:
        text = book.add_format({"num_format": "@"})
        wrong = book.add_format({"num_format": "@", "bg_color": "#FFE08A"})
        head = book.add_format({"bold": True, "num_format": "@"})
        sheet = book.add_worksheet("corrections")
        sheet.freeze_panes(1, 1)
        for at, name in enumerate(COLUMNS):
            sheet.set_column(at, at, WIDTHS.get(name, 16), text)
            sheet.write_string(0, at, name, head)
        for number, (cells, field) in enumerate(zip(rows.iter_rows(), fields, strict=True), start=1):
            for at, cell in enumerate(cells):
                if cell or COLUMNS[at] == field:
                    sheet.write_string(number, at, cell or "", wrong if COLUMNS[at] == field else text)
