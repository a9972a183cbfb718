"""The rules of a row, as masks over a batch; a row is told the first rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.columns import Columns
from etl.records import FAULTS, TEXTS
from etl.rule import Mask, Rule, empty, flag, known, shaped, text_like, unread
from etl.source import Terms
from etl.values import CODED, COUNTS, DATES, ISO, LISTED, SHORT_DATE, THOUSANDS, read, said

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\x{E0000}-\x{E007F}]"
TOTALS = ("Total", "TOTAL", "total", "Totals", "Grand total", "Grand Total", "মোট", "সর্বমোট")
IN_THE_MARGIN = ("source_ref", "event_type", "place_name", "adm2", "adm3", "detecting_agency")
HEADERS = {
    "source_ref": ("source_ref", "web_id"),
    "event_type": ("event_type",),
    "adm2": ("adm2", "district"),
}
TWO_DIGIT_YEAR = r"^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}$"
WITH_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:"
FAULT_FIXES = {
    "ragged_row": "Give the row as many cells as the header.",
    "cell_error": "A cell holds an error instead of a value: write the value.",
    "formula_no_value": "A formula has no stored value: write the value.",
    "merged_cell": "A cell is merged with one above: write the value into each row.",
    "still_redacted": "A cell still shows only kind and length: type it anew from the original.",
    "unknown_quarantine_id": "No refused row of this store has this number: leave quarantine_id empty or correct it.",
    "geometry_broken": "The geometry cannot be read: draw the point anew.",
    "geometry_type": "The geometry is no single point: give the point of the incident.",
    "coord_unreadable": "The coordinates of the point are no numbers: draw it anew.",
}
ALL_OF_THEM = ("female", "male", "children")


def first_broken(columns: Columns, terms: Terms) -> NDArray[np.intp]:
    """For each row the position in RULES of the first rule that it breaks, or len(RULES).

    A rule that looks at one column is asked of its distinct texts.
    """
    masks = [rule.mask(terms).fill_null(True).cast(pl.Boolean) for rule in RULES]
    listed, placed, by_row = _sorted(masks, columns)
    first = np.full(columns.rows.height, len(RULES), dtype=np.intp)
    for at, broken in _broken(columns.distinct, {at: masks[at] for at in listed}):
        _note(first, at, broken[columns.codes[listed[at]]])
    for at, broken in _broken(columns.places.frame, {at: masks[at] for at in placed}):
        _note(first, at, broken[columns.places.codes])
    names = {name for at in by_row for name in masks[at].meta.root_names()}
    for at, broken in _broken(columns.frame(names), {at: masks[at] for at in by_row}):
        _note(first, at, broken)
    return first


def _sorted(masks: Sequence[pl.Expr], columns: Columns) -> tuple[dict[int, str], list[int], list[int]]:
    """Rules by where they can be asked: of the texts of one column, of a combination of places, row by row."""
    listed: dict[int, str] = {}
    placed: list[int] = []
    by_row: list[int] = []
    for at, mask in enumerate(masks):
        names = set(mask.meta.root_names())
        bases = {name.partition(".")[0] for name in names}
        if len(bases) == 1 and names <= set(columns.distinct.columns):
            listed[at] = bases.pop()
        else:
            (placed if names <= set(columns.places.frame.columns) else by_row).append(at)
    return listed, placed, by_row


def _broken(frame: pl.DataFrame, masks: Mapping[int, pl.Expr]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """The rules that something breaks, and what does."""
    asked = frame.select(mask.alias(str(at)) for at, mask in masks.items())
    hit = asked.select(pl.all().any())
    for name in hit.columns:
        if hit[name][0]:
            yield int(name), np.broadcast_to(asked[name].to_numpy(), frame.height)


def _note(first: NDArray[np.intp], at: int, broken: NDArray[np.bool_]) -> None:
    first[broken] = np.minimum(first[broken], at)


def _faults() -> Iterator[Rule]:
    for name in FAULTS:
        yield Rule(name, "row", FAULT_FIXES[name], _has_fault(name))


def _has_fault(name: str) -> Mask:
    return lambda _: pl.col("fault").eq_missing(name)


def _screened() -> Iterator[Rule]:
    fix = "Write the facts without names, numbers of people, phones, documents or addresses."
    for column in TEXTS:
        yield Rule("pii_in_text", column, fix, flag(f"{column}.pii"))
    for column in TEXTS:
        yield Rule(
            "control_character", column, "Type the cell anew: it holds invisible signs.", flag(f"{column}.control")
        )
        yield Rule("cell_too_long", column, "Shorten the cell to less than 100,000 characters.", flag(f"{column}.long"))


def _totals(_: Terms) -> pl.Expr:
    total = pl.any_horizontal(*(said(c).is_in(TOTALS).fill_null(False) for c in IN_THE_MARGIN))
    return total & (said("event_type").is_null() | said("date_start").is_null())


def _header(_: Terms) -> pl.Expr:
    return pl.any_horizontal(*(said(c).is_in(names).fill_null(False) for c, names in HEADERS.items()))


def _dates() -> Iterator[Rule]:
    order = "Write it as 2026-03-21, or say the order of day and month with --date-order."
    for column in DATES:
        yield Rule("ambiguous_date", column, order, _in_doubt(column))
        yield Rule("impossible_date", column, "There is no such day: correct it.", shaped(column, ISO, SHORT_DATE))
        yield Rule("date_unreadable", column, "Write the date as 2026-03-21.", unread(column))
        yield Rule(
            "date_out_of_range", column, "The day is before the first that is accepted: correct it.", _too_early(column)
        )
        yield Rule("future_date", column, "The day is after today: correct it.", _too_late(column))
    yield Rule(
        "required_missing",
        "date_end",
        "A range of days needs its last day.",
        lambda _: pl.col("last_day").is_null() & (read("date_precision") == "range"),
    )
    yield Rule(
        "date_order",
        "date_end",
        "The end is before the start: correct one of them.",
        lambda _: known(pl.col("last_day") < read("date_start")),
    )


def _in_doubt(column: str) -> Mask:
    """Readable in more than one way; a short date only where no order of day and month was said."""
    always = (TWO_DIGIT_YEAR, WITH_TIME)
    return lambda terms: shaped(column, *always, *(() if terms.date_order else (SHORT_DATE,)))(terms)


def _too_early(column: str) -> Mask:
    return lambda terms: known(read(column) < terms.first_date)


def _too_late(column: str) -> Mask:
    """After today, as told: the end of a month that was not told may still be to come."""
    return lambda terms: said(column).is_not_null() & known(read(column) > terms.today)


def _codes() -> Iterator[Rule]:
    for column in (*CODED, *LISTED, "invented"):
        if column != "precision_code":
            yield Rule("unknown_code", column, "Write a code or label of the list.", unread(column))
    for column in ("country", "destination_country"):
        yield Rule("unknown_place", column, "Write the country's name or two-letter code.", unread(column))
    yield Rule("unknown_place", "origin_adm2", "Write the district's name or code.", unread("origin_adm2"))


def _counts() -> Iterator[Rule]:
    for column in COUNTS:
        yield Rule("number_mixed_script", column, "Write the number in one script.", _mixed(column))
        yield Rule("count_too_large", column, "Correct the number of persons.", _too_large(column))
        yield Rule(
            "count_not_whole", column, "Write a whole number, 0 or more.", shaped(column, r"^[+-]?[0-9]*[.][0-9]+$")
        )
        yield Rule("number_unreadable", column, "Write a whole number in digits.", unread(column))
        yield Rule("count_negative", column, "Write 0 or more.", _negative(column))
    yield Rule(
        "person_counts_do_not_reconcile",
        "persons",
        "Make persons the sum of female, male and children.",
        lambda _: known(read("persons") != _sum_of_persons()),
    )
    yield Rule(
        "person_counts_do_not_reconcile",
        "persons",
        "Make persons at least the sum of those that are told apart.",
        lambda _: known(read("persons") < pl.sum_horizontal(read(c) for c in ALL_OF_THEM)),
    )


def _mixed(column: str) -> Mask:
    return lambda _: text_like(column, "[0-9]") & text_like(column, "[০-৯]")


def _negative(column: str) -> Mask:
    return lambda _: known(read(column) < 0)


def _too_large(column: str) -> Mask:
    digits = shaped(column, r"^[+]?[0-9]{10,}$", THOUSANDS, r"^[0-9.]+[eE][+]?[0-9]+$")
    return lambda terms: known(read(column) > terms.max_persons) | digits(terms)


def _sum_of_persons() -> pl.Expr:
    """Null unless both sexes are given; children are apart where they are given."""
    return read("female") + read("male") + read("children").fill_null(0)


def _degrees() -> Iterator[Rule]:
    yield Rule(
        "coord_incomplete",
        "lat",
        "Give both latitude and longitude, or neither.",
        lambda _: said("lat").is_null() & said("lon").is_not_null(),
    )
    yield Rule(
        "coord_incomplete",
        "lon",
        "Give both latitude and longitude, or neither.",
        lambda _: said("lon").is_null() & said("lat").is_not_null(),
    )
    for column in ("lat", "lon"):
        yield Rule("coord_unreadable", column, "Write decimal degrees such as 23.1423.", unread(column))


def _precision() -> Iterator[Rule]:
    yield Rule(
        "required_missing",
        "precision_code",
        "Say how exactly the place is known, 1 to 7.",
        lambda _: pl.col("by_point") & said("precision_code").is_null(),
    )
    yield Rule("unknown_code", "precision_code", "Write a code from 1 to 7.", unread("precision_code"))
    yield Rule("number_unreadable", "uncertainty_m", "Write metres in digits.", unread("uncertainty_m"))
    yield Rule("number_range", "uncertainty_m", "Write metres above 0.", lambda _: known(read("uncertainty_m") <= 0))


def _points() -> Iterator[Rule]:
    yield Rule(
        "swapped_coordinates", "lat", "Latitude and longitude look exchanged: exchange them.", flag("is_swapped")
    )
    yield Rule("coord_range", "lat", "Write degrees: latitude to 90, longitude to 180.", flag("is_off_globe"))
    yield Rule("coord_sign", "lat", "The sign looks wrong: correct it.", flag("is_mirrored"))
    yield Rule("outside_country", "lat", "The point is not in Bangladesh: correct it.", flag("is_outside"))


def _names() -> Iterator[Rule]:
    for column in ("adm2", "adm3", "crossing"):
        yield Rule("unknown_place", column, "Write a code or name of the gazetteer.", flag(f"{column}.unknown"))
        yield Rule(
            "ambiguous_place",
            column,
            "More than one place bears this name: give its code or district.",
            flag(f"{column}.ambiguous"),
        )
    yield Rule(
        "place_hierarchy", "adm3", "The upazila is not in the district: correct one of them.", flag("adm3.elsewhere")
    )
    yield Rule(
        "required_missing", "lat", "Give coordinates, a crossing or a district.", lambda _: pl.col("basis").is_null()
    )


def _agreement() -> Iterator[Rule]:
    yield Rule(
        "district_mismatch", "adm2", "The point is not in the district: correct one of them.", flag("is_elsewhere")
    )
    yield Rule(
        "precision_conflict",
        "precision_code",
        "Say a coarser precision: the place is not given so exactly.",
        flag("is_too_fine"),
    )
    yield Rule(
        "precision_conflict", "uncertainty_m", "Make precision code and uncertainty agree.", flag("is_contradicted")
    )
    yield Rule(
        "centroid_in_disguise",
        "precision_code",
        "The point is the middle of an area: say precision 4 or 5.",
        flag("is_centre"),
    )


RULES: tuple[Rule, ...] = (
    *_faults(),
    *_screened(),
    Rule("repeated_header", "row", "Take the repeated header out.", _header),
    Rule("totals_row", "row", "Take the totals row out: it is no incident.", _totals),
    Rule("required_missing", "source_ref", "Give the reference of the source's own register.", empty("source_ref")),
    Rule("required_missing", "event_type", "Say what kind of event it was.", empty("event_type")),
    Rule("missing_date", "date_start", "Write the day as 2026-03-21.", empty("date_start")),
    *_dates(),
    *_codes(),
    *_counts(),
    *_degrees(),
    *_precision(),
    *_points(),
    *_names(),
    *_agreement(),
)
