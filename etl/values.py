"""What a cell says: text to codes, dates and numbers; null where it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import polars as pl

from etl import degrees
from etl.columns import Columns, Profile
from etl.days import written
from etl.moments import moment
from etl.names import match
from etl.records import DATES, TEXTS
from etl.reference import Names, Reference, folded_code
from etl.source import DateOrder, Terms

COUNTS = ("persons", "female", "male", "children", "facilitators_arrested")
DEGREES = ("lat", "lon")
NUMBERS = (*DEGREES, "uncertainty_m")
WITH_DIGITS = (*DATES, *COUNTS, *NUMBERS, "precision_code")
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
PLACES = {"country": "country", "destination_country": "country", "origin_adm2": "adm2"}
WHEN_EMPTY = {"crime_label": "UNDETERMINED", "label_status": "presumed"}
MISSING = ("", "-", "--", "-99", "NULL", "Null", "null", "N/A", "n/a", "NA", "#N/A", "None", "none")
YES_NO = {"yes": True, "y": True, "true": True, "1": True, "হ্যাঁ": True}
YES_NO |= {"no": False, "n": False, "false": False, "0": False, "না": False}

BANGLA, ASCII = "০১২৩৪৫৬৭৮৯", "0123456789"
ISO = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"
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


def read_values(texts: pl.DataFrame, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Columns of RAW -> the same, cleaned, with a column NAME.read beside each that has a type.

    Of dates also NAME.last, NAME.written (how exactly) and NAME.problem; persons.is_min.
    Each column is read by itself: a row of the frame need not be a row of a sheet.
    """
    columns = [column for column in TEXTS if column in texts.columns]
    texts = in_ascii(texts.with_columns(map(_cleaned, columns)), [c for c in columns if c in WITH_DIGITS])
    return texts.with_columns(series for column in columns for series in _read(texts[column], terms, reference))


def read_pairs(columns: Columns) -> Columns:
    """Decimal degrees are read already; other ways of writing a point once for each distinct pair of cells."""
    texts, numbers = ([columns.of(f"{axis}{what}") for axis in DEGREES] for what in ("", ".read"))
    odd = pl.DataFrame(
        [(text.is_not_null() & number.is_null()).alias(text.name) for text, number in zip(texts, numbers, strict=True)]
    )
    asked = pl.DataFrame(texts).filter(odd.select(pl.any_horizontal(pl.all())).to_series()).unique()
    if not asked.height:
        return columns
    pairs = [degrees.pair(lat, lon) for lat, lon in asked.iter_rows()]
    told = pl.DataFrame(pairs, schema={f"{axis}.told": pl.Float64 for axis in DEGREES}, orient="row")
    columns = columns.row_by_row(DEGREES)
    rows = columns.rows.join(asked.hstack(told), on=DEGREES, how="left", nulls_equal=True, maintain_order="left")
    read_ = [pl.coalesce(f"{axis}.told", f"{axis}.read").alias(f"{axis}.read") for axis in DEGREES]
    return columns.beside(*rows.select(read_).get_columns())


def read_spans(columns: Columns) -> Columns:
    """How exactly each time is known, and its last day."""
    spans = columns.profile(("date_start", "date_end", "date_precision"))
    frame = spans.frame.with_columns(_precision()).with_columns(_last_day().alias("date_end.read"))
    return columns.finding(Profile(frame, spans.codes))


def _read(texts: pl.Series, terms: Terms, reference: Reference) -> Iterator[pl.Series]:
    column, name = texts.name, f"{texts.name}.read"
    if column in CODED:
        codes = one_code(texts, reference.code_names[CODED[column]])
        codes = codes.set(texts.is_null(), WHEN_EMPTY[column]) if column in WHEN_EMPTY else codes
        yield (codes.cast(pl.UInt8) if column == "precision_code" else codes).alias(name)
    elif column in LISTED:
        yield many_codes(texts, reference.code_names["trail"]).alias(name)
    elif column in PLACES:
        yield _place(texts, PLACES[column], reference).alias(name)
    elif column == "invented":
        told = by_distinct(texts, lambda t: YES_NO.get(t.casefold()), pl.Boolean)
        yield told.set(texts.is_null(), False).alias(name)
    elif column in DATES:
        yield from days(texts, column, terms.date_order)
    elif column in COUNTS:
        yield from _counts(texts)
    elif column in NUMBERS:
        yield texts.to_frame().select(_number(pl.col(column)).alias(name)).to_series()


