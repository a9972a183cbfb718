"""The receipt of a load: one line an incoming row, with what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.errors import LoadError
from etl.guard import guarded

COLUMNS = (
    "file", "sheet", "row", "verdict", "rule", "field", "fix", "adm2", "precision_code", "date_start",
    "date_precision", "event_type", "crime_label", "resolution",
)  # fmt: skip
TEXTS = ("file", "sheet", "rule", "field", "fix")

Write = Callable[[Iterable[pa.RecordBatch], Sequence[tuple[str, str]]], None]


@contextmanager
def receipt(target: Path | None, store: Path, sources: Sequence[Path]) -> Iterator[Write]:
    """Yields what writes the receipt; it gets its name only where nothing is raised, whole or not at all.

    Raises LoadError RECEIPT_UNWRITABLE, also for a place where it would overwrite a source or lie in the store.
    """
    if target is None:
        yield lambda _outcomes, _named: None
        return
    _check_place(target, store, sources)
    part = target.with_name(f"{target.name}.part")
    try:
        yield lambda outcomes, named: _write(part, outcomes, named)
        _rename(part, target)
    finally:
        part.unlink(missing_ok=True)


def _check_place(target: Path, store: Path, sources: Sequence[Path]) -> None:
    place, kept = target.resolve(), (store.resolve(), store.with_name(f"{store.name}.keys").resolve())
    if any(place.is_relative_to(folder) for folder in kept):
        raise _unwritable(target, "The receipt may not lie in the store's folder.")
    if place.is_dir() or any(place == source.resolve() for source in sources):
        raise _unwritable(target, "The receipt would overwrite a folder or a file that is loaded.")
    if not place.parent.is_dir():
        raise _unwritable(target, "The receipt's folder is not there.")


def _unwritable(target: Path, message: str) -> LoadError:
    return LoadError("RECEIPT_UNWRITABLE", message, "Name another file with --receipt.", target.name)


def _write(part: Path, outcomes: Iterable[pa.RecordBatch], named: Sequence[tuple[str, str]]) -> None:
    """outcomes: as `Publication.outcomes` gives them.   named: file and sheet by their number."""
    names = pl.DataFrame(
        [(no, *name) for no, name in enumerate(named)],
        schema={"file_no": pl.Int32, "file": pl.String, "sheet": pl.String},
        orient="row",
    )
    try:
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write((",".join(COLUMNS) + "\n").encode())
            for batch in outcomes:
                rows = pl.DataFrame(pl.from_arrow(batch)).join(names, on="file_no", maintain_order="left")
                told = rows.rename({"row_no": "row"}).with_columns(guarded(pl.col(name)) for name in TEXTS)
                told.select(COLUMNS).write_csv(stream, include_header=False)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise _unwritable(part.with_suffix(""), "The receipt cannot be written; nothing was published.") from error


def _rename(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, "The receipt cannot be written, but the load was published.") from error
