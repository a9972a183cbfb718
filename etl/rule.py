"""What a rule of a row is, and the masks that rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

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


def first_broken(rows: pl.DataFrame, terms: Terms, rules: Sequence[Rule]) -> NDArray[np.intp]:
    """For each row the position of the first rule that it breaks, or len(rules)."""
    masks = rows.select(
        rule.mask(terms).fill_null(True).cast(pl.Boolean).alias(str(at)) for at, rule in enumerate(rules)
    )
    first = np.full(rows.height, len(rules), dtype=np.intp)
    for at in reversed(range(len(rules))):
        broken = masks[str(at)] if masks.height == rows.height else masks[str(at)].new_from_index(0, rows.height)
        if broken.any():
            first[broken.to_numpy()] = at
    return first


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
