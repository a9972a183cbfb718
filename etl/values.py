"""What a cell says: text to codes, dates and numbers; null where it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import polars as pl

from etl.records import TEXTS
from etl.reference import Names, Reference, folded, folded_code
from etl.source import Terms

DATES = ("date_start", "date_end", "report_date")
COUNTS = ("persons", "female", "male", "children", "facilitators_arrested")
DEGREES = ("lat", "lon")
NUMBERS = (*DEGREES, "uncertainty_m")
CODED = {
    "event_type": "event_type",
    "crime_label": "crime_label",
    "label_status": "label_status",
    "date_precision": "date_precision",
    "direction": "direction",
    "mode_of_transport": "mode_of_transport",
    "detecting_agency": "agency",
    "nationality_group": "nationality_group",
    "legal_basis": "legal_basis",
    "precision_code": "precision",
}
LISTED = ("trails_looked_for", "trails_found")
WHEN_EMPTY = {"crime_label": "UNDETERMINED", "label_status": "presumed", "date_precision": "day"}
MISSING = ("", "-", "--", "-99", "NULL", "Null", "null", "N/A", "n/a", "NA", "#N/A", "None", "none")
YES_NO = {"yes": True, "y": True, "true": True, "1": True, "হ্যাঁ": True}
YES_NO |= {"no": False, "n": False, "false": False, "0": False, "না": False}

BANGLA, ASCII = "০১২৩৪৫৬৭৮৯", "0123456789"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
SHORT_DATE = r"^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}$"
YEAR_FIRST = r"^[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}$"
WHOLE = r"^[+-]?[0-9]{1,9}$"
THOUSANDS = r"^[0-9]{1,3}(?:,[0-9]{2,3})+$"
DECIMAL = r"^[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?$"
ORDERED = {"dmy": (SHORT_DATE, "%d/%m/%Y"), "mdy": (SHORT_DATE, "%m/%d/%Y"), "ymd": (YEAR_FIRST, "%Y/%m/%d")}

T = TypeVar("T")
PolarsType = pl.DataType | pl.datatypes.DataTypeClass


def said(column: str) -> pl.Expr:
    """The text of a column, cleaned, null if it says nothing."""
    return pl.col(column)


def read(column: str) -> pl.Expr:
    """What was read from a column; null if nothing was said or it could not be read."""
    return pl.col(f"{column}.read")


def read_values(texts: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Columns of RAW -> the same, cleaned, with a column NAME.read beside each that has a type.

    Each column is read by itself: a row of the frame need not be a row of a sheet.
    """
    texts = texts.with_columns(_cleaned(texts, column) for column in TEXTS if column in texts.columns)
    readers = _readers(terms, reference)
    return texts.with_columns(
        readers[column](texts[column]).alias(f"{column}.read") for column in texts.columns if column in readers
    )


def _readers(terms: Terms, reference: Reference) -> Mapping[str, Callable[[pl.Series], pl.Series]]:
    names = {column: reference.code_names[name] for column, name in CODED.items()}
    trails, places = reference.code_names["trail"], reference.place_names
    readers: dict[str, Callable[[pl.Series], pl.Series]] = {
        **{c: partial(_one_code, names=listed, empty=WHEN_EMPTY.get(c)) for c, listed in names.items()},
        **{c: partial(_many_codes, names=trails) for c in LISTED},
        **{c: partial(_place, names=places["country"]) for c in ("country", "destination_country")},
        "origin_adm2": partial(_place, names=places["adm2"]),
        "invented": lambda texts: (
            by_distinct(texts, lambda t: YES_NO.get(t.casefold()), pl.Boolean)
            .fill_null(False)
            .set(by_distinct(texts, lambda t: t.casefold() not in YES_NO, pl.Boolean).fill_null(False), None)
        ),
        **{c: lambda texts: _of(texts, _date(pl.col(texts.name), terms)) for c in DATES},
        **{c: lambda texts: _of(texts, _count(pl.col(texts.name))) for c in COUNTS},
        **{c: lambda texts: _of(texts, _number(pl.col(texts.name))) for c in NUMBERS},
    }
    code = readers["precision_code"]
    return {**readers, "precision_code": lambda texts: code(texts).cast(pl.UInt8)}


