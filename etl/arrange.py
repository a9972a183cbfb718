"""What a mapping makes of the cells of a row: text in, text out, each distinct text once."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from etl.reference import folded_code
from etl.values import DEGREES, LISTED, NUMBERS, by_distinct

BETWEEN_CODES = re.compile(r"\s*[;,|]\s*")
DECIMAL_COMMA = r"^\s*([+-]?\p{Nd}+),(\p{Nd}+)\s*$"


def arranged(
    rows: pl.DataFrame, codes: Mapping[str, Mapping[str, str]], defaults: Mapping[str, str], decimal: str
) -> pl.DataFrame:
    """Cells by column -> the same, translated, with decimal points, and filled with what every row of the sheet is."""
    rows = rows.with_columns(_translated(rows[column], codes[column]) for column in codes if column in rows.columns)
    if decimal == ",":
        numbers = [pl.col(column) for column in NUMBERS if column in rows.columns]
        rows = rows.with_columns(number.str.replace(DECIMAL_COMMA, "${1}.${2}") for number in numbers)
    return rows.with_columns(_filled(rows, column, text) for column, text in defaults.items())


def _translated(texts: pl.Series, codes: Mapping[str, str]) -> pl.Series:
    """A cell with a word of the mapping becomes its code; where a cell may list several, each of them."""
    words = {folded_code(word): code for word, code in codes.items()}

    def told(text: str) -> str:
        if texts.name in LISTED and folded_code(text) not in words:
            return ";".join(words.get(folded_code(part), part) for part in BETWEEN_CODES.split(text))
        return words.get(folded_code(text), text)

    return by_distinct(texts, told, pl.String).alias(texts.name)


def _filled(rows: pl.DataFrame, column: str, text: str) -> pl.Expr:
    """What every row of the sheet is, where the row does not say; a precision only where there is a point."""
    asked = _has_point(rows) if column == "precision_code" else pl.lit(True)
    return pl.when((_said(rows, column) == "") & asked).then(pl.lit(text)).otherwise(_said(rows, column)).alias(column)


def _said(rows: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().fill_null("") if column in rows.columns else pl.lit("")


def _has_point(rows: pl.DataFrame) -> pl.Expr:
    return pl.all_horizontal(_said(rows, axis) != "" for axis in DEGREES)
