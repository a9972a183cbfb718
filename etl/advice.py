"""What to do about a row, where more can be said than the rule says: names of the gazetteer and numbers as read."""

from __future__ import annotations

import polars as pl

from etl.mojibake import mended
from etl.names import candidates as alike
from etl.names import match
from etl.reference import Reference
from etl.rule import Advice

SHOWN = 5  # codes


def candidates(level: str, column: str) -> Advice:
    """Places whose names look like what was typed."""

    def advise(rows: pl.DataFrame, reference: Reference) -> list[str | None]:
        texts = rows[column].to_list()
        return [_offered("Perhaps", alike(level, text, reference), reference) if text else None for text in texts]

    return advise


def namesakes(level: str, column: str) -> Advice:
    """The places that bear the name."""

    def advise(rows: pl.DataFrame, reference: Reference) -> list[str | None]:
        return [_namesakes((level,), text, reference) for text in rows[column].to_list()]

    return advise


def namesakes_of_place(rows: pl.DataFrame, reference: Reference) -> list[str | None]:
    """The crossings, or else the upazilas, that bear the name."""
    return [_namesakes(("crossing", "adm3"), text, reference) for text in rows["place_name"].to_list()]


def _namesakes(levels: tuple[str, ...], text: str | None, reference: Reference) -> str | None:
    found = (match(level, text or "", reference).codes for level in levels)
    return _offered("One name for", next(filter(None, found), ()), reference)


def _offered(words: str, codes: tuple[str, ...], reference: Reference) -> str | None:
    if not codes:
        return None
    shown = " or ".join(named(code, reference) for code in codes[:SHOWN])
    return f"{words} {shown}: write the code."


def named(code: str, reference: Reference) -> str:
    """`Jashore (BD4041)`; an upazila with its district."""
    label = reference.labels.get(code, "")
    district = reference.labels.get(code[:6], "") if len(code) > len("BD4041") and code.startswith("BD") else ""
    return f"{label}{', ' if district else ''}{district} ({code})" if label else code


def both_districts(rows: pl.DataFrame, reference: Reference) -> list[str | None]:
    """Where the point lies, and where it was said to lie."""
    pairs = zip(rows["inside.code"].to_list(), rows["adm2.at"].to_list(), strict=True)
    return [
        f"The point is in {named(inside, reference) if inside else 'no district'}, "
        f"the row says {named(told, reference)}: correct one of them."
        for inside, told in pairs
    ]


def swapped(rows: pl.DataFrame, _: Reference) -> list[str | None]:
    """The axes the other way round."""
    return [f"Exchanged? Then it is latitude {lon:.5f}, longitude {lat:.5f}." for lat, lon in _degrees(rows)]


def mirrored(rows: pl.DataFrame, _: Reference) -> list[str | None]:
    """Both axes north and east."""
    return [f"Is it latitude {abs(lat):.5f}, longitude {abs(lon):.5f}?" for lat, lon in _degrees(rows)]


def off_globe(rows: pl.DataFrame, _: Reference) -> list[str | None]:
    """A longitude that went once round the globe too often."""
    round_ = [(lat, lon - 360 if lon > 180 else lon + 360) for lat, lon in _degrees(rows)]
    return [
        f"Is it longitude {lon:.5f}?" if abs(lat) <= 90 and abs(lon) <= 180 else None for lat, lon in round_
    ]  # fmt: skip


def _degrees(rows: pl.DataFrame) -> list[tuple[float, float]]:
    return list(rows.select("lat.read", "lon.read").iter_rows())


def repaired(column: str, level: str) -> Advice:
    """A place's name as it was before it was read in the wrong encoding, where the gazetteer knows it."""

    def advise(rows: pl.DataFrame, reference: Reference) -> list[str | None]:
        return [_repaired(text or "", level, reference) for text in rows[column].to_list()]

    return advise


def _repaired(text: str, level: str, reference: Reference) -> str | None:
    codes = match(level, mended(text) or "", reference).codes
    return _offered("Read in the wrong encoding; it was", codes, reference)