def _of(texts: pl.Series, expression: pl.Expr) -> pl.Series:
    return texts.to_frame().select(expression).to_series()


def by_distinct(texts: pl.Series, judge: Callable[[str], T | None], dtype: PolarsType) -> pl.Series:
    """Judge each distinct text once; null stays null."""
    if texts.null_count() == len(texts):
        return pl.Series([None], dtype=dtype).new_from_index(0, len(texts))
    distinct = texts.drop_nulls().unique()
    verdicts = pl.Series([judge(text) for text in distinct], dtype=dtype)
    table = pl.DataFrame({"text": distinct, "verdict": verdicts})
    asked = pl.DataFrame({"text": texts})
    return asked.join(table, on="text", how="left", maintain_order="left")["verdict"]


def _cleaned(rows: pl.DataFrame, column: str) -> pl.Series:
    """Without spaces round it; words for nothing are nothing, but not in free text nor in degrees."""
    texts = rows[column]
    if texts.null_count() == len(texts):
        return texts
    texts = texts.str.strip_chars()
    nothing = [""] if column in ("narrative", "other_text", *DEGREES) else list(MISSING)
    texts = texts.set(texts.is_in(nothing), None)
    return _digits(texts) if column in (*DATES, *COUNTS, *NUMBERS, "precision_code") else texts


def _digits(texts: pl.Series) -> pl.Series:
    """Bangla digits as ASCII; a number that mixes both stays as it is, and so cannot be read."""
    if not texts.str.contains("[০-৯]").any():
        return texts
    mixed = texts.str.contains("[0-9]").fill_null(True)
    return texts.str.replace_many(list(BANGLA), list(ASCII)).zip_with(~mixed, texts)


def _one_code(texts: pl.Series, names: Names, empty: str | None) -> pl.Series:
    codes = by_distinct(texts, lambda text: _only(names.get(folded_code(text))), pl.String)
    return codes if empty is None else codes.set(texts.is_null(), empty)


def _many_codes(texts: pl.Series, names: Names) -> pl.Series:
    def codes(text: str) -> list[str] | None:
        found = [_only(names.get(folded_code(part))) for part in re.split(r"[;,|]", text) if part.strip()]
        return None if None in found else sorted({code for code in found if code})

    return by_distinct(texts, codes, pl.List(pl.String))


def _place(texts: pl.Series, names: Names) -> pl.Series:
    return by_distinct(texts, lambda text: _only(names.get(folded(text))), pl.String)


def _only(codes: tuple[str, ...] | None) -> str | None:
    return codes[0] if codes is not None and len(codes) == 1 else None


def _date(text: pl.Expr, terms: Terms) -> pl.Expr:
    iso = pl.when(text.str.contains(ISO)).then(text).str.to_date("%Y-%m-%d", strict=False)
    if terms.date_order is None:
        return iso
    pattern, form = ORDERED[terms.date_order]
    short = pl.when(text.str.contains(pattern)).then(text).str.replace_all("[.-]", "/")
    return pl.coalesce(iso, short.str.to_date(form, strict=False))


def _count(text: pl.Expr) -> pl.Expr:
    bare = pl.when(text.str.contains(THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    return pl.when(bare.str.contains(WHOLE)).then(bare).cast(pl.Int32, strict=False)


def _number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(DECIMAL)).then(text).cast(pl.Float64, strict=False)


def last_day() -> pl.Expr:
    """The end as told; else the end of the day, week, month, quarter or year that the start names."""
    start, span = read("date_start"), read("date_precision")
    quarter_end = start.dt.truncate("1q").dt.offset_by("1q").dt.offset_by("-1d")
    year_end = start.dt.truncate("1y").dt.offset_by("1y").dt.offset_by("-1d")
    meant: Mapping[str, pl.Expr] = {
        "day": start,
        "week": start.dt.offset_by("6d"),
        "month": start.dt.month_end(),
        "quarter": quarter_end,
        "year": year_end,
    }
    inferred = pl.coalesce(*(pl.when(span == code).then(last) for code, last in meant.items()))
    return pl.when(said("date_end").is_not_null()).then(read("date_end")).otherwise(inferred)
