"""What a cell says: text to codes, dates and numbers; null where it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import polars as pl

from etl import degrees
from etl.days import written
from etl.names import match
from etl.records import DATES, TEXTS
from etl.reference import Names, Reference, folded_code
from etl.source import DateOrder, Terms

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
PLACES = {"country": "country", "destination_country": "country", "origin_adm2": "adm2"}
WHEN_EMPTY = {"crime_label": "UNDETERMINED", "label_status": "presumed"}
MISSING = ("", "-", "--", "-99", "NULL", "Null", "null", "N/A", "n/a", "NA", "#N/A", "None", "none")
YES_NO = {"yes": True, "y": True, "true": True, "1": True, "হ্যাঁ": True}
YES_NO |= {"no": False, "n": False, "false": False, "0": False, "না": False}

BANGLA, ASCII = "০১২৩৪৫৬৭৮৯", "0123456789"
ISO = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"
MOST_DIGITS = 9
WHOLE = r"^[+-]?[0-9]{1,9}$"
WHOLE_WITH_NOUGHT = r"^[+-]?[0-9]{1,9}[.]0+$"  # what a spreadsheet or a program makes of a whole number
THOUSANDS = r"^[0-9]{1,3}(?:,[0-9]{2,3})+$"
DECIMAL = r"^[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?$"
AT_LEAST = (
    r"^(?:(?i:at least|minimum|min\.?|>=|≥)|কমপক্ষে|অন্তত|ন্যূনতম) *([0-9]{1,9})$",
    r"^([0-9]{1,9}) *(?:\+|(?i:or more|plus)|বা তার বেশি|বা ততোধিক)$",
)

T = TypeVar("T")
PolarsType = pl.DataType | pl.datatypes.DataTypeClass


def said(column: str) -> pl.Expr:
    """The text of a column, cleaned, null if it says nothing."""
    return pl.col(column)


def read(column: str) -> pl.Expr:
    """What was read from a column; null if nothing was said or it could not be read."""
    return pl.col(f"{column}.read")


def read_values(rows: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Rows in the shape of RAW -> the same, cleaned, with a column NAME.read beside each that has a type.

    Of dates also NAME.last, NAME.written (how exactly) and NAME.problem; persons.is_min.
    """
    rows = rows.with_columns(_cleaned(rows, column) for column in TEXTS)
    names = {column: reference.code_names[name] for column, name in CODED.items()}
    trails = reference.code_names["trail"]
    return rows.with_columns(
        *(_one_code(rows[c], listed).alias(f"{c}.read") for c, listed in names.items()),
        *(_many_codes(rows[c], trails).alias(f"{c}.read") for c in LISTED),
        *(_place(rows[c], level, reference).alias(f"{c}.read") for c, level in PLACES.items()),
        by_distinct(rows["invented"], lambda t: YES_NO.get(t.casefold()), pl.Boolean).alias("invented.read"),
        *(series for c in DATES for series in _dates(rows[c], c, terms.date_order)),
        *(_count(rows[c]).alias(f"{c}.read") for c in COUNTS),
        _number(pl.col("uncertainty_m")).alias("uncertainty_m.read"),
        *_degrees(rows),
        pl.lit(False).alias("persons.is_min"),
    ).pipe(_with_at_least).with_columns(
        *_filled(),
        pl.col("precision_code.read").cast(pl.UInt8),
    ).with_columns(_precision()).with_columns(_last_day().alias("date_end.read"))  # fmt: skip


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
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum() or not texts.str.contains("[০-৯]").any():
        return texts
    mixed = texts.str.contains("[0-9]").fill_null(True)
    return texts.str.replace_many(list(BANGLA), list(ASCII)).zip_with(~mixed, texts)


def _one_code(texts: pl.Series, names: Names) -> pl.Series:
    return by_distinct(texts, lambda text: _only(names.get(folded_code(text))), pl.String)


def _many_codes(texts: pl.Series, names: Names) -> pl.Series:
    def codes(text: str) -> list[str] | None:
        found = [_only(names.get(folded_code(part))) for part in re.split(r"[;,|]", text) if part.strip()]
        return None if None in found else sorted({code for code in found if code})

    return by_distinct(texts, codes, pl.List(pl.String))


def _place(texts: pl.Series, level: str, reference: Reference) -> pl.Series:
    return by_distinct(texts, lambda text: _only(match(level, text, reference).codes), pl.String)


def _only(codes: tuple[str, ...] | None) -> str | None:
    return codes[0] if codes is not None and len(codes) == 1 else None


DATE_SCHEMA = {"read": pl.Date, "last": pl.Date, "written": pl.String, "problem": pl.String}


