"""What a source is: where its columns are, and the terms on which its rows are judged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from etl.records import CELLS_JOINED_BY, TEXTS

Area = Literal["bangladesh", "world"]
DateOrder = Literal["dmy", "mdy", "ymd", "mixed"]


@dataclass(frozen=True)
class Terms:
    """All that `index_batch` needs to know besides rows and places. Plain and picklable."""

    source: str
    area: Area
    key: bytes
    today: date
    date_order: DateOrder | None = None
    first_date: date = date(2000, 1, 1)
    max_persons: int = 9_999
    hard_identifiers_only: bool = False
    reference_shape: str | None = None  # a pattern: ten digits in a reference that fits it are no NID

    def kept(self) -> dict[str, str]:
        """What a correction of a row has to be judged on, beside what its source says."""
        said = {"area": self.area, "date_order": self.date_order, "reference_shape": self.reference_shape}
        return {name: text for name, text in said.items() if text is not None}


def as_they_are(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells of a source whose columns already are those of RAW."""
    return cells


@dataclass(frozen=True)
class Source:
    """One kind of file. `columns` maps a header, as `same_header` folds it, to a column.

    required: groups of columns; of each group at least one must be in the header.
    ignored: known headers that are scanned for personal data and not taken, without a warning.
    unscanned: known headers that hold what the screen would mistake, such as a link to a public report.
    totals: header -> what it says, folded as a header is, in a row without a date that is no record but a total.
    reference_shape: see Terms.
    arrange: text in, text out, for a cell that holds two columns or a constant that the file does not write.
    """

    name: str
    title: str
    area: Area
    columns: Mapping[str, str]
    required: Sequence[tuple[str, ...]]
    ignored: frozenset[str] = frozenset()
    unscanned: frozenset[str] = frozenset()
    hard_identifiers_only: bool = False
    totals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reference_shape: str | None = None
    arrange: Callable[[pl.DataFrame], pl.DataFrame] = field(default=as_they_are)

    def known(self, header: Iterable[str]) -> int:
        """How many cells of a header this source knows."""
        mine = self.columns.keys() | self.ignored | self.unscanned
        return sum(same_header(cell) in mine for cell in header)

    def taken(self, header: Sequence[str]) -> dict[int, str]:
        """Position in the file -> column, for the columns that this source takes."""
        folded = [same_header(cell) for cell in header]
        return {at: self.columns[cell] for at, cell in enumerate(folded) if cell in self.columns}

    def missing(self, header: Sequence[str]) -> tuple[str, ...] | None:
        """The first group of required columns of which the header has none."""
        have = set(self.taken(header).values())
        return next((group for group in self.required if not have.intersection(group)), None)

    def unmapped(self, header: Sequence[str]) -> list[int]:
        """Positions of named columns that this source does not know."""
        mine = self.columns.keys() | self.ignored | self.unscanned
        return [at for at, cell in enumerate(header) if cell.strip() and same_header(cell) not in mine]

    def raw(self, cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
        """Cells by position -> rows in the shape of RAW, nothing judged and no cell lost but `unscanned`."""
        rows = self.arrange(self.named(cells, header))
        absent = [pl.lit(None, pl.String).alias(column) for column in TEXTS if column not in rows.columns]
        return rows.with_columns(absent).select("row_no", "fault", *TEXTS)

    def named(self, cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
        """Cells by position -> cells by column; `other_text` joins those that no column takes."""
        taken = self.taken(header)
        skipped = {at for at, cell in enumerate(header) if same_header(cell) in self.unscanned}
        rest = [str(at) for at in range(len(header)) if at not in taken and at not in skipped]
        return self._records(cells, header).select(
            "row_no",
            "fault",
            pl.concat_str(*rest, "line", separator=CELLS_JOINED_BY, ignore_nulls=True).alias("other_text"),
            *(pl.col(str(at)).alias(column) for at, column in taken.items()),
        )

    def _records(self, cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
        """The rows but those that a word in one column marks as a total or a heading, and that have no date."""
        if not self.totals:
            return cells
        days = [pl.col(str(at)) for at, column in self.taken(header).items() if column == "date_start"]
        undated = pl.all_horizontal(day.str.strip_chars().fill_null("") == "" for day in days)
        for at, words in ((str(at), self.totals.get(same_header(cell))) for at, cell in enumerate(header)):
            if words:
                suspect = cells.filter(undated)[at].drop_nulls().unique()
                totals = [text for text in suspect if same_header(text) in words]
                cells = cells.filter(~(undated & pl.col(at).is_in(totals).fill_null(False)))
        return cells


def same_header(cell: str) -> str:
    """A header as compared: NFC, lower case, spaces and hyphens as underscores."""
    text = unicodedata.normalize("NFC", cell).strip().strip("\ufeff").casefold()
    return re.sub(r"[\s\-_]+", "_", text)
