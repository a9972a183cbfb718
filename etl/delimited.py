"""A CSV, TSV or other delimited file as batches of text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pcsv

from etl.encoding import encoding_of
from etl.errors import LoadError
from etl.grid import HEADER_WITHIN, MOST_COLUMNS
from etl.inputs import opened
from etl.splitting import cuts
from etl.table import Batches, Knows, Reading, TextTable, check_header, damaged, header_warnings, too_many

HEAD_BYTES = 100_000  # the header ends within them
HOLD_ASCII = ("utf-8", "cp1252")
BLOCK_BYTES = 16 << 20  # of which some five are in memory at once, as rows and as what is made of them
SEPARATORS = ",;\t|"
SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_COUNTED = 30  # separators by which a line inside a cell is known for a row that a quotation mark swallowed
SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n\w"])"?(?:\r\n|\r|\n)', re.IGNORECASE)  # as Excel writes it


@dataclass(frozen=True)
class _Layout:
    """Where the rows of a file are: its header, how many records and lines that takes, how to read it."""

    known: int
    header: tuple[str, ...]
    records: int
    lines: int
    separator: str
    encoding: str
    start: int = 0  # bytes: of a piece of the file, which is numbered from its own first row
    end: int | None = None

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


def open_delimited(file: Path, head: bytes, knows: Knows, reading: Reading) -> TextTable:
    """`head` is the first bytes of the file. Raises LoadError, codes as in badinput's manifest."""
    encoding = encoding_of(file, reading.encoding)
    text = head.decode(encoding.name, errors="ignore").removeprefix("\ufeff").replace("\0", "")
    if not text.strip():
        raise LoadError("EMPTY_FILE", "The file holds nothing.", "Send it again: the transfer broke.", file.name)
    if not encoding.is_paired:
        raise _unclosed(file)
    layout = _likeliest(file, text, encoding.name, knows)
    check_header(file, layout.header, layout.known)
    warnings = encoding.warnings + header_warnings(layout.header)
    taken_as = f"text in {encoding.name}, cells parted by {SEPARATOR_NAMES.get(layout.separator, 'signs')}"
    batches = Batches(partial(_batches, file, layout), partial(_pieces, file, layout))
    return TextTable(layout.header, batches, warnings, "", taken_as, layout.records)


# --- before a row is read ------------------------------------------------------------


def _unclosed(file: Path, row: int | None = None) -> LoadError:
    fix = "Find the cell whose quotation mark is not closed."
    return LoadError("QUOTE_UNCLOSED", "A quotation mark is opened and not closed.", fix, file.name, row)


def _likeliest(file: Path, text: str, encoding: str, knows: Knows) -> _Layout:
    """The header that is best known under any separator; a first line `sep=;` names one and is no record."""
    told = SEPARATOR_LINE.match(text)
    skipped = told.end() if told else 0
    separators = dict.fromkeys(f"{told[1] if told else ''}{SEPARATORS}")
    layouts = (_layout(file, text[skipped:], encoding, separator, knows) for separator in separators)
    best = max(layouts, key=lambda found: found.known)
    return replace(best, lines=best.lines + 1) if told else best


def _layout(file: Path, text: str, encoding: str, separator: str, knows: Knows) -> _Layout:
    """The likeliest header under this separator."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    best = _Layout(-1, (), 0, 0, separator, encoding)
    for record, cells in enumerate(islice((c for c in reader if c), HEADER_WITHIN), start=1):
        if len(cells) > MOST_COLUMNS:
            raise too_many(file)
        known = knows(cells)
        if known > best.known:
            best = replace(best, known=known, header=tuple(cells), records=record, lines=reader.line_num)
    return best


# --- rows ----------------------------------------------------------------------------


def _pieces(file: Path, layout: _Layout, piece_bytes: int) -> list[Batches]:
    """The rows in pieces that are read apart; the first one has the header, so it is longer than any header."""
    may_be_cut = layout.encoding in HOLD_ASCII
    ends = cuts(file, layout.separator, max(piece_bytes, HEAD_BYTES)) if may_be_cut else []
    first, *others = (replace(layout, start=at, end=to) for at, to in zip([0, *ends], [*ends, None], strict=True))
    of_no_header = (replace(each, records=0, lines=0) for each in others)
    return [Batches(partial(_batches, file, each)) for each in (first, *of_no_header)]


@dataclass
class _Odd:
    """Rows with more or fewer cells than the header: set aside by the reader, and not lost."""

    file: Path
    layout: _Layout
    texts: list[tuple[int, str]] = field(default_factory=list)
    before: list[int] = field(default_factory=list)  # for each odd row so far, how many good rows came before it
    blank: int = 0  # lines of nothing but spaces are no records
    refused: LoadError | None = None  # why the file cannot be read at all

    def set_aside(self, row: pcsv.InvalidRow) -> str:
        """What the reader asks of each such row; what is raised here would go past every handler to the screen."""
        number = row.number - self.layout.lines - self.blank
        if row.actual_columns > MOST_COLUMNS:
            self.refused = too_many(self.file)
        elif re.search(self.layout.swallowed, row.text):
            self.refused = _unclosed(self.file, number + self.layout.records)
        elif row.text.strip(" \x1a"):
            self.texts.append((number, row.text))
            self.before.append(number - len(self.before) - 1)
        else:
            self.blank += 1
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
        # Blocks as large as these are not to be Python's: its heap does not shrink when they go.
        with opened(file) as stream, pa.OSFile(f"/dev/fd/{stream.fileno()}") as blocks:
            end = blocks.size() if layout.end is None else layout.end
            yield from pcsv.open_csv(
                blocks.get_stream(layout.start, end - layout.start) if layout.start or layout.end else blocks,
                pcsv.ReadOptions(
                    column_names=names,
                    skip_rows=layout.lines,
                    block_size=BLOCK_BYTES,
                    use_threads=False,
                    encoding=layout.encoding,
                ),
                pcsv.ParseOptions(
                    delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=odd.set_aside
                ),
                pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
            )
    except (pa.ArrowInvalid, OSError) as error:
        if "Empty CSV" not in str(error):
            raise odd.refused or damaged(file) from error
