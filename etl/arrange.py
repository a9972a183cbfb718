"""What a mapping makes of the cells of a row: text in, text out, each distinct text once."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from etl.naming import column_of
from etl.reference import folded_code, load_reference
from etl.values import DEGREES, LISTED, NUMBERS, by_distinct

PLACE = "place"  # no column of RAW: a crossing, an upazila or a village, whichever the cell names
SHARED_OUT_TO = ("crossing", "adm3", "place_name")
BETWEEN_CODES = re.compile(r"\s*[;,|]\s*")
DECIMAL_COMMA = r"^\s*([+-]?\p{Nd}+),(\p{Nd}+)\s*$"


def arranged(
    rows: pl.DataFrame, codes: Mapping[str, Mapping[str, str]], defaults: Mapping[str, str], decimal: str
) -> pl.DataFrame:
    """Translated, with decimal points, filled, and each named place in the column that it belongs to."""
    rows = rows.with_columns(_translated(rows[column], codes[column]) for column in codes if column in rows.columns)
    if decimal == ",":
        numbers = [pl.col(column) for column in NUMBERS if column in rows.columns]
        rows = rows.with_columns(number.str.replace(DECIMAL_COMMA, "${1}.${2}") for number in numbers)
    rows = rows.with_columns(_filled(rows, column, text) for column, text in defaults.items())
    return _with_places(rows) if PLACE in rows.columns else rows


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


def _with_places(rows: pl.DataFrame) -> pl.DataFrame:
    """The column `place` shared out. A header of its own for crossing or upazila goes first."""
    asked = rows.select(
        place=_said(rows, PLACE), adm2=_said(rows, "adm2"), has_point=_has_point(rows)
    )  # fmt: skip
    distinct, reference = asked.unique(), load_reference()
    found = [
        column_of(place, adm2, has_point, reference) if place else (None, None)
        for place, adm2, has_point in distinct.iter_rows()
    ]
    table = distinct.with_columns(pl.DataFrame(found, schema={"column": pl.String, "text": pl.String}, orient="row"))
    shared = asked.join(table, on=["place", "adm2", "has_point"], how="left", maintain_order="left")
    rows = rows.with_columns(shared.select("column", "text"))
    is_free = {c: (pl.col("column") == c) & (_said(rows, c) == "") for c in ("crossing", "adm3")}
    unused = pl.when(~pl.any_horizontal(is_free.values())).then(PLACE)
    taken = [pl.when(free).then("text").otherwise(_said(rows, c)).alias(c) for c, free in is_free.items()]
    return rows.with_columns(*taken, unused.alias("place_name")).drop(PLACE, "column", "text")
