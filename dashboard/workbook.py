"""An Answer as an XLSX workbook: a first sheet that says what it is, in both languages, then a sheet a table."""

import io
from collections.abc import Sequence
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from dashboard import exports
from dashboard.disclosure import ALIKE, HIDDEN, Answer, Row, under
from dashboard.exports import Told

ABOUT = "About"
WIDE, NARROW, WIDEST = 110, 9, 34  # characters
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def as_xlsx(answer: Answer, told: Told, made_at: datetime) -> bytes:
    """Numbers as numbers, withheld ones as a grey word or `<5`, texts as text also where they begin like a formula."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, SAFE) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None), "author": ""})
        bold, wrapped = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True})
        _about(book.add_worksheet(ABOUT), told, bold, wrapped)
        formats = {
            "head": bold,
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "part": book.add_format({"num_format": "0.000"}),
            "withheld": book.add_format({"bg_color": "#DADFE0", "align": "right"}),
        }
        for name in exports.tables(answer):
            _table(book.add_worksheet(name[:31]), exports.plain(answer, name), answer.rows(name), formats)
    return made.getvalue()


def _about(sheet: Worksheet, told: Told, bold: object, wrapped: object) -> None:
    sheet.set_column(0, 0, WIDE)
    at = 0
    for lines in told.values():
        for i, line in enumerate(lines):
            sheet.write_string(at, 0, line, bold if i == 0 else wrapped)
            at += 1
        at += 1


def _table(sheet: Worksheet, rows: Sequence[Row], full: Sequence[Row], formats: dict[str, object]) -> None:
    heads = list(rows[0]) if rows else []
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, formats["head"])
        longest = max([len(head), *(len(str(row[head])) for row in rows[:200])])
        sheet.set_column(column, column, max(NARROW, min(WIDEST, longest + 2)))
    for at, (row, whole) in enumerate(zip(rows, full, strict=True), start=1):
        for column, head in enumerate(heads):
            _cell(sheet, at, column, row[head], _withheld(whole, head) if whole.get(head + HIDDEN) else None, formats)
    if rows:
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)


def _withheld(row: Row, name: str) -> str:
    return "withheld" if row.get(ALIKE) else f"<{under(row, name)}"


def _cell(
    sheet: Worksheet, at: int, column: int, value: object, withheld: str | None, formats: dict[str, object]
) -> None:
    if withheld:
        sheet.write_string(at, column, withheld, formats["withheld"])
    elif isinstance(value, bool):
        sheet.write_boolean(at, column, value)
    elif isinstance(value, int | float) and value == value:
        sheet.write_number(at, column, value, formats["whole" if isinstance(value, int) else "part"])
    elif isinstance(value, date):
        sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), formats["day"])
    elif isinstance(value, str):
        sheet.write_string(at, column, value)
