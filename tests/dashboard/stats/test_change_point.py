"""The one split of a series: against the oracle, by hand, and where nothing may be said."""

import json
from math import isnan, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.change_point import ChangePoint, change_point

REFS = Path(__file__).resolve().parents[2] / "refs" / "trend"
ORACLE = json.loads((REFS / "trend.json").read_text())["changepoint"]


def found_in(counts: list[int], season: np.ndarray | None = None) -> ChangePoint:
    flat = np.ones(len(counts)) if season is None else season
    return change_point(np.array(counts, dtype=np.int64), flat, np.random.default_rng(11))


@pytest.mark.parametrize("case", ["step24", "flat24"])
def test_oracle_change_point(case):
    known, found = ORACLE[case], found_in(ORACLE[case]["x"])
    assert found.index == known["index"]
    np.testing.assert_allclose(found.likelihood_ratio, known["max_lr"], rtol=1e-9)
    np.testing.assert_allclose(found.p, known["p_perm"], atol=0.02)


def test_oracle_change_point_of_nothing_is_undefined():
    # the file keeps ratio 0 and p = 1; ours is undefined
    found = found_in(ORACLE["all_zero"]["x"])
    assert found.withheld == "no_detections"
    assert found.index is None
    assert isnan(found.p)


def test_twelve_quiet_and_twelve_busy_weeks_by_hand():
    # twice the gain: 12*1 log 1 + 12*3 log 3 - 48 log 2, times 2
    found = found_in([1] * 12 + [3] * 12)
    assert found.index == 12
    assert (found.before, found.after) == (1, 3)
    assert np.isclose(found.likelihood_ratio, 2 * (36 * log(3) - 48 * log(2)))
    # of all orders only this one and its mirror are as good: 2 in C(24, 12) = 2.7 million
    assert found.p == 1 / 2000


def test_a_season_that_explains_everything_leaves_no_change():
    season = np.array([0.5] * 12 + [1.5] * 12)
    found = found_in((season * 20).astype(int).tolist(), season)
    assert found.index is None
    assert found.p == 1
    assert found.likelihood_ratio < 1e-9


@pytest.mark.parametrize("level", [1, 7])
def test_a_constant_series_has_no_change(level):
    found = found_in([level] * 30)
    assert found.index is None
    assert found.p == 1
    assert found.withheld is None


@pytest.mark.parametrize(("weeks", "reason"), [(0, "too_few_weeks"), (23, "too_few_weeks"), (24, None)])
def test_the_minimum_is_twenty_four_weeks(weeks, reason):
    assert found_in([1, 2] * (weeks // 2) + [1] * (weeks % 2)).withheld == reason


@settings(max_examples=20)
@given(st.lists(st.integers(0, 9), min_size=24, max_size=60), st.floats(0.2, 5))
def test_the_split_leaves_four_weeks_a_side_and_does_not_know_the_unit_of_the_season(counts, unit):
    found, scaled = found_in(counts), found_in(counts, np.full(len(counts), unit))
    if found.withheld is None:
        assert found.index is None or 4 <= found.index <= len(counts) - 4
        assert 1 / 2000 <= found.p <= 1
        assert np.isclose(found.likelihood_ratio, scaled.likelihood_ratio * unit, atol=1e-6)
        assert found.p == scaled.p
