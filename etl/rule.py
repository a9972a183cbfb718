"""What a rule of a row is, and the masks that rules are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from etl.reference import Reference
from etl.source import Terms
from etl.values import read, said

Mask = Callable[[Terms], pl.Expr]
Advice = Callable[[pl.DataFrame, Reference], list["str | None"]]


@dataclass(frozen=True)
class Rule:
    """One thing that may be wrong. `mask` is true where it is; null counts as wrong.

    advice: for rows that break the rule, what to do about each, or None where `fix` says all there is. It names
    places and numbers that were read, never what was typed.
    """

    name: str
    field: str
    fix: str
    mask: Mask
    advice: Advice | None = None


def unread(column: str) -> Mask:
    """Something was said that could not be read."""
    return lambda _: said(column).is_not_null() & read(column).is_null()


def empty(column: str) -> Mask:
    """Nothing was said."""
    return lambda _: said(column).is_null()


def text_like(column: str, pattern: str) -> pl.Expr:
    """The cell could not be read, and matches. What was read is not looked at again: there is far more of it."""
    unread_cell = pl.when(read(column).is_null()).then(said(column))
    return unread_cell.str.contains(pattern).fill_null(False)


def shaped(column: str, *patterns: str) -> Mask:
    """The cell could not be read, and looks like one of these."""
    return lambda _: pl.any_horizontal(*(text_like(column, p) for p in patterns))


def mixed(column: str) -> Mask:
    """A number half in Latin, half in Bangla digits."""
    return lambda _: text_like(column, "[0-9]") & text_like(column, "[০-৯]")


def flag(name: str) -> Mask:
    """A flag that an earlier step has set."""
    return lambda _: pl.col(name)


def known(mask: pl.Expr) -> pl.Expr:
    """A comparison that is only made where both sides are known; that they are is another rule."""
    return mask.fill_null(False)
