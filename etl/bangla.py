"""What to do about a refused row, in Bangla, from the English sentence that is stored with it."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache

from etl.reference import ROOT

WORDS = ROOT / "contract" / "fixes_bn.toml"
OF_PLACES = {" or ": " অথবা ", "no district": "কোনো জেলার বাইরে"}  # between names, which stay as they are


@lru_cache(maxsize=20_000)
def in_bangla(fix: str) -> str | None:
    """The advice of a rule, and what it says of this row, each as a sentence; None where a sentence is not known."""
    told = [_sentence(sentence) for sentence in _sentences(fix)]
    return None if None in told else " ".join(filter(None, told))


def _sentences(fix: str) -> list[str]:
    first, dot, rest = fix.partition(". ")
    return [first + dot.strip(), rest] if rest else [fix]


def _sentence(english: str) -> str | None:
    for pattern, bangla in _known():
        if found := pattern.fullmatch(english):
            return bangla.format(**{name: _between(text) for name, text in found.groupdict().items()})
    return None


def _between(text: str) -> str:
    for english, bangla in OF_PLACES.items():
        text = text.replace(english, bangla)
    return text


@cache
def _known() -> list[tuple[re.Pattern[str], str]]:
    """Each sentence as a pattern, with a group for each name in braces."""
    told = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return [(re.compile(_pattern(english)), bangla) for english, bangla in told.items()]


def _pattern(english: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(english))
