"""Dates as offices write them: the days that a text names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from etl.source import DateOrder

LONGEST = 60  # signs: no date is longer
CENTURY = 2000  # of a year of two digits
A_WEEK = timedelta(days=6)
MONTHS = (
    "january|jan|জানুয়ারি|জানুয়ারী|জানু",
    "february|feb|ফেব্রুয়ারি|ফেব্রুয়ারী|ফেব্রু",
    "march|mar|মার্চ",
    "april|apr|এপ্রিল",
    "may|মে",
    "june|jun|জুন",
    "july|jul|জুলাই",
    "august|aug|আগস্ট|আগষ্ট|অগাস্ট",
    "september|sept|sep|সেপ্টেম্বর|সেপ্ট",
    "october|oct|অক্টোবর|অক্টো",
    "november|nov|নভেম্বর|নভে",
    "december|dec|ডিসেম্বর|ডিসে",
)
NUMBER_OF = {
    unicodedata.normalize("NFC", name): f"@{number:02}"
    for number, names in enumerate(MONTHS, start=1)
    for name in names.split("|")
}
NAME = re.compile(rf"(?:{'|'.join(sorted(NUMBER_OF, key=len, reverse=True))})\.?")
NTH = re.compile(r"(?<=[0-9])(?:st|nd|rd|th|লা|রা|ঠা|ই|শে)(?![^\W\d])")
DASHES = re.compile(r" ?(?:[-\u2010-\u2015\u2212]|\bto\b|থেকে|হতে) ?")
AMBIGUOUS, IMPOSSIBLE, UNREADABLE = "ambiguous_date", "impossible_date", "date_unreadable"


class Written(NamedTuple):
    """The first and the last day that a text names and how exactly, or the rule that it breaks."""

    first: date | None = None
    last: date | None = None
    precision: str | None = None
    problem: str | None = None


class _ProblemError(Exception):
    """A text that is shaped like a date and names no one day. Its argument is the rule."""


# --- one text ------------------------------------------------------------------------


def written(text: str, order: DateOrder | None) -> Written:
    """What a text says, its digits ASCII. Without an order, as with `mixed`, only what can be read in one way."""
    return _written(text, order) if len(text) <= LONGEST else Written(problem=UNREADABLE)


@lru_cache(maxsize=20_000)
def _written(text: str, order: DateOrder | None) -> Written:
    try:
        shown = plain(text)
        return _one(shown, order) or _short_form(shown, order) or _two(shown, order) or Written(problem=UNREADABLE)
    except _ProblemError as error:
        return Written(problem=str(error))


def plain(text: str) -> str:
    """Lower case, months as `@03`, one kind of dash and of space, no invisible sign."""
    seen = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    single = " ".join(seen.casefold().replace(",", " ").split())
    return DASHES.sub("-", NTH.sub("", NAME.sub(lambda found: NUMBER_OF[found[0].rstrip(".")], single)))


Groups = Sequence[str]
D, Y, YY, MONTH = "([0-9]{1,2})", "([0-9]{4})", "([0-9]{2})", "@([0-9]{2})"
CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"


def _one(text: str, order: DateOrder | None) -> Written | None:
    """A day, week, month, quarter or year."""
    for pattern, meaning in FORMS:
        if found := pattern.fullmatch(text):
            return meaning(found.groups(default=""), order)
    return None


def _year_first(told: Groups, _: DateOrder | None) -> Written:
    return _day(told[0], told[2], told[3])


def _with_clock(told: Groups, _: DateOrder | None) -> Written:
    """The hour is let go where it is Dhaka's; another offset may move the day."""
    if told[3] not in ("", "+06", "+0600", "+06:00"):
        raise _ProblemError(AMBIGUOUS)
    return _day(*told[:3])


def _short(told: Groups, order: DateOrder | None) -> Written:
    one, _, two, year = told
    if len(year) == 2 and order == "ymd":
        return _day(str(CENTURY + int(one)), two, year)
    known = order if order in ("dmy", "mdy") else proven(one, two) if len(year) == 4 else "either"
    if known == "either":
        raise _ProblemError(AMBIGUOUS)
    return _day(_whole(year), one, two) if known == "mdy" else _day(_whole(year), two, one)


def proven(one: str, two: str) -> str | None:
    """Which order two numbers prove; `either` where they prove none, None where it does not matter."""
    a, b = int(one), int(two)
    if a <= 12 and b <= 12:
        return None if a == b else "either"
    return "dmy" if b <= 12 else "mdy" if a <= 12 else None


def _named_short(told: Groups, order: DateOrder | None) -> Written:
    """16-Sep-24: which number is the year is known where the order of the file is."""
    if order not in ("dmy", "mdy"):
        raise _ProblemError(AMBIGUOUS)
    return _day(_whole(told[2]), told[1], told[0])


def _unclear(_: Groups, __: DateOrder | None) -> Written:
    raise _ProblemError(AMBIGUOUS)


def _quarter(year: str, number: str) -> Written:
    return _months(year, str(3 * int(number) - 2), 3, "quarter")


def _week(told: Groups, _: DateOrder | None) -> Written:
    try:
        first = date.fromisocalendar(int(told[0]), int(told[1]), 1)
    except ValueError as error:
        raise _ProblemError(IMPOSSIBLE) from error
    return Written(first, first + A_WEEK, "week")


