"""A file that leaves for a person: where it may lie, whole or not at all, and no text in it that calculates."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from etl.errors import LoadError

FORMULA = r"^\s*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"  # the last four: the full-width forms
NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"


def guarded(text: pl.Expr) -> pl.Expr:
    """With an apostrophe before what a spreadsheet would calculate; a plain number stays one."""
    risky = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(~risky).then(text).otherwise(pl.concat_str(pl.lit("'"), text))


def unguarded(text: pl.Expr) -> pl.Expr:
    """As it was before `guarded`."""
    bare = text.str.slice(1)
    return pl.when(text.str.starts_with("'") & bare.str.contains(FORMULA)).then(bare).otherwise(text)


@contextmanager
def outgoing(target: Path, store: Path, sources: Sequence[Path] = ()) -> Iterator[Path]:
    """Yields where to write; that gets the target's name only where nothing is raised.

    Raises LoadError OUTPUT_UNWRITABLE, also for a place in the store or where it would overwrite a source.
    """
    _check_place(target, store, sources)
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, "The file cannot be written.") from error
    finally:
        part.unlink(missing_ok=True)


def _check_place(target: Path, store: Path, sources: Sequence[Path]) -> None:
    place, kept = target.resolve(), (store.resolve(), store.with_name(f"{store.name}.keys").resolve())
    if any(place.is_relative_to(folder) for folder in kept):
        raise _unwritable(target, "It would lie in the store's folder.")
    if place.is_dir() or any(place == source.resolve() for source in sources):
        raise _unwritable(target, "It would overwrite a folder or a file that is loaded.")
    if not place.parent.is_dir():
        raise _unwritable(target, "Its folder is not there.")


def _unwritable(target: Path, message: str) -> LoadError:
    return LoadError("OUTPUT_UNWRITABLE", message, "Name another file.", target.name)
