"""Effort: rates against the oracle of ratios, and what may be said of a rise."""

import json
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.effort import explanation, recorded, states
from dashboard.stats.small_numbers import RateRatio, rate_ratio

REFS = Path(__file__).resolve().parents[2] / "refs" / "smalln"
ORACLE = json.loads((REFS / "smalln.json").read_text())["rate_ratio_95"]
RISE, FLAT, FALL = RateRatio(2, 1.2, 3, 0.01), RateRatio(1.1, 0.6, 1.8, 0.7), RateRatio(0.5, 0.3, 0.8, 0.01)
FROM_NOTHING = RateRatio(nan, 1.5, nan, 0.01)


@pytest.mark.parametrize("row", ORACLE, ids=lambda r: f"{r['a']}-{r['b']}-in-{r['t_b']}")
def test_oracle_rate_ratio_by_effort(row):
    # a period of ten unit-weeks whose hours add up to the oracle's time, detections in the first
    now, before = (
        recorded(np.array([row[n]] + [0] * 9), np.full(10, row[t] / 10)) for n, t in (("a", "t_a"), ("b", "t_b"))
    )
    assert now.withheld is before.withheld is None
    found = rate_ratio(now.n_within, now.effort, before.n_within, before.effort)
    expected = [nan if row[name] is None else row[name] for name in ("ratio", "low", "high")]
    np.testing.assert_allclose([found.ratio, found.low, found.high], expected, rtol=1e-9)
    assert isnan(found.p) if row["a"] + row["b"] == 0 else np.isclose(found.p, row["p_exact"], rtol=1e-9)


def test_recorded_by_hand():
    # five unit-weeks: 30 and 10 hours with 4 and 2 detections; none sent, 3 seen; not recorded, 1 seen; none, none
    found = recorded(np.array([4, 2, 3, 1, 0]), np.array([30, 10, 0, nan, 0]))
    assert (found.n_within, found.effort, found.n_outside, found.n_unknown) == (6, 40, 3, 1)
    assert found.share_missing == 0.2
    assert found.withheld is None  # a fifth is missing, not more


@pytest.mark.parametrize(
    ("n", "effort", "reason"),
    [
        ([], [], "no_unit_weeks"),
        ([1, 1, 1], [nan, 5, 5], "effort_missing"),
        ([0, 0], [nan, nan], "effort_missing"),
        ([0, 2], [0, 0], "no_effort"),
    ],
)
def test_without_effort_there_is_no_rate(n, effort, reason):
    assert recorded(np.array(n, dtype=np.int64), np.array(effort)).withheld == reason


def test_effort_below_nothing_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        recorded(np.array([1]), np.array([-1.0]))


def test_a_quiet_unit_without_effort_is_unknown_and_never_known():
    n, effort = np.array([0, 0, 0, 3, 3, 3]), np.array([5, 0, nan, 5, 0, nan])
    assert states(n, effort).tolist() == ["known", "unknown", "unknown", "known", "outside_effort", "unknown"]


@pytest.mark.parametrize(
    ("count", "rate", "effort_ratio", "said"),
    [
        (FLAT, RISE, 2, "no_rise"),
        (FALL, FALL, 2, "no_rise"),
        (RISE, None, nan, "unknown"),
        (RISE, RISE, 2, "beyond_effort"),
        (RISE, FLAT, 1.5, "explained_by_effort"),
        (RISE, FALL, 4, "explained_by_effort"),
        (RISE, FLAT, 1.0, "as_recorded"),
        (FROM_NOTHING, FLAT, 3, "explained_by_effort"),
        (FROM_NOTHING, FROM_NOTHING, 3, "beyond_effort"),
        (RateRatio(nan, nan, nan, nan), FLAT, 3, "no_rise"),
    ],
)
def test_what_effort_says_of_a_rise(count, rate, effort_ratio, said):
    assert explanation(count, rate, effort_ratio) == said


def test_twice_the_patrols_and_twice_the_detections_by_hand():
    # 40 against 20 in 28 days each is evident (p = 0.013); in 400 and 200 hours it is the same rate
    count, rate = rate_ratio(40, 28, 20, 28), rate_ratio(40, 400, 20, 200)
    assert explanation(count, rate, 2.0) == "explained_by_effort"


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 50) | st.just(nan)), max_size=30))
def test_no_detection_is_lost(unit_weeks):
    n, effort = np.array([w[0] for w in unit_weeks], dtype=np.int64), np.array([w[1] for w in unit_weeks], dtype=float)
    found = recorded(n, effort)
    assert found.n_within + found.n_outside + found.n_unknown == n.sum()
    assert (found.effort > 0) or found.withheld is not None
