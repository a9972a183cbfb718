"""Periods by their names and by their neighbours: the last 12 weeks, a month, a year, and the one before or after."""

from datetime import date, timedelta

from dashboard.i18n import N_

Period = tuple[date, date]  # first and last day

DAY = timedelta(days=1)
WEEKS = {
    "4w": (4, N_("Last 4 weeks")),
    "12w": (12, N_("Last 12 weeks")),
    "26w": (26, N_("Last 26 weeks")),
    "52w": (52, N_("Last 52 weeks")),
}
NAMES = {code: words for code, (_, words) in WEEKS.items()} | {
    "year": N_("This year"),
    "last_year": N_("Last year"),
    "all": N_("All data"),
}


def named(code: str, first_day: date, last_day: date) -> Period:
    """A period of NAMES, for data that reach from first_day to last_day."""
    if code in WEEKS:
        return last_day - timedelta(weeks=WEEKS[code][0]) + DAY, last_day
    if code == "all":
        return first_day, last_day
    year = last_day.year - (code == "last_year")
    return date(year, 1, 1), min(date(year, 12, 31), last_day)


def month(year: int, number: int) -> Period:
    """A calendar month."""
    start = date(year, number, 1)
    return start, _following(start, 1) - DAY


def step(period: Period, steps: int) -> Period:
    """The period of the same length some steps later or earlier: whole months move by months, all others by days."""
    start, end = period
    months = _whole_months(period)
    if months:
        moved = _following(start, steps * months)
        return moved, _following(moved, months) - DAY
    days = ((end - start) + DAY) * steps
    return start + days, end + days


def _whole_months(period: Period) -> int:
    """How many calendar months a period is, 0 where it is not made of whole ones."""
    start, after = period[0], period[1] + DAY
    is_whole = start.day == after.day == 1
    return (after.year - start.year) * 12 + after.month - start.month if is_whole else 0


def _following(first_of_month: date, months: int) -> date:
    """The first day of the month that lies so many months later."""
    year, number = divmod(first_of_month.year * 12 + first_of_month.month - 1 + months, 12)
    return date(year, number + 1, 1)
