"""Terms end on the day that a person finds with a calendar in hand; nothing takes less than no time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.clocks import Calendar, over_from, quantile

FRIDAY, SATURDAY = 5, 6
EVE = "2026-02-19"  # a Thursday; the 21st, a holiday, is a Saturday
BANGLADESH = Calendar((FRIDAY, SATURDAY), np.array(["2026-02-21", "2026-03-26", "2026-12-16"], "datetime64[D]"))
DAYS = st.integers(0, 4000).map(lambda n: np.array([np.datetime64("2020-01-01") + n]))
TERMS = st.integers(1, 200)


def last_day(start, term, unit, calendar=BANGLADESH):
    """The last day on which it is still in time."""
    begins = np.array([start], "datetime64[m]")
    too_late = over_from(begins, np.array([False]), term, unit, calendar)
    return str((too_late - np.timedelta64(1, "m")).astype("datetime64[D]")[0])


@pytest.mark.parametrize(
    ("start", "term", "unit", "expected"),
    [
        (EVE, 1, "working_days", "2026-02-22"),  # Sunday
        ("2026-02-20", 1, "working_days", "2026-02-22"),  # from a Friday the same
        ("2026-03-25", 1, "working_days", "2026-03-29"),  # Thursday the 26th is a holiday, then the weekend
        ("2026-12-15", 2, "working_days", "2026-12-20"),  # the 16th a holiday: the 17th, then Sunday
        (EVE, 90, "days", "2026-05-20"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2026-02-28", 1, "months", "2026-03-28"),
        ("2026-08-31", 6, "months", "2027-02-28"),
        (EVE, 72, "hours", "2026-02-22"),  # the hour is not known: from the end of that day
    ],
)
def test_a_term_ends_on_the_day_that_a_calendar_in_hand_gives(start, term, unit, expected):
    assert last_day(start, term, unit) == expected


def test_hours_run_from_the_hour_where_it_is_known():
    begins = np.array(["2026-03-01T10:30"], "datetime64[m]")
    too_late = over_from(begins, np.array([True]), 72, "hours", BANGLADESH)
    assert str(too_late[0]) == "2026-03-04T10:30"


@given(DAYS, TERMS)
def test_a_working_day_is_never_a_weekend_or_a_holiday_and_the_term_counts_back(day, term):
    end = BANGLADESH.after(day, term)
    assert int(BANGLADESH.between(day, end)[0]) == term
    assert (end.astype(int)[0] + 3) % 7 + 1 not in (FRIDAY, SATURDAY)  # 1970-01-01 was a Thursday
    assert end[0] not in BANGLADESH.holidays
    assert end[0] >= day[0] + term


@given(DAYS, TERMS)
def test_more_holidays_never_bring_the_end_nearer(day, term):
    more = Calendar(BANGLADESH.weekend, np.sort(np.append(BANGLADESH.holidays, day + 3)))
    assert more.after(day, term)[0] >= BANGLADESH.after(day, term)[0]


@given(DAYS, TERMS, st.sampled_from(["hours", "days", "working_days", "months"]))
def test_a_longer_term_never_ends_sooner_and_never_before_it_begins(day, term, unit):
    begins, known = day.astype("datetime64[m]"), np.array([False])
    ends = [over_from(begins, known, each, unit, BANGLADESH)[0] for each in (term, term + 1)]
    assert begins[0] < ends[0] <= ends[1]


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 5)), min_size=1, max_size=12), st.sampled_from([0.5, 0.9])
)
def test_a_quantile_is_that_of_the_values_written_out(told, share):
    days, n = (np.array(each) for each in zip(*told, strict=True))
    assert quantile(days, n, share) == pytest.approx(np.quantile(np.repeat(days, n), share))


def test_no_duration_is_negative_and_none_is_of_nothing():
    with pytest.raises(ValueError, match="before it begins"):
        quantile(np.array([-1]), np.array([3]), 0.5)
    assert np.isnan(quantile(np.zeros(0, int), np.zeros(0, int), 0.5))


def test_a_week_without_a_working_day_is_no_calendar():
    with pytest.raises(ValueError, match="left for work"):
        Calendar(tuple(range(1, 8)), np.zeros(0, "datetime64[D]"))


def test_a_term_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one unit"):
        last_day(EVE, 0, "days")
