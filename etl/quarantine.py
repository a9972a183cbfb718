"""Refused rows as a workbook that a person corrects and loads again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from etl.bangla import in_bangla
from etl.errors import LoadError
from etl.facts import Refusal
from etl.kinds import KINDS
from etl.outgoing import guarded, outgoing
from etl.records import SHEET

BESIDE = ("quarantine_id", "rule", "field", "fix", "fix_bn")
# Name of a sheet -> what kind of refused rows it has, and their columns.
SHEETS = {
    "corrections": ("incident", (*(name for name in SHEET if name != "narrative"), "invented", "country")),
    **{kind.name: (kind.name, kind.texts) for kind in KINDS},
}
SHEET_OF = {kind: name for name, (kind, _) in SHEETS.items()}
MOST_ROWS = 1_000_000  # a sheet has 1,048,576
WIDTHS = {"quarantine_id": 14, "rule": 24, "fix": 60, "fix_bn": 60}
UNTOLD_REFERENCE = "<text>"
AT_ONCE = 10_000  # rows
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class _Book:
    """A workbook with a sheet for each kind of refused rows that there are."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._text = book.add_format({"num_format": "@"})
        self._wrong = book.add_format({"num_format": "@", "bg_color": "#FFE08A"})
        self._head = book.add_format({"bold": True, "num_format": "@"})
        self._sheets: dict[str, Worksheet] = {}
        self.written: Counter[str] = Counter()

    def write(self, kind: str, refusals: Sequence[Refusal]) -> None:
        """Append rows of a kind. Raises LoadError TOO_MANY_ROWS."""
        name = SHEET_OF[kind]
        if self.written[name] + len(refusals) > MOST_ROWS:
            raise LoadError("TOO_MANY_ROWS", "A sheet cannot hold so many rows.", "Narrow it by --rule or --file.")
        columns = (*BESIDE, *SHEETS[name][1])
        sheet = self._sheets.get(name) or self._sheet(name, columns)
        rows = pl.DataFrame([_cells(each, columns) for each in refusals], schema=dict.fromkeys(columns, pl.String))
        safe = rows.with_columns(guarded(pl.col(column)) for column in columns)
        for number, (cells, refusal) in enumerate(zip(safe.iter_rows(), refusals, strict=True), self.written[name] + 1):
            for at, (column, cell) in enumerate(zip(columns, cells, strict=True)):
                if cell or column == refusal.field:
                    sheet.write_string(number, at, cell or "", self._wrong if column == refusal.field else self._text)
        self.written[name] += len(refusals)

    def _sheet(self, name: str, columns: Sequence[str]) -> Worksheet:
        """An empty sheet with its header."""
        sheet = self._sheets[name] = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, WIDTHS.get(column, 16), self._text)
            sheet.write_string(0, at, column, self._head)
        return sheet


def write_workbook(target: Path, store: Path, refusals: Iterable[Refusal]) -> Mapping[str, int]:
    """One row a refused row, a sheet for each kind, under headers that the loader knows; every cell is text.

    Returns how many rows each sheet has. Raises LoadError TOO_MANY_ROWS or OUTPUT_UNWRITABLE.
    """
    waiting = iter(refusals)
    with outgoing(target, store) as part, xlsxwriter.Workbook(str(part), OPTIONS) as book:
        made = _Book(book)
        made.write("incident", [])  # a workbook has a sheet, and this one is the first
        while some := list(islice(waiting, AT_ONCE)):
            for kind in dict.fromkeys(each.kind for each in some):
                made.write(kind, [each for each in some if each.kind == kind])
    return dict(made.written)


def _cells(refusal: Refusal, columns: Sequence[str]) -> Mapping[str, str | None]:
    kept = dict(refusal.kept)
    if refusal.is_identified and "source_ref" not in kept:
        kept["source_ref"] = UNTOLD_REFERENCE
    beside = {name: getattr(refusal, name) for name in ("quarantine_id", "rule", "field", "fix")}
    return {name: kept.get(name) for name in columns} | beside | {"fix_bn": in_bangla(refusal.fix)}
