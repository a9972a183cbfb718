"""The budget and the record of the monitor, by hand."""

from math import inf, isnan, nan

import pytest

from dashboard.stats.alarms import budget, record, recurrence_weeks


def test_the_budget_of_a_year_by_hand():
    # 64 districts by 2 labels at 1 %: 1.28 a week, 66.56 a year; as one family at most 2.6 weeks with any
    found = budget(128, 0.01)
    assert found.at_single_level == pytest.approx(66.56)
    assert found.weeks_with_any == pytest.approx(2.6)
    assert budget(0, 0.01).weeks_with_any == 0


def test_recurrence():
    assert recurrence_weeks(0.001) == pytest.approx(1000)
    assert recurrence_weeks(0.0) == inf
    assert isnan(recurrence_weeks(nan))


def test_the_record_by_hand():
    # 3 of 3 right: all three by chance p^3 = 0.025 at p = 0.292
    found = record(3, 0)
    assert (found.share, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 3))
    assert record(0, 3).high == pytest.approx(1 - 0.025 ** (1 / 3))
    assert isnan(record(0, 0).share)
    with pytest.raises(ValueError, match="0 or more"):
        record(-1, 2)
