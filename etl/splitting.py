"""Where a delimited file may be cut: ends of records that no cell holds, told by its bytes alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etl.inputs import opened

BLOCK = 16 << 20
QUOTE, NEWLINE = ord('"'), ord("\n")
MARK = b"\xef\xbb\xbf"  # at the start of a piece it would be taken for the mark of the file
BEFORE_A_CELL = b"\r\n"


def cuts(file: Path, separator: str, piece_bytes: int) -> list[int]:
    """Places just behind the end of a record, at least so many bytes apart; of a file in an encoding that holds ASCII.

    A quotation mark opens a cell only at its start: one that stands elsewhere is a sign like others, and the records
    behind it cannot be told by counting. There the cutting ends, and what is left is one piece.
    """
    found: list[int] = []
    for at, block, quotes, inside in _counted(file, separator):
        while (cut := _cut(block, quotes, inside, (found[-1] if found else 0) + piece_bytes - at)) is not None:
            found.append(at + cut)
    return found


def _counted(file: Path, separator: str) -> Iterator[tuple[int, bytes, NDArray[np.intp], int]]:
    """(place, block, places of its quotation marks, 1 where it begins inside a cell) up to the first odd mark."""
    at, inside, last = 0, 0, b"\n"
    may_stand = np.frombuffer(separator.encode() + BEFORE_A_CELL + b'"', np.uint8)
    with opened(file) as stream:
        while block := stream.read(BLOCK):
            signs = np.frombuffer(last + block.removeprefix(MARK if at == 0 else b""), np.uint8)
            marks = np.flatnonzero(signs[1:] == QUOTE)
            if not np.isin(signs[marks[inside::2]], may_stand).all():
                return
            skipped = len(block) + 1 - len(signs)
            yield at, block, marks + skipped, inside
            at, inside, last = at + len(block), (inside + len(marks)) % 2, block[-1:]


def _cut(block: bytes, quotes: NDArray[np.intp], inside: int, least: int) -> int | None:
    """The first place behind a record that ends in this block, at least so far into it."""
    place = max(least, 1) - 1
    while (place := block.find(NEWLINE, place) + 1) and place + len(MARK) <= len(block):
        is_in_cell = (inside + int(np.searchsorted(quotes, place))) % 2
        if place >= least and not is_in_cell and not block.startswith(MARK, place):
            return place
    return None
