"""The rules of a row, as masks over a batch; a row is told the first rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl import advice
from etl.columns import Columns, Home
from etl.days import AMBIGUOUS, IMPOSSIBLE, UNREADABLE
from etl.place_rules import RULES_OF_PLACES
from etl.records import DATES, FAULTS, TEXTS
from etl.rule import Mask, Rule, empty, flag, known, mixed, shaped, unread
from etl.source import Terms
from etl.values import CODED, COUNTS, LISTED, PLACES, THOUSANDS, read, said

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\x{E0000}-\x{E007F}]"
TOTALS = ("Total", "TOTAL", "total", "Totals", "Grand total", "Grand Total", "মোট", "সর্বমোট")
IN_THE_MARGIN = ("source_ref", "event_type", "place_name", "adm2", "adm3", "detecting_agency")
HEADERS = {
    "source_ref": ("source_ref", "web_id"),
    "event_type": ("event_type",),
    "adm2": ("adm2", "district"),
}
FAR = date(2200, 1, 1)  # a day after this is no slip of the pen but the default of a program
FINENESS = {code: rank for rank, code in enumerate(("day", "week", "month", "quarter", "year", "range"))}
FAULT_FIXES = {
    "ragged_row": "Give the row as many cells as the header.",
    "cell_error": "A cell holds an error instead of a value: write the value.",
    "formula_no_value": "A formula has no stored value: write the value.",
    "merged_cell": "A cell is merged with one above: write the value into each row.",
    "still_redacted": "A cell still shows only kind and length: type it anew from the original.",
    "unknown_quarantine_id": "No refused row of this store has this number: leave quarantine_id empty or correct it.",
    "geometry_broken": "The geometry of this record is damaged: draw it anew.",
    "coord_unreadable": "The coordinates of the point are no plain numbers: draw the point or write them anew.",
    "geometry_type": "The place of an incident is one point: give a point, not a line or an area.",
}
PLACE_LEVELS = {"adm2": "adm2", "adm3": "adm3", "crossing": "crossing", **PLACES}
ALL_OF_THEM = ("female", "male", "children")


def first_broken(columns: Columns, terms: Terms, rules: Sequence[Rule]) -> NDArray[np.intp]:
    """For each row the position of the first rule that it breaks, or len(rules).

    Rules that look at the same columns are asked together, of each distinct text or combination once.
    """
    first = np.full(columns.rows.height, len(rules), dtype=np.intp)
    for (frame, codes), mine in _by_home(columns, _masks(terms, tuple(rules))):
        for at, broken in _broken(frame, mine):
            hit = broken if codes is None else broken[codes]
            first[hit] = np.minimum(first[hit], at)
    return first


@lru_cache(maxsize=16)
def _masks(terms: Terms, rules: tuple[Rule, ...]) -> Sequence[tuple[pl.Expr, list[str]]]:
    """The mask of each rule, named by its position, and the columns that it looks at."""
    masks = [rule.mask(terms).fill_null(True).cast(pl.Boolean) for rule in rules]
    return [(mask.alias(str(at)), mask.meta.root_names()) for at, mask in enumerate(masks)]


def _by_home(columns: Columns, masks: Sequence[tuple[pl.Expr, list[str]]]) -> Iterator[tuple[Home, list[pl.Expr]]]:
    """Rules by the frame that they can be asked of; those that no frame has all columns for, row by row together."""
    homes: dict[tuple[int, int], tuple[Home, list[pl.Expr]]] = {}
    apart: list[pl.Expr] = []
    looks_at: set[str] = set()
    for mask, names in masks:
        found = columns.frame_of(names)
        if found is None:
            apart.append(mask)
            looks_at.update(names)
        else:
            homes.setdefault((id(found[0]), id(found[1])), (found, []))[1].append(mask)
    yield from homes.values()
    yield columns.home(looks_at), apart


def _broken(frame: pl.DataFrame, masks: Iterable[pl.Expr]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """The rules that something breaks, by their positions, and what does."""
    asked = frame.select(masks)
    hit = asked.select(pl.all().any())
    for name in hit.columns:
        if hit[name][0]:
            yield int(name), np.broadcast_to(asked[name].to_numpy(), frame.height)


def faults() -> Iterator[Rule]:
    """A row that its file does not give as it should."""
    for name in FAULTS:
        yield Rule(name, "row", FAULT_FIXES[name], _has_fault(name))


def _has_fault(name: str) -> Mask:
    return lambda _: pl.col("fault").eq_missing(name)


def screened(columns: Sequence[str]) -> Iterator[Rule]:
    """Cells that may not be stored, or that show other than they say."""
    fix = "Write the facts without names, numbers of people, phones, documents or addresses."
    for column in columns:
        yield Rule("pii_in_text", column, fix, flag(f"{column}.pii"))
    for column in columns:
        yield Rule(
            "control_character", column, "Type the cell anew: it holds invisible signs.", flag(f"{column}.control")
        )
        yield Rule("cell_too_long", column, "Shorten the cell to less than 100,000 characters.", flag(f"{column}.long"))
        yield Rule(
            "mojibake",
            column,
            "The cell was saved in the wrong encoding once: type it anew, or send the file as it was before.",
            flag(f"{column}.mojibake"),
            advice.repaired(column, PLACE_LEVELS[column]) if column in PLACE_LEVELS else None,
        )


def _totals(_: Terms) -> pl.Expr:
    total = pl.any_horizontal(*(said(c).is_in(TOTALS).fill_null(False) for c in IN_THE_MARGIN))
    return total & (said("event_type").is_null() | said("date_start").is_null())


def _header(_: Terms) -> pl.Expr:
    return pl.any_horizontal(*(said(c).is_in(names).fill_null(False) for c, names in HEADERS.items()))


def a_time(column: str) -> Iterator[Rule]:
    """What a cell that names a day, a month or a year may not be."""
    order = "Write it as 2026-03-21, or say the order of day and month with --date-order."
    far = "No incident of this store was on such a day: correct it."
    yield Rule(AMBIGUOUS, column, order, _problem(column, AMBIGUOUS))
    yield Rule(IMPOSSIBLE, column, "There is no such day: correct it.", _problem(column, IMPOSSIBLE))
    yield Rule(UNREADABLE, column, "Write the date as 2026-03-21.", unread(column))
    yield Rule("date_out_of_range", column, far, _too_far(column))
    yield Rule("future_date", column, "The day is after today: correct it.", _too_late(column))


def a_day(column: str) -> Iterator[Rule]:
    """What a cell that names one day may not be."""
    yield from a_time(column)
    yield Rule(UNREADABLE, column, "Write the day as 2026-03-21.", _no_day(column))


def _dates() -> Iterator[Rule]:
    for column in DATES:
        yield from a_time(column)
    for column in ("report_date", "label_date"):
        yield Rule(UNREADABLE, column, "Write the day as 2026-03-21.", _no_day(column))
    yield Rule(
        "required_missing",
        "date_end",
        "A range of days needs its last day.",
        lambda _: read("date_end").is_null() & (read("date_precision") == "range"),
    )
    yield Rule(
        "date_order",
        "date_end",
        "The end is before the start: correct one of them.",
        lambda _: known(read("date_end") < read("date_start")),
    )
    yield Rule(
        "precision_conflict",
        "date_precision",
        "The date is not written so exactly: say a coarser precision, or leave it empty.",
        _written_coarser,
    )


def _problem(column: str, rule: str) -> Mask:
    return lambda _: known(pl.col(f"{column}.problem") == rule)


def _too_far(column: str) -> Mask:
    return lambda terms: known((read(column) < terms.first_date) | (read(column) >= FAR))


def _too_late(column: str) -> Mask:
    """After today, as told: the end of a month that was not told may still be to come."""
    return lambda terms: said(column).is_not_null() & known(read(column) > terms.today)


def _no_day(column: str) -> Mask:
    return lambda _: known(pl.col(f"{column}.written") != "day")


def _written_coarser(_: Terms) -> pl.Expr:
    """Told finer than the start is written, or than the days from start to end allow."""
    told, written = (
        pl.col(name).replace_strict(FINENESS, default=None, return_dtype=pl.UInt8)
        for name in ("date_precision.read", "date_start.written")
    )
    days = (pl.col("date_end.last") - pl.col("date_start.last")).dt.total_days()
    too_long = ((told == FINENESS["day"]) & (days > 0)) | ((told == FINENESS["week"]) & (days > 6))
    return known(said("date_precision").is_not_null() & (told < written)) | known(too_long)


def _codes() -> Iterator[Rule]:
    for column in (*CODED, *LISTED, "invented"):
        if column != "precision_code":
            yield Rule("unknown_code", column, "Write a code or label of the list.", unread(column))
    for column, level in PLACES.items():
        fix = "Write the district's name or code." if level == "adm2" else "Write the country's name or its code."
        yield Rule("unknown_place", column, fix, unread(column), advice.candidates(level, column))


def a_count(column: str) -> Iterator[Rule]:
    """What a cell that counts may not be."""
    fraction = shaped(column, r"^[+-]?[0-9]*[.][0-9]+$")
    yield Rule("number_mixed_script", column, "Write the number in one script.", mixed(column))
    yield Rule("count_too_large", column, "Correct the number of persons.", _too_large(column))
    yield Rule("count_not_whole", column, "Write a whole number, 0 or more.", fraction)
    yield Rule("number_unreadable", column, "Write a whole number in digits.", unread(column))
    yield Rule("count_negative", column, "Write 0 or more.", _negative(column))


def _counts() -> Iterator[Rule]:
    for column in COUNTS:
        yield from a_count(column)
    yield Rule(
        "person_counts_do_not_reconcile",
        "persons",
        "Make persons the sum of female, male and children.",
        lambda _: known(~pl.col("persons.is_min") & (read("persons") != _sum_of_persons())),
    )
    yield Rule(
        "person_counts_do_not_reconcile",
        "persons",
        "Make persons at least the sum of those that are told apart.",
        lambda _: known(read("persons") < pl.sum_horizontal(read(c) for c in ALL_OF_THEM)),
    )


def _negative(column: str) -> Mask:
    return lambda _: known(read(column) < 0)


def _too_large(column: str) -> Mask:
    digits = shaped(column, r"^[+]?[0-9]{10,}$", THOUSANDS, r"^[0-9.]+[eE][+]?[0-9]+$")
    return lambda terms: known(read(column) > terms.max_persons) | digits(terms)


def _sum_of_persons() -> pl.Expr:
    """Null unless both sexes are given; children are apart where they are given."""
    return read("female") + read("male") + read("children").fill_null(0)


RULES: tuple[Rule, ...] = (
    *faults(),
    *screened(TEXTS),
    Rule("repeated_header", "row", "Take the repeated header out.", _header),
    Rule("totals_row", "row", "Take the totals row out: it is no incident.", _totals),
    Rule("required_missing", "source_ref", "Give the reference of the source's own register.", empty("source_ref")),
    Rule("required_missing", "event_type", "Say what kind of event it was.", empty("event_type")),
    Rule("missing_date", "date_start", "Write the day as 2026-03-21.", empty("date_start")),
    *_dates(),
    *_codes(),
    *_counts(),
    *RULES_OF_PLACES,
)
