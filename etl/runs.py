"""The order in which good rows go into the store: one period after another, and in it by district and day.

A question names districts and a period. The store keeps the least and the greatest value of each piece of a column, and
passes by what cannot hold an answer: rows that are asked for together are to lie together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa

AT_ONCE = 500_000  # rows that are held: fewer make small pieces, more take memory, and the heart is at work beside
RUN = 1_000_000  # rows of one order, of those that were put aside: eight row groups of some eight districts each
ROW_GROUP = 122_880  # rows, as the store has them: those that are handed over together stay together
PERIOD = "1q"
ALWAYS = ("adm2", "cell", "resolution")  # columns that are asked for by their names
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)  # a third of the space for a little time
ONE_THREAD = pa.ipc.IpcReadOptions(use_threads=False)  # of small pieces: more take twice the time


class Runs:
    """The good rows of a load until they go into the store."""

    def __init__(self, spool: Path | None) -> None:
        """spool: a file to be made, in which the rows of each period come together; without one runs are as rows came.

        With it every row is put in order twice, which takes a load longer: docs/decisions/0066-*.md.
        """
        self._spool = spool
        self._held: list[pl.DataFrame] = []
        self._pieces: dict[date, list[int]] = defaultdict(list)  # first day of a period -> where its pieces begin

    def added(self, table_no: int, good: pa.Table) -> Iterator[pa.Table]:
        """Take rows in; gives back those that are to go into the store now."""
        if good.num_rows:
            self._held.append(_told(good).with_columns(table_no=pl.lit(table_no, pl.UInt16)))
        if sum(rows.height for rows in self._held) >= AT_ONCE:
            if self._spool:
                self._put_aside(self._spool)
            else:
                yield from self._in_order()

    def rest(self) -> Iterator[pa.Table]:
        """All others, run after run."""
        if self._spool and self._pieces:
            self._put_aside(self._spool)
            with pa.OSFile(str(self._spool)) as file:
                places = (place for _, places in sorted(self._pieces.items()) for place in places)
                yield from map(_handed_over, _gathered((_piece(file, place) for place in places), RUN))
            self._spool.unlink()
        else:
            yield from self._in_order()

    def _in_order(self) -> Iterator[pa.Table]:
        return map(_handed_over, _gathered(self._let_go(), AT_ONCE))

    def _let_go(self) -> Iterator[pl.DataFrame]:
        """What is held, and is not once it is taken."""
        while self._held:
            yield self._held.pop(0)

    def _put_aside(self, spool: Path) -> None:
        """A piece for each period at the end of the file; each is a stream that can be read by itself."""
        period = pl.col("date_start").dt.truncate(PERIOD)
        with spool.open("ab") as file:
            for rows in _gathered(self._let_go(), AT_ONCE):
                rows = rows.sort(period)
                lengths = rows.group_by(period.alias("period"), maintain_order=True).len()
                table, at = _arrow(rows), 0
                for first_day, length in lengths.iter_rows():
                    self._pieces[first_day].append(file.tell())
                    with pa.ipc.new_stream(file, table.schema, options=COMPRESSED) as piece:
                        piece.write_table(table.slice(at, length))
                    at += length


def _told(good: pa.Table) -> pl.DataFrame:
    """The columns in which a row says anything; a sheet leaves many empty, and the others are to be moved."""
    rows = pl.DataFrame(pl.from_arrow(good))
    return rows.select(each for each in rows if each.name in ALWAYS or each.null_count() < rows.height)


def _gathered(frames: Iterable[pl.DataFrame], least: int) -> Iterator[pl.DataFrame]:
    """The same rows, at least so many at once but for the last. In one piece each: they are sorted in half the time."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(rows.height for rows in held) >= least:
            held = [pl.concat(held, how="diagonal", rechunk=True)]
            yield held.pop()
    if held:
        yield pl.concat(held, how="diagonal", rechunk=True)


def _piece(file: pa.NativeFile, place: int) -> pl.DataFrame:
    file.seek(place)
    return pl.DataFrame(pl.from_arrow(pa.ipc.open_stream(file, options=ONE_THREAD).read_all()))


def _handed_over(rows: pl.DataFrame) -> pa.Table:
    """A run by district and day, in pieces of a row group."""
    return pa.Table.from_batches(_arrow(rows.sort("adm2", "date_start")).to_batches(ROW_GROUP))


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())