def by_distinct(texts: pl.Series, judge: Callable[[str], T | None], dtype: PolarsType) -> pl.Series:
    """Judge each distinct text once; null stays null."""
    if texts.null_count() == len(texts):
        return pl.Series([None], dtype=dtype).new_from_index(0, len(texts))
    distinct = texts.drop_nulls().unique()
    verdicts = pl.Series([judge(text) for text in distinct], dtype=dtype)
    table = pl.DataFrame({"text": distinct, "verdict": verdicts})
    asked = pl.DataFrame({"text": texts})
    return asked.join(table, on="text", how="left", maintain_order="left")["verdict"]


def _cleaned(column: str) -> pl.Expr:
    """Without spaces round it; words for nothing are nothing, but not in free text nor in degrees."""
    nothing = [""] if column in ("narrative", "other_text", *DEGREES) else list(MISSING)
    text = pl.col(column).str.strip_chars()
    return pl.when(~text.is_in(nothing)).then(text)


def in_ascii(texts: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Bangla digits as ASCII; a number that mixes both stays as it is, and so cannot be read."""
    beyond = texts.select(pl.col(columns).str.len_bytes().sum() != pl.col(columns).str.len_chars().sum())
    return texts.with_columns(
        pl.when(pl.col(column).str.contains("[0-9]"))
        .then(pl.col(column))
        .otherwise(pl.col(column).str.replace_many(list(BANGLA), list(ASCII)))
        for column in columns
        if beyond[column][0]
    )


def one_code(texts: pl.Series, names: Names) -> pl.Series:
    """The one code that each text names, or null."""
    return by_distinct(texts, lambda text: _only(names.get(folded_code(text))), pl.String)


def many_codes(texts: pl.Series, names: Names) -> pl.Series:
    """The codes that each text names, in their order; null where one of them is unknown."""

    def codes(text: str) -> list[str] | None:
        found = [_only(names.get(folded_code(part))) for part in re.split(r"[;,|]", text) if part.strip()]
        return None if None in found else sorted({code for code in found if code})

    return by_distinct(texts, codes, pl.List(pl.String))


def _place(texts: pl.Series, level: str, reference: Reference) -> pl.Series:
    return by_distinct(texts, lambda text: _only(match(level, text, reference).codes), pl.String)


def _only(codes: tuple[str, ...] | None) -> str | None:
    return codes[0] if codes is not None and len(codes) == 1 else None


DATE_SCHEMA = {"read": pl.Date, "last": pl.Date, "written": pl.String, "problem": pl.String}


def days(texts: pl.Series, column: str, order: DateOrder | None) -> list[pl.Series]:
    """COLUMN.read, .last, .written and .problem of cells that name days.

    Each distinct text once; years first are read at once, what else people write one by one.
    """
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


def moments(texts: pl.Series, column: str, order: DateOrder | None) -> list[pl.Series]:
    """The same of cells that may tell the hour, and COLUMN.at, in UTC."""
    distinct = texts.drop_nulls().unique()
    told = [(text, *day, at) for text in distinct for day, at in [moment(text, order)]]
    schema: dict[str, PolarsType] = {"text": pl.String, **DATE_SCHEMA, "at": pl.Datetime("us")}
    asked = pl.DataFrame({"text": texts}, {"text": pl.String})
    asked = asked.join(pl.DataFrame(told, schema, orient="row"), on="text", how="left", maintain_order="left")
    return [asked[name].alias(f"{column}.{name}") for name in (*DATE_SCHEMA, "at")]


def _counts(texts: pl.Series) -> Iterator[pl.Series]:
    """Whole numbers. `2+` persons are at least 2; of women, men or children it would not add up, and is not read."""
    column = texts.name
    read_ = texts.to_frame().select(_count(pl.col(column)).alias(f"{column}.read")).to_series()
    if column != "persons":
        yield read_
        return
    odd = texts.is_not_null() & read_.is_null()
    told = texts.to_frame().select(pl.coalesce(pl.col(column).str.extract(pattern) for pattern in AT_LEAST))
    least = told.to_series().cast(pl.Int32, strict=False).set(~odd, None) if odd.any() else read_.clear(len(read_))
    yield read_.zip_with(~odd, least)
    yield least.is_not_null().alias("persons.is_min")


def counts(texts: pl.Series) -> pl.Series:
    """The whole number that each text names, or null."""
    return texts.to_frame().select(_count(pl.col(texts.name))).to_series()


def _count(text: pl.Expr) -> pl.Expr:
    bare = pl.when(text.str.contains(THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    whole = pl.when(bare.str.contains(WHOLE_WITH_NOUGHT)).then(bare.str.replace("[.]0+$", "")).otherwise(bare)
    return pl.when(whole.str.contains(WHOLE)).then(whole).cast(pl.Int32, strict=False)


def _number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(DECIMAL)).then(text).cast(pl.Float64, strict=False)


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
