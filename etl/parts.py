"""The heart of further sheets: rows of one kind as written in, rows of its table and refused rows out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import numpy as np
import polars as pl
import pyarrow as pa

from etl import scrub
from etl.columns import Columns
from etl.index import identified, quarantined, screened
from etl.kinds import Column, Kind
from etl.names import match
from etl.records import QUARANTINE
from etl.reference import Names, Reference, folded_code
from etl.rule import Mask, Rule, empty, flag, known, unread
from etl.source import Terms
from etl.validate import a_count, a_day, faults, first_broken
from etl.validate import screened as screen_rules
from etl.values import (
    MISSING,
    YES_NO,
    by_distinct,
    counts,
    days,
    in_ascii,
    many_codes,
    moments,
    one_code,
    read,
    said,
)

IN_DIGITS = ("count", "day", "moment", "week")
LEVELS = {"district": "adm2", "upazila": "adm3", "crossing": "crossing", "country": "country"}
MOST = 999_999  # hours, days, vehicles: more is a slip of the pen


def judge_part(raw: pl.DataFrame, kind: Kind, terms: Terms, reference: Reference) -> tuple[pa.Table, pa.Table]:
    """Cells by column, as `Source.named` gives them -> (rows of the kind's table, rows of QUARANTINE).

    Each row is in one of the two. No IO, no clock, no globals.
    """
    if raw.height == 0:
        return kind.stored.empty_table(), QUARANTINE.empty_table()
    rows = screened(_read(_whole(raw, kind), kind, terms, reference), terms, (*kind.texts, "other_text"))
    rules = rules_of(kind)
    broken = first_broken(Columns(rows, pl.DataFrame(), {}), terms, rules)
    good, refused = rows[np.flatnonzero(broken == len(rules))], np.flatnonzero(broken < len(rules))
    reasons, known = [rules[at] for at in broken[refused]], _identified(rows[refused], kind, terms)
    return _stored(good, kind, terms), quarantined(rows[refused], reasons, reference, known, kind.texts)


def _identified(rows: pl.DataFrame, kind: Kind, terms: Terms) -> Mapping[str, pa.Array]:
    """Whose row each refused one is; of a kind that speaks of no incident, nobody's."""
    if "source_ref" in kind.texts:
        return identified(rows["source_ref"], rows["source_ref.pii"], kind.name, terms)
    nobody = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return identified(nobody, nobody.is_not_null(), kind.name, terms)


def _whole(raw: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Every column of the kind as text without spaces round it; words for nothing are nothing."""
    absent = [pl.lit(None, pl.String).alias(name) for name in kind.texts if name not in raw.columns]
    rows = raw.with_columns(absent).with_columns(pl.col(*kind.texts).str.strip_chars())
    nothing = pl.col(*kind.texts).is_in(list(MISSING))
    rows = rows.with_columns(pl.when(~nothing).then(pl.col(*kind.texts)))
    return in_ascii(rows, [column.name for column in kind.columns if column.holds in IN_DIGITS])


# --- reading -------------------------------------------------------------------------


def _read(rows: pl.DataFrame, kind: Kind, terms: Terms, reference: Reference) -> pl.DataFrame:
    """Beside each column NAME.read; beside a place also NAME.ambiguous and, of an upazila, NAME.elsewhere."""
    texts = {
        column.name: rows[column.name] if column.when_empty is None else rows[column.name].fill_null(column.when_empty)
        for column in kind.columns
    }
    rows = rows.with_columns(
        value for column in kind.columns for value in _values(column, texts[column.name], terms, reference)
    )
    rows = rows.with_columns(
        _is_shared(rows[c.name], LEVELS[c.holds], reference).alias(f"{c.name}.ambiguous")
        for c in kind.columns
        if c.holds in LEVELS
    )
    return _with_upazilas(rows, reference) if "adm3" in kind.texts else rows


def _values(column: Column, texts: pl.Series, terms: Terms, reference: Reference) -> Iterator[pl.Series]:
    """NAME.read of a column, and of a day how it is written and what is wrong with it."""
    if column.holds == "moment":
        yield from moments(texts, column.name, terms.date_order)
    elif column.holds in ("day", "week"):
        yield from days(texts, column.name, terms.date_order)
    else:
        yield _value(column, texts, reference).alias(f"{column.name}.read")


def _value(column: Column, texts: pl.Series, reference: Reference) -> pl.Series:
    """What the cells of a column say, null where they cannot be read."""
    names = reference.code_names.get(column.codes, {})
    readers: Mapping[str, Callable[[], pl.Series]] = {
        "reference": lambda: texts,
        "code": lambda: one_code(texts, names),
        "codes": lambda: many_codes(texts, names),
        "band": lambda: by_distinct(texts, _band_reader(names, reference.bands[column.codes]), pl.String),
        "count": lambda: counts(texts),
        "yes_no": lambda: by_distinct(texts, lambda text: YES_NO.get(text.casefold()), pl.Boolean),
    }
    if column.holds in LEVELS:
        level = LEVELS[column.holds]
        return by_distinct(texts, lambda text: _only(match(level, text, reference).codes), pl.String)
    return readers[column.holds]()


def _band_reader(names: Names, bands: tuple[tuple[int, int, str], ...]) -> Callable[[str], str | None]:
    """A band by its code or label, or by a whole number that lies in it."""

    def read_band(text: str) -> str | None:
        named = names.get(folded_code(text))
        if named:
            return named[0]
        number = int(text) if re.fullmatch(r"\d{1,9}", text) else None
        return next((code for least, most, code in bands if number is not None and least <= number <= most), None)

    return read_band


def _only(codes: tuple[str, ...]) -> str | None:
    return codes[0] if len(codes) == 1 else None


def _is_shared(texts: pl.Series, level: str, reference: Reference) -> pl.Series:
    """More than one place bears the name."""
    return by_distinct(texts, lambda text: len(match(level, text, reference).codes) > 1, pl.Boolean).fill_null(False)


def _with_upazilas(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """An upazila is read inside its district, and gives its district where none is told."""
    asked = rows.select("adm2.read", "adm3").unique()
    found = [_inside(district, upazila, reference) for district, upazila in asked.iter_rows()]
    schema = {"inside": pl.String, "adm3.ambiguous": pl.Boolean, "adm3.elsewhere": pl.Boolean}
    table = pl.concat([asked, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")
    on = ["adm2.read", "adm3"]
    rows = rows.drop("adm3.ambiguous").join(table, on=on, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.with_columns(pl.col("inside").alias("adm3.read"))
    given = pl.when(said("adm2").is_null()).then(pl.col("adm3.read").str.slice(0, 6)).otherwise("adm2.read")
    return rows.with_columns(given.alias("adm2.read"))


def _inside(district: str | None, upazila: str | None, reference: Reference) -> tuple[str | None, bool, bool]:
    """Its code; whether several bear the name; whether all that bear it are elsewhere."""
    anywhere = () if upazila is None else match("adm3", upazila, reference).codes
    inside = tuple(code for code in anywhere if district in (None, code[:6]))
    return _only(inside), len(inside) > 1, bool(anywhere) and not inside


# --- rules ---------------------------------------------------------------------------


@cache
def rules_of(kind: Kind) -> tuple[Rule, ...]:
    """What may be wrong with a row of this kind, in the order in which it is told."""
    return (
        *faults(),
        *screen_rules((*kind.texts, "other_text")),
        Rule("repeated_header", "row", "Take the repeated header out.", _header(kind)),
        *(Rule("required_missing", name, "Fill the cell.", empty(name)) for name in kind.required),
        *_one_of(kind),
        *(rule for column in kind.columns for rule in _rules(column)),
    )


def _header(kind: Kind) -> Mask:
    first = kind.columns[0]
    return lambda _: said(first.name).is_in([first.name, first.bangla]).fill_null(False)


def _one_of(kind: Kind) -> Iterator[Rule]:
    if kind.one_of:
        fix = f"Fill one of {', '.join(kind.one_of)}."
        yield Rule("required_missing", kind.one_of[0], fix, lambda _: pl.all_horizontal(map(_is_empty, kind.one_of)))


def _is_empty(column: str) -> pl.Expr:
    return said(column).is_null()


def _rules(column: Column) -> Iterator[Rule]:
    name = column.name
    if column.holds in LEVELS:
        yield from _place_rules(name, column.holds)
    elif column.holds == "count":
        yield Rule("count_too_large", name, "Correct the number.", lambda _: known(read(name) > MOST))
        yield from (rule for rule in a_count(name) if rule.name != "count_too_large")
    elif column.holds in ("day", "moment", "week"):
        yield from a_day(name)
    else:
        yield Rule("unknown_code", name, "Write a code or label of the list.", unread(name))
    if column.not_before:
        yield Rule("date_order", name, f"It is before {column.not_before}: correct one of them.", _too_soon(column))


def _place_rules(name: str, level: str) -> Iterator[Rule]:
    fix = "More than one place bears this name: give its code or district."
    yield Rule("ambiguous_place", name, fix, flag(f"{name}.ambiguous"))
    if level == "upazila":
        fix = "The upazila is not in the district: correct one of them."
        yield Rule("place_hierarchy", name, fix, flag(f"{name}.elsewhere"))
    yield Rule("unknown_place", name, "Write a code or name of the gazetteer.", unread(name))


def _too_soon(column: Column) -> Mask:
    before = str(column.not_before)
    if column.holds == "moment":
        return lambda _: known(read(column.name) < read(before)) | known(_hour(column.name) < _hour(before))
    return lambda _: known(read(column.name) < read(before))


def _hour(name: str) -> pl.Expr:
    """Null where it is not told."""
    return pl.col(f"{name}.at")


# --- rows of the table ---------------------------------------------------------------


def _stored(rows: pl.DataFrame, kind: Kind, terms: Terms) -> pa.Table:
    """The good rows in the columns of the kind's table, references as keyed digests."""
    columns = [rows["row_no"]]
    for column in kind.columns:
        values = rows[f"{column.name}.read"]
        if column.holds == "week":
            values = values.dt.truncate("1w")
        if column.holds == "reference":
            digests = scrub.pseudonyms(terms.key, _whose(column, terms), values.fill_null(""))
            values = pl.select(pl.when(values.is_not_null()).then(digests)).to_series()
        columns.append(values.alias(column.stored or column.name))
    columns += [rows[f"{c.name}.at"].alias(c.stored_at) for c in kind.columns if c.holds == "moment"]
    return pl.DataFrame(columns).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind.stored)


def _whose(column: Column, terms: Terms) -> str:
    """An incident's reference is its source's own; units and operations are the same in every file."""
    return terms.source if column.name == "source_ref" else column.name
