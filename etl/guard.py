"""Text that leaves for a spreadsheet, so that no program takes it for a formula."""

from __future__ import annotations

import polars as pl

FORMULA = r"^\s*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"  # the last four: the full-width forms
NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"


def guarded(text: pl.Expr) -> pl.Expr:
    """With an apostrophe before what a spreadsheet would calculate; a plain number stays one."""
    risky = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def unguarded(text: pl.Expr) -> pl.Expr:
    """As it was before `guarded`."""
    bare = text.str.slice(1)
    return pl.when(text.str.starts_with("'") & bare.str.contains(FORMULA)).then(bare).otherwise(text)
