"""What the response is measured against: lists of `data/reference` that no load changes, and the working days."""

import csv
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from dashboard.errors import SimantaError
from dashboard.settings import settings
from dashboard.stats.clocks import Calendar

FOLDER = Path(__file__).resolve().parents[2] / "data" / "reference"
SHIPPED = FOLDER / "working_days.csv"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS = range(2000, 2101)
HOW = "Correct the row, or take working_days out of simanta.toml to use the calendar that is shipped."

Row = dict[str, str]


@lru_cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of one list: indicators, plan_points, crime_elements, clock_records, training_modules."""
    return read(FOLDER / f"{name}.csv")


def read(file: Path) -> tuple[Row, ...]:
    """The rows of a CSV file. Raises OSError, UnicodeDecodeError or csv.Error where it is none in UTF-8."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return tuple(csv.DictReader(lines))


def working_days() -> tuple[Calendar, str]:
    """The calendar in force and the first signs of its file's hash, by which a number says what it was counted with.

    It is the file that the setting `working_days` names, else the one that is shipped. Raises SimantaError naming file,
    row and field.
    """
    return _calendar(settings().working_days or SHIPPED)


@lru_cache(maxsize=2)
def _calendar(file: Path) -> tuple[Calendar, str]:
    try:
        told, sign = read(file), sign_of(file)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise _wrong(file, "it cannot be read as a CSV file in UTF-8") from None
    numbered = list(enumerate(told, start=2))
    weekend = tuple(_weekday(file, at, row) for at, row in numbered if row.get("kind") == "weekend")
    days = sorted({day for at, row in numbered if row.get("kind") != "weekend" for day in _holidays(file, at, row)})
    try:
        return Calendar(weekend, np.array(days, dtype="datetime64[D]")), sign
    except ValueError:
        raise _wrong(file, "it leaves no day of the week for work") from None


def sign_of(file: Path) -> str:
    """The first signs of a file's hash, by which a number says what it was counted with."""
    return sha256(file.read_bytes()).hexdigest()[:8]


def _weekday(file: Path, at: int, row: Row) -> int:
    day = (row.get("day") or "").strip().lower()
    if day not in WEEKDAYS:
        raise _wrong(file, f"row {at}, day: a weekend is one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(day) + 1


def _holidays(file: Path, at: int, row: Row) -> Iterable[date]:
    """The days of one row: once on a date, or yearly from its first year on; 29 February in leap years alone."""
    kind, day, first = row.get("kind"), (row.get("day") or "").strip(), (row.get("first_year") or "").strip()
    try:
        if kind == "once":
            return [date.fromisoformat(day)]
        if kind == "yearly":
            leap = date.fromisoformat(f"2000-{day}")
            return [date(year, leap.month, leap.day) for year in _years(first, leap)]
    except ValueError:
        form = "2026-12-16" if kind == "once" else "12-16, and first_year as 2025 or empty"
        raise _wrong(file, f"row {at}, day: it is to be written as {form}") from None
    raise _wrong(file, f"row {at}, kind: it is to be weekend, yearly or once")


def _years(first: str, day: date) -> list[int]:
    is_leap_day = (day.month, day.day) == (2, 29)
    begun = [year for year in YEARS if year >= int(first or YEARS[0])]
    return [year for year in begun if not is_leap_day or (year % 4 == 0 and year != YEARS[-1])]


def _wrong(file: Path, what: str) -> SimantaError:
    return SimantaError("WORKING_DAYS", f"{file.name}: {what}.", HOW)
