"""What is wrong in a mapping file whose keys are right: headers, codes and patterns that cannot be meant."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from etl.arrange import BETWEEN_CODES
from etl.records import SHEET
from etl.reference import Names, Reference, folded, folded_code
from etl.source import same_header
from etl.values import CODED, DEGREES, LISTED, YES_NO

Wrong = tuple[str, str]  # the key, and what to do
COLUMNS = (*SHEET, "invented", "country")
NEEDED = ("source_ref", "event_type", "date_start")
LEVELS = {
    "adm2": "adm2", "adm3": "adm3", "crossing": "crossing", "origin_adm2": "adm2",
    "country": "country", "destination_country": "country",
}  # fmt: skip
MOST_LISTED = 12


def wrong_headers(columns: Mapping[str, str], ignored: Sequence[str], given: Sequence[str]) -> Iterator[Wrong]:
    """Unknown columns, headers said twice, and columns that a row cannot do without. `given` have a default."""
    for header, column in columns.items():
        if column not in COLUMNS:
            yield f"columns.{header}", f"There is no column {column!r}: see docs/sheet.md."
    counted = Counter(same_header(header) for header in (*columns, *ignored))
    for header in (each for each, n in counted.items() if n > 1):
        yield f"columns.{header}", "The header is named twice, or mapped and ignored: keep one."
    have = {*columns.values(), *given}
    for column in (each for each in NEEDED if each not in have):
        yield "columns", f"No header becomes {column}: name the one that does."
    if len(have.intersection(DEGREES)) == 1:
        yield "columns", "Name the headers of both lat and lon."


def wrong_words(
    codes: Mapping[str, Mapping[str, str]], taken: Sequence[str], defaults: Mapping[str, str], reference: Reference
) -> Iterator[Wrong]:
    """Translations and defaults that are no code or name, or of a column that has none. `taken` have a header."""
    for column, words in codes.items():
        if column not in taken:
            yield f"codes.{column}", "No header becomes this column: name it under [columns], or take this out."
        for word, code in words.items():
            yield from ((f"codes.{column}.{word}", fix) for fix in _misfit(column, code, reference))
    for column, text in defaults.items():
        yield from ((f"defaults.{column}", fix) for fix in _misfit(column, text, reference))


def wrong_encoding(encoding: str | None) -> Iterator[Wrong]:
    """An encoding that Python does not know as one of text."""
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        yield "encoding", "There is no such encoding: write utf-8, utf-16 or cp1252."


def wrong_shape(shape: str | None) -> Iterator[Wrong]:
    """A pattern that is none."""
    try:
        pl.Series([""]).str.contains(whole(shape or ""))
    except pl.exceptions.ComputeError:
        yield "reference.shape", r"It is no regular expression: write one, as '^[0-9]{10}$'."


def whole(shape: str) -> str:
    """A pattern that the whole text must fit."""
    return f"^(?:{shape})$"


def _misfit(column: str, text: str, reference: Reference) -> Iterator[str]:
    if column in LISTED:
        parts, names = BETWEEN_CODES.split(text), reference.code_names["trail"]
    else:
        parts, names = [text], _names(column, reference)
    if not names:
        yield "This column holds no codes and no names of places: take it out."
    elif not all(folded_code(part) in names or folded(part) in names for part in parts):
        yield f"There is no {text!r}: write {_some(column, reference)}."


def _names(column: str, reference: Reference) -> Names:
    if column == "invented":
        return {word: (word,) for word in YES_NO}
    if column == "place_name":  # which names a crossing or an upazila, where it is in the gazetteer
        return {**reference.place_names["crossing"], **reference.place_names["adm3"]}
    if column in LEVELS:
        return reference.place_names[LEVELS[column]]
    return reference.code_names[CODED[column]] if column in CODED else {}


def _some(column: str, reference: Reference) -> str:
    listed = CODED.get(column, "trail" if column in LISTED else None)
    codes = [code.code for code in reference.codes if code.list == listed]
    return f"one of {', '.join(codes[:MOST_LISTED])}" if codes else "a code or name of the gazetteer"
