"""A CSV, TSV or other delimited file as batches of text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pcsv

from etl.errors import LoadError
from etl.table import (
    CSV_ADVICE,
    HEADER_WITHIN,
    MOST_COLUMNS,
    Knows,
    TextTable,
    Warning,
    check_header,
    damaged,
    header_warnings,
    too_many,
)

BLOCK_BYTES = 1 << 24
SEPARATORS = ",;\t|"
SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_COUNTED = 30  # separators by which a line inside a cell is known for a row that a quotation mark swallowed
LOST_BLOCK = b"\0" * 64
UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class _Layout:
    """Where the rows of a file are: its header, how many records and lines that takes, the separator."""

    known: int
    header: tuple[str, ...]
    records: int
    lines: int
    separator: str

    @property
    def names(self) -> list[str]:
        return [str(at) for at in range(len(self.header))]

    @property
    def swallowed(self) -> str:
        """A pattern of a whole row inside a cell: a line with as many separators as the header has."""
        cell = rf"[^\n{re.escape(self.separator)}]*"
        separators = len(self.header) - 1
        row = rf"\n(?:{cell}{re.escape(self.separator)}){{{min(separators, MOST_COUNTED)}}}"
        return row if separators > MOST_COUNTED else rf"{row}{cell}\n"


def open_delimited(file: Path, head: bytes, knows: Knows) -> TextTable:
    """`head` is the first bytes of the file. Raises LoadError, codes as in badinput's manifest."""
    _check_text(file)
    text = head.decode("utf-8-sig", errors="ignore").replace("\0", "")
    if not text.strip():
        raise LoadError("EMPTY_FILE", "The file holds nothing.", "Send it again: the transfer broke.", file.name)
    layouts = (_layout(file, text, separator, knows) for separator in SEPARATORS)
    layout = max(layouts, key=lambda found: found.known)
    check_header(file, layout.header, layout.known)
    warnings = header_warnings(layout.header)
    if file.suffix.lower() in (".xlsx", ".xls"):
        warnings += (Warning("TYPE_BY_CONTENT", "The file is a CSV whatever its name says; read as such."),)
    taken_as = f"text in utf-8, cells parted by {SEPARATOR_NAMES[layout.separator]}"
    return TextTable(layout.header, _batches(file, layout), warnings, taken_as, layout.records)


# --- before a row is read ------------------------------------------------------------


def _check_text(file: Path) -> None:
    """One pass over the bytes: UTF-8 throughout, no lost blocks, quotes in pairs."""
    decoder, quotes, bangla, block = codecs.getincrementaldecoder("utf-8")(), 0, False, b""
    try:
        with file.open("rb") as stream:
            _check_mark(file, stream.read(4_000))
            stream.seek(0)
            while block := stream.read(1 << 20):
                bangla = bangla or b"\xe0\xa6" in block or b"\xe0\xa7" in block
                if LOST_BLOCK in block:
                    raise LoadError("NOT_TEXT", "A part of the file is lost or not text.", "Send it again.", file.name)
                decoder.decode(block)
                quotes += block.count(b'"')
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(file, block, bangla) from error
    if quotes % 2:
        raise _unclosed(file)


def _unclosed(file: Path, row: int | None = None) -> LoadError:
    fix = "Find the cell whose quotation mark is not closed."
    return LoadError("QUOTE_UNCLOSED", "A quotation mark is opened and not closed.", fix, file.name, row)


def _check_mark(file: Path, head: bytes) -> None:
    if head.startswith(UNICODE_MARKS) and not head.startswith(codecs.BOM_UTF32_LE):
        raise LoadError("WRONG_ENCODING", "The file is UTF-16, not UTF-8.", "Save it as CSV UTF-8.", file.name)
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