FORMS: tuple[tuple[re.Pattern[str], Callable[[Groups, DateOrder | None], Written]], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (rf"{Y}([./-]){D}\2{D}", _year_first),
        (
            rf"{Y}-{YY}-{YY}[t ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,9}})?)? ?(z|[+-][0-9:]{{2,6}})?",
            _with_clock,
        ),
        (rf"{D}([./-]){D}\2({Y[1:-1]}|{YY[1:-1]})", _short),
        (rf"{D}[ -]?{MONTH}[ -]?{Y}", lambda told, _: _day(told[2], told[1], told[0])),
        (rf"{MONTH} ?{D} {Y}", lambda told, _: _day(told[2], told[0], told[1])),
        (rf"{Y}[ -]{MONTH}[ -]{D}", lambda told, _: _day(*told)),
        (rf"{D}[ -]?{MONTH}[ -]?{YY}", _named_short),
        (rf"{MONTH}[ -]?{Y}", lambda told, _: _months(told[1], told[0], 1, "month")),
        (rf"{Y}[ -]?{MONTH}", lambda told, _: _months(told[0], told[1], 1, "month")),
        (rf"{Y}[/-]{D}", lambda told, _: _months(told[0], told[1], 1, "month")),
        (rf"{D}[/-]{Y}", lambda told, _: _months(told[1], told[0], 1, "month")),
        (rf"{MONTH}[ -]{D}|{D}[ -]{MONTH}", _unclear),  # March 24: a day or a year
        (rf"{Y}", lambda told, _: _months(told[0], "1", 12, "year")),
        (rf"{Y}[ -]?q([1-4])", lambda told, _: _quarter(*told)),
        (rf"q([1-4])[ -]?{Y}", lambda told, _: _quarter(told[1], told[0])),
        (rf"{Y}-?w{YY}", _week),
    )
)


def _day(year: str, month: str, day: str) -> Written:
    try:
        only = date(int(year), int(month), int(day))
    except ValueError as error:
        raise _ProblemError(IMPOSSIBLE) from error
    return Written(only, only, "day")


def _months(year: str, month: str, many: int, precision: str) -> Written:
    first, following = int(month), int(month) + many
    try:
        start = date(int(year), first, 1)
        end = date(int(year) + (following - 1) // 12, (following - 1) % 12 + 1, 1) - timedelta(days=1)
    except ValueError as error:
        raise _ProblemError(IMPOSSIBLE) from error
    return Written(start, end, precision)


def _whole(year: str) -> str:
    return year if len(year) == 4 else str(CENTURY + int(year))


# --- spans ---------------------------------------------------------------------------

# The year, and perhaps the month, stands once: 3-9 March 2024, 28 February-3 March 2024, 15-17/09/2023.
SPANS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<d1>[0-9]{1,2})-(?P<d2>[0-9]{1,2})[ -]?@(?P<m2>[0-9]{2})[ -]?(?P<y>[0-9]{4})",
        r"@(?P<m2>[0-9]{2}) ?(?P<d1>[0-9]{1,2})-(?P<d2>[0-9]{1,2}) (?P<y>[0-9]{4})",
        r"(?P<d1>[0-9]{1,2}) ?@(?P<m1>[0-9]{2})-(?P<d2>[0-9]{1,2})[ -]?@(?P<m2>[0-9]{2})[ -]?(?P<y>[0-9]{4})",
        r"@(?P<m1>[0-9]{2})-@(?P<m2>[0-9]{2})[ -]?(?P<y>[0-9]{4})",
        r"(?P<d1>[0-9]{1,2})-(?P<d2>[0-9]{1,2})([./])(?P<m2>[0-9]{1,2})\3(?P<y>[0-9]{4})",
        r"(?P<m2>[0-9]{1,2})([./])(?P<d1>[0-9]{1,2})-(?P<d2>[0-9]{1,2})\2(?P<y>[0-9]{4})",
    )
)


def _short_form(text: str, _: DateOrder | None) -> Written | None:
    for pattern in SPANS:
        if found := pattern.fullmatch(text):
            told = found.groupdict(default="")
            first = _part(told["y"], told.get("m1") or told["m2"], told.get("d1"))
            return _span(first, _part(told["y"], told["m2"], told.get("d2")))
    return None


def _part(year: str, month: str, day: str | None) -> Written:
    return _day(year, month, day) if day else _months(year, month, 1, "month")


def _two(text: str, order: DateOrder | None) -> Written | None:
    """Two whole dates with a dash, a slash or `to` between them."""
    for at, sign in enumerate(text):
        if sign in "-/":
            first, last = _one(text[:at], order), _one(text[at + 1 :], order)
            if first and last:
                return _span(first, last)
    return None


def _span(first: Written, last: Written) -> Written:
    start, end = first.first, last.last
    if start is None or end is None or end < start:
        raise _ProblemError(IMPOSSIBLE)
    return Written(start, end, length(start, end))


def length(start: date, end: date) -> str:
    """A span of at most seven days is a week, a longer one a range."""
    return "day" if start == end else "week" if end - start <= A_WEEK else "range"
