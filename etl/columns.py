"""A batch of rows as what its cells say: each text of a column once, and where it stands.

A column of codes, days or counts says few things many times. What is read of a text, and what is wrong with it, is
asked of each distinct text once. The distinct texts of all such columns stand side by side in one frame (`distinct`):
a row of it means nothing, its columns are read one by one. Columns that say something else in nearly every row stay
as they are (`rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Home = tuple[pl.DataFrame, "Codes | None"]
TRIED = 16_000  # rows by which it is guessed how often a column repeats itself
REPEATS = 2  # a column is worth listing if its texts come twice or more
MOST_LISTED = 1 << 22  # combinations that are found by a table and not by sorting


@dataclass(frozen=True)
class Profile:
    """The distinct combinations of some columns: a frame with a row for each, and the row's number of each row."""

    frame: pl.DataFrame
    codes: Codes


@dataclass(frozen=True)
class Columns:
    """A batch: `rows` with what is read row by row, `distinct` with the distinct texts of the other columns.

    codes: for each column of `distinct` the position of each row's text in it.
    profiles: what was found for combinations of columns; it goes before what was read of one alone.
    """

    rows: pl.DataFrame
    distinct: pl.DataFrame
    codes: Mapping[str, Codes]
    profiles: tuple[Profile, ...] = ()

    def of(self, name: str) -> pl.Series:
        """A column, or what was read of one, row by row."""
        frame, codes = self.home([name])
        return frame[name] if codes is None else frame[name].gather(codes)

    def taken(self, names: Iterable[str], at: NDArray[np.intp]) -> pl.DataFrame:
        """Some columns of some rows."""
        homes = [(name, *self.home([name])) for name in names]
        return pl.DataFrame([f[name].gather(at if codes is None else codes[at]) for name, f, codes in homes])

    def frame_of(self, names: Collection[str]) -> Home | None:
        """A frame that has all of these columns, and the place of each row in it (None: row by row)."""
        for profile in self.profiles:
            if names and set(names) <= set(profile.frame.columns):
                return profile.frame, profile.codes
        if set(names) <= set(self.rows.columns):
            return self.rows, None
        bases = {name.partition(".")[0] for name in names}
        is_alone = len(bases) == 1 and set(names) <= set(self.distinct.columns)
        return (self.distinct, self.codes[bases.pop()]) if is_alone else None

    def home(self, names: Collection[str]) -> Home:
        """As `frame_of`; where no frame has them all, one is made row by row."""
        found = self.frame_of(names)
        if found is None and len(names) == 1:
            raise KeyError(*names)
        return found or (pl.DataFrame([self.of(name) for name in names]), None)

    def each(self, read: Callable[[pl.DataFrame], pl.DataFrame]) -> Columns:
        """The batch with what `read` adds to a frame of some of its columns, looking at one column at a time."""
        return replace(self, rows=read(self.rows), distinct=read(self.distinct))

    def beside(self, *columns: pl.Series) -> Columns:
        """The batch with more columns row by row."""
        return replace(self, rows=self.rows.with_columns(*columns))

    def finding(self, profile: Profile) -> Columns:
        """The batch with what was found for combinations of columns."""
        return replace(self, profiles=(*self.profiles, profile))

    def row_by_row(self, bases: Collection[str]) -> Columns:
        """The batch with these columns, and what was read of them, among those that are read row by row."""
        moved = [name for name in self.distinct.columns if name.partition(".")[0] in bases]
        rows = self.rows.with_columns(self.of(name) for name in moved)
        codes = {base: codes for base, codes in self.codes.items() if base not in bases}
        return replace(self, rows=rows, distinct=self.distinct.drop(moved), codes=codes)

    def profile(self, bases: Collection[str]) -> Profile:
        """The distinct combinations of some columns, with all that was read of them."""
        first, inverse = _combined([self._codes_of(base) for base in bases])
        named = (*self.rows.columns, *self.distinct.columns)
        return Profile(self.taken([name for name in named if name.partition(".")[0] in bases], first), inverse)

    def counted(self, names: Sequence[str]) -> pl.DataFrame:
        """Distinct rows of a frame that has all of these columns, with `n`, how many rows of the batch have each."""
        frame, codes = self.home(names)
        times = np.ones(frame.height, np.int64) if codes is None else np.bincount(codes, minlength=frame.height)
        told = frame.select(names).with_columns(pl.Series("n", times, dtype=pl.Int64))
        return told.filter(pl.col("n") > 0).group_by(names).agg(pl.col("n").sum())

    def _codes_of(self, base: str) -> Codes:
        return self.codes[base] if base in self.codes else _ranks(self.rows[base])


def listed(table: pa.Table, texts: Sequence[str]) -> Columns:
    """Rows in the shape of RAW, as texts or as dictionaries of texts."""
    arrays = {name: _dictionary(table[name].combine_chunks()) for name in texts}
    few = {name: array for name, array in arrays.items() if array is not None}
    height = 1 + max((len(array.dictionary) for array in few.values()), default=0)
    distinct = [_padded(array.dictionary, height).alias(name) for name, array in few.items()]
    rows = pl.DataFrame(pl.from_arrow(table.select([c for c in table.column_names if c not in few])))
    return Columns(rows, pl.DataFrame(distinct), {name: _codes(array) for name, array in few.items()})


def _dictionary(array: pa.Array) -> pa.DictionaryArray | None:
    """The texts listed, None for a column that hardly repeats itself."""
    if pa.types.is_dictionary(array.type):
        return array
    tried = array[:TRIED]
    return array.dictionary_encode() if len(tried.unique()) * REPEATS <= len(tried) + REPEATS else None


def _padded(texts: pa.Array, height: int) -> pl.Series:
    series = pl.Series(pl.from_arrow(texts), dtype=pl.String)
    return series.extend_constant(None, height - len(series))


def _codes(array: pa.DictionaryArray) -> Codes:
    """Positions of the texts; what is null stands after them all."""
    codes: NDArray[np.int32] = array.indices.fill_null(len(array.dictionary)).to_numpy(zero_copy_only=False)
    return codes.view(np.uint32)


def _ranks(column: pl.Series) -> Codes:
    """Numbers for the values of a column that is not listed; 0 is null."""
    if column.dtype == pl.Boolean:
        return column.to_numpy().astype(np.uint32)
    return column.rank("dense").fill_null(0).to_numpy().astype(np.uint32)


def _combined(codes: Sequence[Codes]) -> tuple[NDArray[np.intp], Codes]:
    """For each distinct combination the position of a row that has it, and for each row its combination."""
    together, most = np.zeros(len(codes[0]), np.uint64), 1
    for each in codes:
        size = int(each.max(initial=0)) + 1
        if most * size > MOST_LISTED:
            together = np.unique(together, return_inverse=True)[1].astype(np.uint64)
            most = int(together.max(initial=0)) + 1
        together, most = together * np.uint64(size) + each, most * size
    if most > MOST_LISTED:
        _, first, inverse = np.unique(together, return_index=True, return_inverse=True)
        return first, inverse.astype(np.uint32)
    places = np.full(most, -1, np.int64)
    places[together] = np.arange(len(together))
    present = np.flatnonzero(places >= 0)
    numbers = np.empty(most, np.uint32)
    numbers[present] = np.arange(len(present), dtype=np.uint32)
    return places[present], numbers[together]