def _dates(texts: pl.Series, column: str, order: DateOrder | None) -> list[pl.Series]:
    """Each distinct text once; years first are read at once, what else people write one by one."""
    if texts.null_count() == len(texts):
        return [pl.Series(f"{column}.{n}", [None], t).new_from_index(0, len(texts)) for n, t in DATE_SCHEMA.items()]
    distinct = texts.drop_nulls().unique()
    iso = distinct.filter(distinct.str.contains(ISO))
    days = pl.DataFrame({"text": iso, "read": iso.str.to_date("%Y-%m-%d", strict=False)}).drop_nulls()
    odd = distinct.filter(~distinct.is_in(days["text"].implode())) if len(days) < len(distinct) else distinct.clear()
    told = [written(text, order) for text in odd]
    plain = days.with_columns(last="read", written=pl.lit("day"), problem=pl.lit(None, pl.String))
    table = pl.concat([plain, pl.DataFrame(told, DATE_SCHEMA, orient="row").insert_column(0, odd.alias("text"))])
    asked = pl.DataFrame({"text": texts}).join(table, on="text", how="left", maintain_order="left")
    return [asked[name].alias(f"{column}.{name}") for name in DATE_SCHEMA]


def _count(texts: pl.Series) -> pl.Series:
    """Plain whole numbers at once, what a spreadsheet makes of them once for each distinct text."""
    cell = pl.col(texts.name)
    whole = texts.to_frame().select(pl.when(cell.str.contains(WHOLE)).then(cell).cast(pl.Int32, strict=False))
    odd = texts.is_not_null() & whole.to_series().is_null()
    if not odd.any():
        return whole.to_series()
    return whole.to_series().zip_with(~odd, by_distinct(texts.set(~odd, None), _odd_count, pl.Int32))


def _odd_count(text: str) -> int | None:
    """1,00,000 or 2.0."""
    if re.fullmatch(WHOLE_WITH_NOUGHT, text):
        return int(text.split(".")[0])
    plain = text.replace(",", "") if re.fullmatch(THOUSANDS, text) else ""
    return int(plain) if 0 < len(plain) <= MOST_DIGITS else None


def _with_at_least(rows: pl.DataFrame) -> pl.DataFrame:
    """`2+` persons are at least 2; of women, men or children it would not add up, and is not read."""
    odd = said("persons").is_not_null() & read("persons").is_null()
    if not rows.select(odd.any()).item():
        return rows
    told = pl.coalesce(said("persons").str.extract(pattern) for pattern in AT_LEAST)
    least = pl.when(odd).then(told).cast(pl.Int32, strict=False)
    return rows.with_columns(
        pl.coalesce(read("persons"), least).alias("persons.read"), least.is_not_null().alias("persons.is_min")
    )


def _number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(DECIMAL)).then(text).cast(pl.Float64, strict=False)


def _degrees(rows: pl.DataFrame) -> list[pl.Series]:
    """Decimal degrees at once; other ways of writing them once for each distinct pair of cells."""
    read_ = rows.select(_number(pl.col(axis)).alias(axis) for axis in DEGREES)
    odd = pl.any_horizontal(pl.col(axis).is_not_null() & read_[axis].is_null() for axis in DEGREES)
    asked = rows.select(DEGREES).filter(odd).unique()
    if not asked.height:
        return [read_[axis].alias(f"{axis}.read") for axis in DEGREES]
    pairs = [degrees.pair(lat, lon) for lat, lon in asked.iter_rows()]
    told = pl.DataFrame(pairs, schema={f"{axis}.read": pl.Float64 for axis in DEGREES}, orient="row")
    found = rows.select(DEGREES).join(
        asked.hstack(told), on=DEGREES, how="left", nulls_equal=True, maintain_order="left"
    )
    return [found[f"{axis}.read"].zip_with(found[f"{axis}.read"].is_not_null(), read_[axis]) for axis in DEGREES]


def _filled() -> Iterable[pl.Expr]:
    for column, code in WHEN_EMPTY.items():
        yield (pl.when(said(column).is_null()).then(pl.lit(code)).otherwise(read(column)).alias(f"{column}.read"))
    yield pl.when(said("invented").is_null()).then(False).otherwise(read("invented")).alias("invented.read")


def _precision() -> pl.Expr:
    """As told; else as the start is written, or as the days from start to end are many."""
    days = (pl.col("date_end.last") - read("date_start")).dt.total_days()
    by_length = pl.when(days == 0).then(pl.lit("day")).when(days <= 6).then(pl.lit("week")).otherwise(pl.lit("range"))
    as_written = pl.coalesce("date_start.written", pl.lit("day"))
    spans = pl.col("date_end.last").is_not_null() & (pl.col("date_end.last") != pl.col("date_start.last"))
    inferred = pl.when(spans).then(by_length).otherwise(as_written)
    return pl.when(said("date_precision").is_null()).then(inferred).otherwise(read("date_precision")).alias(
        "date_precision.read"
    )  # fmt: skip


def _last_day() -> pl.Expr:
    """The end as told; else the last day that the start names, or of the week, month or year that it begins."""
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
    return (
        pl.when(said("date_end").is_not_null())
        .then(pl.col("date_end.last"))
        .when(pl.col("date_start.written") == span)
        .then(pl.col("date_start.last"))
        .when(inferred.is_not_null())
        .then(pl.max_horizontal("date_start.last", inferred))
    )
