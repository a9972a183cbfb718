"""The receipt of a load: one line an incoming row, with what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.outgoing import guarded, outgoing

COLUMNS = (
    "file", "sheet", "row", "verdict", "rule", "field", "fix", "adm2", "precision_code", "date_start",
    "date_precision", "event_type", "crime_label", "resolution",
)  # fmt: skip
TEXTS = ("file", "sheet", "rule", "field", "fix")

Outcomes = Callable[[], Iterable[pa.RecordBatch]]
Write = Callable[[Outcomes, Sequence[tuple[str, str]]], None]


@contextmanager
def receipt(target: Path | None, store: Path, sources: Sequence[Path]) -> Iterator[Write]:
    """Yields what writes the receipt; it gets its name only where nothing is raised, whole or not at all.

    Raises LoadError OUTPUT_UNWRITABLE.
    """
    if target is None:
        yield lambda _outcomes, _named: None
        return
    with outgoing(target, store, sources) as part:
        yield partial(_write, part)


def _write(part: Path, outcomes: Outcomes, named: Sequence[tuple[str, str]]) -> None:
    """outcomes: gives what `Publication.outcomes` does.   named: file and sheet by number."""
    names = pl.DataFrame(
        [(no, file, sheet or None) for no, (file, sheet) in enumerate(named)],
        schema={"table_no": pl.Int64, "file": pl.String, "sheet": pl.String},
        orient="row",
    )
    with part.open("wb") as stream:
        stream.write((",".join(COLUMNS) + "\n").encode())
        for batch in outcomes():
            rows = (
                pl.DataFrame(pl.from_arrow(batch))
                .cast({"table_no": pl.Int64})
                .join(names, on="table_no", maintain_order="left")
            )
            told = rows.rename({"row_no": "row"}).with_columns(guarded(pl.col(name)) for name in TEXTS)
            told.select(COLUMNS).write_csv(stream, include_header=False)
        stream.flush()
        os.fsync(stream.fileno())
