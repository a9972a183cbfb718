"""The statements of a load beside the flat incident, one a file, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path


def statement(name: str, **of: str) -> str:
    """A statement by its file's name; `of` fills the names of tables and columns that it leaves open."""
    return _text(name).format(**of) if of else _text(name)


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
