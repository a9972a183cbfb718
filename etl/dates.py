"""The order of day and month in a file, as its own rows prove it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa

from etl.days import LONGEST, SPANS, plain, proven
from etl.errors import LoadError
from etl.records import DATES
from etl.source import DateOrder

SHORT = re.compile(r"(?<![0-9./-])([0-9]{1,2})([./-])([0-9]{1,2})\2[0-9]{4}(?![0-9])")
DAY_FIRST, MONTH_FIRST = SPANS[4], SPANS[5]
BANGLA_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")


def orders(rows: pa.Table) -> set[str]:
    """What the dates of some rows, in the shape of RAW, prove: of `dmy`, `mdy` and `either`."""
    return orders_of(pl.DataFrame(pl.from_arrow(rows.select(DATES))).get_columns())


def orders_of(columns: Iterable[pl.Series]) -> set[str]:
    """The same of columns of texts."""
    told = (column for column in columns if column.null_count() < len(column))
    return {proof for column in told for text in _odd(column) for proof in _proofs(text)}


def _odd(texts: pl.Series) -> pl.Series:
    """The distinct texts that do not begin with the year: most columns have none."""
    distinct = texts.drop_nulls().unique()
    return distinct.filter(~distinct.str.contains("^[0-9]{4}-"))


def _proofs(text: str) -> Iterator[str]:
    shown = plain(text.strip().translate(BANGLA_DIGITS)) if len(text) <= LONGEST else ""
    if DAY_FIRST.fullmatch(shown):
        yield "dmy"
    elif MONTH_FIRST.fullmatch(shown):
        yield "mdy"
    else:
        yield from filter(None, (proven(one, two) for one, _, two in SHORT.findall(shown)))


def settled(found: Iterable[str], file: str, field: str = "date_start") -> DateOrder:
    """The one order that the rows of a file prove. Raises LoadError DATE_ORDER_UNKNOWN or DATE_ORDER_CONFLICT."""
    proofs = set(found)
    if {"dmy", "mdy"} <= proofs:
        message = "Some dates of this file put the day first, others the month."
        fix = "Write all in one way, or say --date-order mixed: then rows that can be read both ways are quarantined."
        raise LoadError("DATE_ORDER_CONFLICT", message, fix, file, field=field)
    if not proofs & {"dmy", "mdy"}:
        message = "Each date of this file can be read with the day first or the month first."
        raise LoadError(
            "DATE_ORDER_UNKNOWN", message, "Say which: --date-order dmy or --date-order mdy.", file, field=field
        )
    return "dmy" if "dmy" in proofs else "mdy"
