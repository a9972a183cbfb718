"""What a table of text is: a header and its rows, numbered as people count them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.errors import LoadError

MOST_COLUMNS = 2_000
HEADER_WITHIN = 20  # records: offices put titles above it
FEWEST_KNOWN = 2  # header cells that a source must know
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
    row that does not fit the header), `row_no`, and `fault` (what is wrong with a row in its file, or null)."""

    header: tuple[str, ...]
    batches: Iterator[pl.DataFrame]
    warnings: tuple[Warning, ...]
    taken_as: str = ""  # what its reader takes the file to be, in words
    header_row: int = 0  # as its rows are numbered; 0 where the header is no row
    sheet: str = ""


def check_header(file: Path, header: Sequence[str], known: int) -> None:
    """Raises LoadError NO_HEADER or TOO_MANY_COLUMNS."""
    if known < FEWEST_KNOWN:
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
