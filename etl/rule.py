"""What a rule of a row is, and the masks that rules are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from etl.source import Terms
from etl.values import read, said

Mask = Callable[[Terms], pl.Expr]


@dataclass(frozen=True)
class Rule:
    """One thing that may be wrong. `mask` is true where it is; null counts as wrong."""

    name: str
    field: str
    fix: str
    mask: Mask


def unread(column: str) -> Mask:
    """Something was said that could not be read."""
    return lambda _: said(column).is_not_null() & read(column).is_null()


def empty(column: str) -> Mask:
    """Nothing was said."""
    return lambda _: said(column).is_null()


def text_like(column: str, pattern: str) -> pl.Expr:
    """The cell, as written, matches."""
    return said(column).str.contains(pattern).fill_null(False)


def shaped(column: str, *patterns: str) -> Mask:
    """The cell could not be read, and looks like one of these."""
    return lambda _: read(column).is_null() & pl.any_horizontal(*(text_like(column, p) for p in patterns))


def flag(name: str) -> Mask:
    """A flag that an earlier step has set."""
    return lambda _: pl.col(name)


def known(mask: pl.Expr) -> pl.Expr:
    """A comparison that is only made where both sides are known; that they are is another rule."""
    return mask.fill_null(False)
