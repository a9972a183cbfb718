"""Periods by name and by neighbour: they touch, have the same length, and whole months stay whole."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import periods

DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))
FIRST, LAST = date(2018, 5, 30), date(2026, 11, 22)


@st.composite
def some(draw):
    start, end = sorted([draw(DAYS), draw(DAYS)])
    return start, end


@given(some())
def test_the_period_after_touches_and_so_does_the_one_before_that(period):
    after = periods.step(period, 1)
    assert after[0] == period[1] + timedelta(days=1)
    assert periods.step(after, -1)[1] == period[1]
    there = periods.step(after, 3)
    if is_of_months(there) == is_of_months(after):  # days that come to fill whole months go on by months
        assert periods.step(there, -3) == after


def is_of_months(period):
    return period[0].day == (period[1] + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("period", "steps", "there"),
    [
        ((date(2024, 2, 1), date(2024, 2, 29)), -12, (date(2023, 2, 1), date(2023, 2, 28))),
        ((date(2026, 1, 1), date(2026, 12, 31)), -1, (date(2025, 1, 1), date(2025, 12, 31))),
        ((date(2025, 12, 1), date(2025, 12, 31)), 1, (date(2026, 1, 1), date(2026, 1, 31))),
        ((date(2026, 8, 31), date(2026, 11, 22)), -1, (date(2026, 6, 8), date(2026, 8, 30))),  # 84 days
        ((date(2026, 6, 8), date(2026, 8, 30)), 1, (date(2026, 8, 31), date(2026, 11, 22))),
    ],
)
def test_whole_months_move_by_months_and_all_else_by_days(period, steps, there):
    assert periods.step(period, steps) == there


@pytest.mark.parametrize(
    ("code", "period"),
    [
        ("4w", (date(2026, 10, 26), LAST)),
        ("12w", (date(2026, 8, 31), LAST)),
        ("year", (date(2026, 1, 1), LAST)),
        ("last_year", (date(2025, 1, 1), date(2025, 12, 31))),
        ("all", (FIRST, LAST)),
    ],
)
def test_a_named_period_ends_with_the_data(code, period):
    assert periods.named(code, FIRST, LAST) == period


def test_every_name_is_a_period_in_its_order():
    for code in periods.NAMES:
        start, end = periods.named(code, FIRST, LAST)
        assert start <= end