def _layout(file: Path, text: str, separator: str, knows: Knows) -> _Layout:
    """The likeliest header under this separator."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    best = _Layout(-1, (), 0, 0, separator)
    for record, cells in enumerate(islice((c for c in reader if c), HEADER_WITHIN), start=1):
        if len(cells) > MOST_COLUMNS:
            raise too_many(file)
        known = knows(cells)
        if known > best.known:
            best = _Layout(known, tuple(cells), record, reader.line_num, separator)
    return best


# --- rows ----------------------------------------------------------------------------


@dataclass
class _Odd:
    """Rows with more or fewer cells than the header: set aside by the reader, and not lost."""

    file: Path
    layout: _Layout
    texts: list[tuple[int, str]] = field(default_factory=list)
    before: list[int] = field(default_factory=list)  # for each odd row so far, how many good rows came before it
    refused: LoadError | None = None  # why the file cannot be read at all

    def set_aside(self, row: pcsv.InvalidRow) -> str:
        """What the reader asks of each such row; what is raised here would go past every handler to the screen."""
        number = row.number - self.layout.lines
        if row.actual_columns > MOST_COLUMNS:
            self.refused = too_many(self.file)
        elif re.search(self.layout.swallowed, row.text):
            self.refused = _unclosed(self.file, number + self.layout.records)
        elif row.text.strip(" \x1a"):
            self.texts.append((number, row.text))
            self.before.append(number - len(self.before) - 1)
        return "error" if self.refused else "skip"

    def numbered(self, ordinal: pl.Series) -> pl.Series:
        """The numbers of good rows: each stands as many records lower as odd rows came before it."""
        before = pl.Series(self.before, dtype=pl.Int64)
        lower = before.search_sorted(ordinal - 1, side="right").cast(pl.Int64) if len(before) else 0
        return ordinal + self.layout.records + lower

    def taken(self) -> pl.DataFrame:
        """The odd rows set aside since this was last asked."""
        taken = self.texts[: len(self.texts)]
        del self.texts[: len(taken)]  # and none that the reader has set aside meanwhile
        rows = pl.DataFrame(
            [(text, number + self.layout.records) for number, text in taken],
            schema={"line": pl.String, "row_no": pl.Int64},
            orient="row",
        )
        empty = [pl.lit(None, pl.String).alias(name) for name in self.layout.names]
        return rows.select(*empty, "line", "row_no", fault=pl.lit("ragged_row"))


def _batches(file: Path, layout: _Layout) -> Iterator[pl.DataFrame]:
    odd, read = _Odd(file, layout), 0
    for batch in _records(file, layout, odd):
        rows = pl.DataFrame(pl.from_arrow(batch))
        ordinal = pl.int_range(read + 1, read + rows.height + 1, eager=True)
        row_no = odd.numbered(ordinal).alias("row_no")
        _refuse_swallowed(file, layout, rows, row_no)
        yield rows.with_columns(pl.lit(None, pl.String).alias("line"), row_no, fault=pl.lit(None, pl.String))
        read += rows.height
        if odd.texts:
            yield odd.taken()
    if odd.texts:
        yield odd.taken()


def _refuse_swallowed(file: Path, layout: _Layout, rows: pl.DataFrame, row_no: pl.Series) -> None:
    """Two stray quotation marks hide all rows between them in one cell: they are not to be lost."""
    for name in layout.names:
        if (rows[name].str.len_bytes().max() or 0) > len(layout.header):  # type: ignore[operator]  # of lengths
            found = rows[name].str.contains(layout.swallowed).fill_null(False)
            if found.any():
                raise _unclosed(file, int(row_no.filter(found)[0]))


def _records(file: Path, layout: _Layout, odd: _Odd) -> Iterator[pa.RecordBatch]:
    names = layout.names
    try:
        with file.open("rb") as stream:
            yield from pcsv.open_csv(
                stream,
                pcsv.ReadOptions(column_names=names, skip_rows=layout.lines, block_size=BLOCK_BYTES, use_threads=False),
                pcsv.ParseOptions(
                    delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=odd.set_aside
                ),
                pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
            )
    except (pa.ArrowInvalid, OSError) as error:
        if "Empty CSV" not in str(error):
            raise odd.refused or damaged(file) from error
