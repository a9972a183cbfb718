"""Names of places to codes: official names, old and other spellings, and one slip of the pen."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from etl.reference import Reference, folded

LONGEST = 60  # signs: no name is longer
FEWEST_LETTERS = 6  # of a name that may be one edit off
ALIKE = 75.0  # per cent: what is worth offering
MOST_OFFERED = 3
KIND_WORDS = {
    "adm2": re.compile(unicodedata.normalize("NFC", r"(?:^(?:district|zila|জেলা) )|(?: (?:district|zila|জেলা)$)")),
    "adm3": re.compile(
        unicodedata.normalize(
            "NFC",
            r"(?:^(?:upazila|upazilla|thana|উপজেলা|থানা) )|(?: (?:upazila|upazilla|thana|উপজেলা|থানা)$)",
        )
    ),
}


class Match(NamedTuple):
    """The codes that a text may mean, and how it was read: `exact`, `alias`, `fuzzy`, or None for no code."""

    codes: tuple[str, ...]
    method: str | None
    similarity: float


NOTHING = Match((), None, 0.0)


def match(level: str, text: str, reference: Reference) -> Match:
    """A name as written -> its codes in one level of the gazetteer: adm2, adm3, crossing or country."""
    return _match(level, text, reference) if len(text) <= LONGEST else NOTHING


@lru_cache(maxsize=20_000)
def _match(level: str, text: str, reference: Reference) -> Match:
    name = folded(text)
    bare = KIND_WORDS[level].sub("", name) if level in KIND_WORDS else name
    for asked in dict.fromkeys((name, bare)):
        if codes := reference.place_names[level].get(asked):
            return Match(codes, "exact" if _is_official(level, text, name, reference) else "alias", 1.0)
    return _fuzzy(level, bare, reference)


def _is_official(level: str, text: str, name: str, reference: Reference) -> bool:
    """Written as the gazetteer writes it, without invisible signs."""
    return name in reference.official_names[level] and all(unicodedata.category(c) != "Cf" for c in text)


def _fuzzy(level: str, name: str, reference: Reference) -> Match:
    """One edit from the names of one place, in one script, at least one of them long enough."""
    script = _script(name)
    near = _near(level, script, name, reference) if script else []
    codes = {code for spelling in near for code in reference.place_names[level][spelling]}
    if len(codes) != 1 or max(_letters(spelling) for spelling in near) < FEWEST_LETTERS:
        return NOTHING
    similarity = max(Levenshtein.normalized_similarity(name, spelling) for spelling in near)
    return Match(tuple(codes), "fuzzy", round(similarity, 3))


def _near(level: str, script: str, name: str, reference: Reference) -> list[str]:
    spellings = _spellings(level, reference).get(script, [])
    found = process.extract(name, spellings, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
    return [spelling for spelling, _, _ in found]


def candidates(level: str, text: str, reference: Reference) -> tuple[str, ...]:
    """Codes whose names look like a text that resolved to none, the likeliest first."""
    if len(text) > LONGEST:
        return ()
    name, spellings = folded(text), [s for listed in _spellings(level, reference).values() for s in listed]
    found = process.extract(name, spellings, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=4 * MOST_OFFERED)
    codes = dict.fromkeys(code for spelling, _, _ in found for code in reference.place_names[level][spelling])
    return tuple(codes)[:MOST_OFFERED]


@lru_cache(maxsize=16)
def _spellings(level: str, reference: Reference) -> dict[str, list[str]]:
    """The names of a level by script; codes are of none."""
    listed: dict[str, list[str]] = {}
    for spelling in reference.place_names[level]:
        if script := _script(spelling):
            listed.setdefault(script, []).append(spelling)
    return listed


def _script(name: str) -> str | None:
    """`LATIN` or `BENGALI` where all letters are of it and there is no digit."""
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in name if unicodedata.category(c)[0] in "LN"}
    return scripts.pop() if len(scripts) == 1 and scripts <= {"LATIN", "BENGALI"} else None


def _letters(name: str) -> int:
    return sum(unicodedata.category(c)[0] == "L" for c in name)
