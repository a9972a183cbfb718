"""What a cell that names some place means: a crossing, an upazila, or a place that only its row can place.

A force writes `Benapole`, `Sapahar upazila` and the name of a village in one and the same column.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from etl.reference import Reference, folded

UPAZILA = re.compile(r"\s+(?:upazila|upazilla|thana|উপজেলা|থানা)$", re.IGNORECASE)
SHORTEST_NEAR = 6  # letters: in a shorter name one slip of the pen makes another place


def column_of(place: str, adm2: str, has_point: bool, reference: Reference) -> tuple[str, str]:
    """(column, what to write into it). A crossing goes before an upazila; both only in the district that is named.

    What is neither stays a place_name, known by its coordinates or district; with neither of those it is asked for
    as a crossing, so that the row is refused by the name that it gives.
    """
    if UPAZILA.search(place):
        return "adm3", UPAZILA.sub("", place)
    districts = reference.place_names["adm2"].get(folded(adm2), ())
    if _is_crossing(folded(place), districts, reference):
        return "crossing", place
    if any(not districts or code[:6] in districts for code in _codes(folded(place), "adm3", reference)):
        return "adm3", place
    return "place_name" if has_point or adm2 else "crossing", place


def _is_crossing(name: str, districts: tuple[str, ...], reference: Reference) -> bool:
    homes = [reference.crossings[code].adm2 for code in _codes(name, "crossing", reference)]
    return any(not districts or home is None or home in districts for home in homes)


def _codes(name: str, level: str, reference: Reference) -> list[str]:
    """The codes that bear this name; where none does, those whose name is one slip of the pen away."""
    names = reference.place_names[level]
    if name in names or len(name) < SHORTEST_NEAR:
        return list(names.get(name, ()))
    near = (each for each in names if Levenshtein.distance(name, each, score_cutoff=1) <= 1)
    return [code for each in near for code in names[each]]
