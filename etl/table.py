"""What a table of text is: a header and its rows, numbered as people count them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.errors import LoadError
from etl.grid import MOST_COLUMNS

FEWEST_KNOWN = 2  # header cells that a source must know
CSV_ADVICE = "Open it and save it as CSV UTF-8 or as .xlsx."

Knows = Callable[[Sequence[str]], int]  # how many cells of a header some source knows


@dataclass(frozen=True)
class Warning:
    """Something that did not stop a file and should be said."""

    code: str
    message: str


@dataclass(frozen=True)
class Reading:
    """What a person says of a file that it does not say itself, and how large it may be.

    most_streamed_bytes: of a CSV, TSV or Parquet, of which only a piece is held at a time.
    """

    encoding: str | None = None
    crs: str | None = None
    most_bytes: int = 200_000_000
    most_streamed_bytes: int = 4_000_000_000
    most_rows: int = 20_000_000


@dataclass(frozen=True)
class Batches:
    """Batches that are read anew each time that somebody goes through them.

    pieces: bytes -> the same rows in pieces of about so many, each of which can be sent to another process and read
    there. The first is numbered as the rows are, every other from 1; None where rows are not to be had so.
    """

    read: Callable[[], Iterator[pl.DataFrame]]
    pieces: Callable[[int], Sequence[Batches]] | None = None

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return self.read()


@dataclass(frozen=True)
class TextTable:
    """A header and its rows. Each batch has a text column a position ("0", "1", ...), `line` (the text of a
    row that does not fit the header), `row_no`, and `fault` (what is wrong with a row in its file, or null).
    `sheet` is the name of the sheet or layer, "" in a file that has but one without a name. A layer without a
    feature, whose format has no other header, has none. `is_placed`: `lat` and `lon` come from its geometry."""

    header: tuple[str, ...]
    batches: Batches
    warnings: tuple[Warning, ...]
    sheet: str = ""
    taken_as: str = ""  # what its reader takes the file to be, in words
    header_row: int = 0  # as its rows are numbered; 0 where the header is no row
    is_placed: bool = False


def is_header(known: int) -> bool:
    """Whether a record of which so many cells are known is a header."""
    return known >= FEWEST_KNOWN


def check_header(file: Path, header: Sequence[str], known: int) -> None:
    """Raises LoadError NO_HEADER or TOO_MANY_COLUMNS."""
    if not is_header(known):
        fix = "Put the names of the columns above the rows, as in the template."
        raise LoadError("NO_HEADER", "No header with known columns was found.", fix, file.name)
    if len(header) > MOST_COLUMNS:
        raise too_many(file)


def header_warnings(header: Sequence[str]) -> tuple[Warning, ...]:
    """Columns without a name are left out, and that is said."""
    unnamed = sum(not cell.strip() for cell in header)
    return (Warning("UNNAMED_COLUMN", f"{unnamed} columns have no name and are left out."),) if unnamed else ()


def too_many(file: Path) -> LoadError:
    """More cells than any table of ours has: most likely the wrong separator."""
    return LoadError("TOO_MANY_COLUMNS", "A row has more than 2,000 cells.", "Check the separator.", file.name)


def damaged(file: Path) -> LoadError:
    """The bytes are not what the file's type promises."""
    fix = "Open it, save it anew and send it again."
    return LoadError("FILE_DAMAGED", "The file is damaged and cannot be read.", fix, file.name)
