"""The words of a screen: English in the source, Bangla from a catalogue; numbers and dates by CLDR."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path

from babel.core import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from dashboard.settings import thresholds

FOLDER = Path(__file__).parent / "locale"
MINUS = "\u2212"
# Babel knows a locale's grouping, names and numbering system, but writes its digits in Latin all the same.
DIGITS = {"latn": "0123456789", "beng": "০১২৩৪৫৬৭৮৯"}
CLDR = {"bn": "bn_BD"}  # where the country changes how numbers are written
DAY = {"en": "d MMM y"}
UNKNOWN = "–"


def N_(sentence: str) -> str:  # the name that gettext tools know
    """Marks a sentence for the catalogue where it is written apart from the call that translates it."""
    return sentence


@cache
def languages() -> dict[str, str]:
    """Language code to its own name; a catalogue in the folder is a language."""
    codes = ["en", *sorted(path.stem for path in FOLDER.glob("*.po"))]
    return {code: Locale(code).get_display_name(code) or code for code in codes}


@cache
def catalogue(language: str) -> dict[str, str]:
    """English sentence to its translation; empty for English. Raises FileNotFoundError for a language without one."""
    if language == "en":
        return {}
    with (FOLDER / f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


@dataclass(frozen=True)
class Text:
    """One language's voice. Calling it translates a sentence and writes its numbers and dates in that language."""

    language: str = "en"

    def __call__(self, sentence: str, **values: object) -> str:
        """The sentence with its values set in. A sentence without a translation stands in English."""
        return self.filled(catalogue(self.language).get(sentence) or sentence, **values)

    def filled(self, sentence: str, **values: object) -> str:
        """A sentence that is of this language already, as lists of data have it, with its values set in.

        Each may name `k`, under which a count is withheld, and `most_withheld`, the most that such a one can be.
        """
        if "{k}" in sentence or "{most_withheld}" in sentence:
            k = thresholds().inside
            values = {"k": k, "most_withheld": k - 1} | values
        return sentence.format(**{name: self.value(value) for name, value in values.items()})

    def value(self, value: object) -> str:
        """A value as a person of this language reads it; a text stays as it is."""
        if value is None:
            return UNKNOWN
        if isinstance(value, datetime | date):
            return self.day(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value)
        return str(value)

    def number(self, value: float | int | None, pattern: str | None = None) -> str:
        """A number with this language's digits and grouping; `–` where it is unknown or undefined."""
        if value is None or value != value:
            return UNKNOWN
        return _number(value or 0, pattern, self._cldr)  # a negative zero is equal to it, and reads as another

    def percent(self, share: float | None) -> str:
        """A share of one as whole per cent; `–` where it is undefined."""
        if share is None or share != share:
            return UNKNOWN
        written = self.digits(format_percent(share, format="#,##0%", locale=self._cldr))
        return written.replace("-", MINUS)

    def day(self, day: date) -> str:
        """22 Nov 2026 / ২২ নভেম্বর ২০২৬."""
        return _day(day, DAY.get(self.language, "d MMMM y"), self._cldr)

    def month(self, day: date) -> str:
        """Nov 2026 / নভেম্বর ২০২৬."""
        return self.digits(format_date(day, "MMM y", locale=self._cldr))

    def month_name(self, number: int) -> str:
        """Jan to Dec / জানুয়ারী to ডিসেম্বর, for 1 to 12."""
        return format_date(date(2026, number, 1), "LLL", locale=self._cldr)

    def weekday(self, day: date) -> str:
        """Mon / সোম."""
        return self.digits(format_date(day, "EEE", locale=self._cldr))

    def digits(self, latin: str) -> str:
        """A text whose digits are those of this language. Never for identifiers."""
        return latin.translate(_digits(self._cldr))

    @property
    def _cldr(self) -> str:
        return CLDR.get(self.language, self.language)


# A page writes some thousand numbers and days, most of them small or said before.
@lru_cache(maxsize=20_000)
def _number(value: float, pattern: str | None, cldr: str) -> str:
    written = format_decimal(value, format=pattern, locale=cldr)
    return written.translate(_digits(cldr)).replace("-", MINUS)


@lru_cache(maxsize=5_000)
def _day(day: date, pattern: str, cldr: str) -> str:
    return format_date(day, pattern, locale=cldr).translate(_digits(cldr))


@cache
def _digits(cldr: str) -> dict[int, int]:
    own = DIGITS.get(Locale.parse(cldr).default_numbering_system or "latn", DIGITS["latn"])
    return str.maketrans(DIGITS["latn"], own)
