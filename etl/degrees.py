"""Coordinates as people write them: degrees with minutes and seconds, both axes in one cell, UTM."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import Transformer

LONGEST = 80  # signs: no pair of coordinates is longer
SIGN = {"n": ("lat", 1), "s": ("lat", -1), "e": ("lon", 1), "w": ("lon", -1)}
WORDS = (
    ("উত্তর|উঃ|উ|north", "n"), ("দক্ষিণ|দঃ|দ|south", "s"), ("পূর্ব|পূঃ|পূ|east", "e"), ("পশ্চিম|পঃ|প|west", "w"),
    ("ডিগ্রি|ডিগ্রী|degrees?|deg|º|˚", "°"), ("মিনিট|minutes?|min|[′’‘`´]", "'"), ("সেকেন্ড|seconds?|sec|''|[″”“]", '"'),
)  # fmt: skip
PLAIN = tuple((re.compile(unicodedata.normalize("NFC", words)), sign) for words, sign in WORDS)
PART = re.compile(
    r"(?P<before>[nsew])? ?(?P<minus>-)?(?P<deg>[0-9]{1,3}(?:\.[0-9]{1,12})?)(?: ?°)?"
    r"(?: ?(?P<min>[0-9]{1,2}(?:\.[0-9]{1,10})?) ?')?"
    r"(?: ?(?P<sec>[0-9]{1,2}(?:\.[0-9]{1,8})?) ?\")? ?(?P<after>[nsew])?"
)
UTM = re.compile(
    r"(?:utm |zone )*(?P<zone>4[56]) ?(?P<band>[n-r])?(?: zone)? (?P<e>[0-9]{6}(?:\.[0-9]{1,4})?) ?m?e?[ ;/]+"
    r"(?P<n>[0-9]{7}(?:\.[0-9]{1,4})?) ?m?n?"
)  # zones 45 and 46 and bands N to R hold the whole country
Pair = tuple[float | None, float | None]


def pair(lat: str | None, lon: str | None) -> Pair:
    """Two cells, digits ASCII, of which at least one is no plain number -> degrees; None where unreadable.

    Nothing is mended: an axis is taken from the cell, and from the letters only where one cell holds both.
    """
    if lat is None or lon is None or lat == lon:
        return _both(_plain(lat or lon or ""))
    return _alone(_plain(lat)), _alone(_plain(lon))


def _plain(text: str) -> str:
    if len(text) > LONGEST:
        return ""
    seen = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    plain = seen.casefold().replace("\u2212", "-")
    for words, sign in PLAIN:
        plain = words.sub(sign, plain)
    return " ".join(plain.split())


def _alone(text: str) -> float | None:
    told = _part(text)
    return None if told is None else told[1]


def _part(text: str) -> tuple[str | None, float] | None:
    """(axis, if a letter says it; degrees), or None."""
    found = PART.fullmatch(text)
    if not found or (found["before"] and found["after"]):
        return None
    letter, minutes, seconds = found["before"] or found["after"], float(found["min"] or 0), float(found["sec"] or 0)
    fractional = "." in found["deg"] and (found["min"] or found["sec"])
    if minutes >= 60 or seconds >= 60 or fractional or (letter and found["minus"]):
        return None
    axis, sign = SIGN[letter] if letter else (None, -1 if found["minus"] else 1)
    return axis, sign * round(float(found["deg"]) + minutes / 60 + seconds / 3600, 7)


def _both(text: str) -> Pair:
    """One cell: latitude first, unless letters say otherwise."""
    if grid := UTM.fullmatch(text):
        lon, lat = _from_utm(int(grid["zone"])).transform(float(grid["e"]), float(grid["n"]))
        return round(lat, 6), round(lon, 6)
    for halves in _halves(text):
        first, second = (_part(half) for half in halves)
        if first and second and first[0] != second[0]:
            swapped = first[0] == "lon" or second[0] == "lat"
            return (second[1], first[1]) if swapped else (first[1], second[1])
        if first and second and first[0] is None and all("." in half or "°" in half for half in halves):
            return first[1], second[1]
    return None, None


def _halves(text: str) -> list[tuple[str, str]]:
    """Cut at each comma, semicolon, slash or space; a bare `23,1423` is a decimal comma and no pair."""
    return [(text[: cut.start()], text[cut.end() :]) for cut in re.finditer(r" ?[,;/] ?| ", text)]


@cache
def _from_utm(zone: int) -> Transformer:
    """Imported here: most sheets have no UTM, and pyproj takes a while."""
    from pyproj import Transformer

    return Transformer.from_crs(f"EPSG:326{zone}", "EPSG:4326", always_xy=True)
