"""The rules of where an incident was: coordinates, how exactly, names, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from etl import advice
from etl.rule import Rule, flag, known, mixed, unread
from etl.values import read, said


def _degrees() -> Iterator[Rule]:
    yield Rule(
        "coord_incomplete",
        "lat",
        "Give both latitude and longitude, or neither.",
        lambda _: said("lat").is_null() & read("lat").is_null() & said("lon").is_not_null(),
    )
    yield Rule(
        "coord_incomplete",
        "lon",
        "Give both latitude and longitude, or neither.",
        lambda _: said("lon").is_null() & read("lon").is_null() & said("lat").is_not_null(),
    )
    for column in ("lat", "lon"):
        yield Rule("number_mixed_script", column, "Write the number in one script.", mixed(column))
        yield Rule("coord_unreadable", column, "Write decimal degrees such as 23.1423.", unread(column))


def _precision() -> Iterator[Rule]:
    yield Rule(
        "required_missing",
        "precision_code",
        "Say how exactly the place is known, 1 to 7.",
        lambda _: pl.col("by_point") & said("precision_code").is_null(),
    )
    yield Rule("number_mixed_script", "precision_code", "Write the code in one script.", mixed("precision_code"))
    yield Rule("unknown_code", "precision_code", "Write a code from 1 to 7.", unread("precision_code"))
    yield Rule(
        "coord_incomplete",
        "lat",
        "A place known so exactly needs its coordinates or a named crossing: give them, or a coarser precision.",
        flag("is_unplaced"),
    )
    yield Rule("number_mixed_script", "uncertainty_m", "Write the number in one script.", mixed("uncertainty_m"))
    yield Rule("number_unreadable", "uncertainty_m", "Write metres in digits.", unread("uncertainty_m"))
    yield Rule("number_range", "uncertainty_m", "Write metres above 0.", lambda _: known(read("uncertainty_m") <= 0))


def _points() -> Iterator[Rule]:
    yield Rule(
        "swapped_coordinates",
        "lat",
        "Latitude and longitude look exchanged: exchange them.",
        flag("is_swapped"),
        advice.swapped,
    )
    yield Rule(
        "coord_range",
        "lat",
        "Write degrees: latitude to 90, longitude to 180; for metres of a grid say which with --crs.",
        flag("is_off_globe"),
        advice.off_globe,
    )
    yield Rule("coord_sign", "lat", "The sign looks wrong: correct it.", flag("is_mirrored"), advice.mirrored)
    yield Rule("outside_country", "lat", "The point is not in Bangladesh: correct it.", flag("is_outside"))


def _names() -> Iterator[Rule]:
    many = "More than one place bears this name: give its code or district."
    for column in ("adm2", "adm3", "crossing"):
        yield Rule(
            "unknown_place",
            column,
            "Write a code or name of the gazetteer.",
            flag(f"{column}.unknown"),
            advice.candidates(column, column),
        )
        yield Rule("ambiguous_place", column, many, flag(f"{column}.ambiguous"), advice.namesakes(column, column))
    yield Rule("ambiguous_place", "place_name", many, flag("place_name.ambiguous"), advice.namesakes_of_place)
    yield Rule(
        "place_hierarchy", "adm3", "The upazila is not in the district: correct one of them.", flag("adm3.elsewhere")
    )
    yield Rule(
        "required_missing", "lat", "Give coordinates, a crossing or a district.", lambda _: pl.col("basis").is_null()
    )


def _agreement() -> Iterator[Rule]:
    yield Rule(
        "district_mismatch",
        "adm2",
        "The point is not in the district: correct one of them.",
        flag("is_elsewhere"),
        advice.both_districts,
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


RULES_OF_PLACES: tuple[Rule, ...] = (*_degrees(), *_precision(), *_points(), *_names(), *_agreement())
