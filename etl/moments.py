"""A day with, perhaps, the hour of it: what offices write into a register of hand-overs."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from etl.days import IMPOSSIBLE, UNREADABLE, Written, written
from etl.source import DateOrder

DHAKA = timedelta(hours=6)  # no summer time since 2010
NOON = 12
CLOCK = re.compile(
    r"(?P<day>.*?[^\s,])(?:t|[ ,]+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: ?(?P<zone>z|[+-][0-9]{2}(?::?[0-9]{2})?))?",
    re.IGNORECASE,
)


def moment(text: str, order: DateOrder | None) -> tuple[Written, datetime | None]:
    """What a text says, its digits ASCII: the day in Dhaka, and the moment in UTC where it has an hour."""
    found = CLOCK.fullmatch(text)
    if not found:
        return written(text, order), None
    told = written(found["day"], order)
    if told.problem or told.first is None:
        return told, None
    clock = _clock(found)
    if told.precision != "day" or clock is None:
        return Written(problem=IMPOSSIBLE if told.precision == "day" else UNREADABLE), None
    at = datetime.combine(told.first, clock) - _offset(found["zone"])
    here = (at + DHAKA).date()
    return Written(here, here, "day"), at


def _clock(found: re.Match[str]) -> time | None:
    """None where there is no such hour."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if half == "p" else 0)
    try:
        return time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None:
        return DHAKA
    if zone in "zZ":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset
