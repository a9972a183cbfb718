"""What a cell says: text to codes, dates and numbers; null where it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import polars as pl

from etl.records import TEXTS
from etl.reference import Names, Reference, folded, folded_code
from etl.source import Terms

DATES = ("date_start", "date_end", "report_date", "label_date")
COUNTS = ("persons", "female", "male", "children", "facilitators_arrested")
DEGREES = ("lat", "lon")
NUMBERS = (*DEGREES, "uncertainty_m")
CODED = {
    "event_type": "event_type",
    "crime_label": "crime_label",
    "label_status": "label_status",
    "label_decider": "decider_org",
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


def read_values(rows: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Rows in the shape of RAW -> the same, cleaned, with a column NAME.read beside each that has a type."""
    rows = rows.with_columns(_cleaned(rows, column) for column in TEXTS)
    names = {column: reference.code_names[name] for column, name in CODED.items()}
    trails = reference.code_names["trail"]
    return rows.with_columns(
        *(one_code(rows[c], listed).alias(f"{c}.read") for c, listed in names.items()),
        *(many_codes(rows[c], trails).alias(f"{c}.read") for c in LISTED),
        *(_place(rows[c], reference.place_names["country"], c) for c in ("country", "destination_country")),
        _place(rows["origin_adm2"], reference.place_names["adm2"], "origin_adm2"),
        by_distinct(rows["invented"], lambda t: YES_NO.get(t.casefold()), pl.Boolean).alias("invented.read"),
        *(_date(pl.col(c), terms).alias(f"{c}.read") for c in DATES),
        *(_count(pl.col(c)).alias(f"{c}.read") for c in COUNTS),
        *(_number(pl.col(c)).alias(f"{c}.read") for c in NUMBERS),
    ).with_columns(
        *_filled(),
        pl.col("precision_code.read").cast(pl.UInt8),
    ).with_columns(_last_day().alias("date_end.read"))  # fmt: skip


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
    return ascii_digits(texts) if column in (*DATES, *COUNTS, *NUMBERS, "precision_code") else texts


def ascii_digits(texts: pl.Series) -> pl.Series:
    """Bangla digits as ASCII; a number that mixes both stays as it is, and so cannot be read."""
    if not texts.str.contains("[০-৯]").any():
        return texts
    mixed = texts.str.contains("[0-9]").fill_null(True)
    return texts.str.replace_many(list(BANGLA), list(ASCII)).zip_with(~mixed, texts)


def one_code(texts: pl.Series, names: Names) -> pl.Series:
    """The one code that each text names, or null."""
    return by_distinct(texts, lambda text: _only(names.get(folded_code(text))), pl.String)


def many_codes(texts: pl.Series, names: Names) -> pl.Series:
    """The codes that each text names, in their order; null where one of them is unknown."""

    def codes(text: str) -> list[str] | None:
        found = [_only(names.get(folded_code(part))) for part in re.split(r"[;,|]", text) if part.strip()]
        return None if None in found else sorted({code for code in found if code})

    return by_distinct(texts, codes, pl.List(pl.String))


def _place(texts: pl.Series, names: Names, column: str) -> pl.Series:
    return by_distinct(texts, lambda text: _only(names.get(folded(text))), pl.String).alias(f"{column}.read")


def _only(codes: tuple[str, ...] | None) -> str | None:
    return codes[0] if codes is not None and len(codes) == 1 else None


def _date(text: pl.Expr, terms: Terms) -> pl.Expr:
    iso = pl.when(text.str.contains(ISO)).then(text).str.to_date("%Y-%m-%d", strict=False)
    if terms.date_order is None:
        return iso
    pattern, form = ORDERED[terms.date_order]
    short = pl.when(text.str.contains(pattern)).then(text).str.replace_all("[.-]", "/")
    return pl.coalesce(iso, short.str.to_date(form, strict=False))


def days(texts: pl.Series, terms: Terms) -> pl.Series:
    """The day that each text names, or null."""
    return texts.to_frame("text").select(_date(pl.col("text"), terms)).to_series()


def counts(texts: pl.Series) -> pl.Series:
    """The whole number that each text names, or null."""
    return texts.to_frame("text").select(_count(pl.col("text"))).to_series()


def _count(text: pl.Expr) -> pl.Expr:
    bare = pl.when(text.str.contains(THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    return pl.when(bare.str.contains(WHOLE)).then(bare).cast(pl.Int32, strict=False)


def _number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(DECIMAL)).then(text).cast(pl.Float64, strict=False)


def _filled() -> Iterable[pl.Expr]:
    for column, code in WHEN_EMPTY.items():
        yield (pl.when(said(column).is_null()).then(pl.lit(code)).otherwise(read(column)).alias(f"{column}.read"))
    yield pl.when(said("invented").is_null()).then(False).otherwise(read("invented")).alias("invented.read")


def _last_day() -> pl.Expr:
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
