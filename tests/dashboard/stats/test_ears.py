"""The monitor of short series: against both oracles, by hand, and where it must be silent."""

import csv
import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.ears import LIMIT, baseline, this_month

REFS = Path(__file__).resolve().parents[2] / "refs" / "monitor"
SURVEILLANCE = json.loads((REFS / "surveillance.json").read_text())
BY_HAND = json.loads((REFS / "python.json").read_text())
with (REFS / "weekly.csv").open() as lines:
    WEEKLY = np.array([int(row["y"]) for row in csv.DictReader(lines)])


@pytest.mark.parametrize(("name", "guard"), [("c1", 0), ("c2", 2)])
def test_oracle_ears(name, guard):
    mean, sd = (column[0, -20:] for column in baseline(WEEKLY[None, :], guard))
    np.testing.assert_allclose(mean + LIMIT * sd, SURVEILLANCE[f"ears_{name}_upper"], rtol=1e-9)
    np.testing.assert_allclose((WEEKLY[-20:] - mean) / sd, BY_HAND[f"ears_{name}_last20"], rtol=1e-9, atol=1e-9)
    assert (WEEKLY[-20:] > mean + LIMIT * sd).tolist() == SURVEILLANCE[f"ears_{name}_alarm"]


def test_this_month_by_hand():
    # 1 a week, then 5 in the last: the sum is 8. The seven sums before, two left out, are 4 each: sd 0, floored at 2
    counts = np.ones((1, 30), dtype=np.int64)
    counts[0, -1] = 5
    found = this_month(counts)
    assert (found.n[0], found.expected[0], found.deviate[0]) == (8, 4, 2)
    assert np.isclose(found.threshold[0], 4 + LIMIT * 2)
    assert found.state.tolist() == ["tested"]
    # and none before: the floor is sqrt(0.5)
    empty = np.zeros((1, 30), dtype=np.int64)
    empty[0, -1] = 5
    assert np.isclose(this_month(empty).deviate[0], 5 / sqrt(0.5))


def test_the_factors_of_overlapping_sums_hold_for_independent_weeks():
    sums = np.lib.stride_tricks.sliding_window_view(np.random.default_rng(3).normal(size=(40_000, 13)), 4, axis=1).sum(
        axis=2
    )
    ahead = sums[:, -1] - sums[:, :7].mean(axis=1)
    assert np.isclose(ahead.var() / 4, (4 + 92 / 49 - 2 / 7) / 4, rtol=0.03)
    assert np.isclose(sums[:, :7].var(axis=1, ddof=1).mean() / 4, 1 - 8 / 21, rtol=0.03)


def test_below_half_a_year_and_below_five_detections_there_is_no_alarm():
    short = this_month(np.full((2, 25), 9))
    assert short.state.tolist() == ["too_short"] * 2
    assert short.n.tolist() == [36, 36]
    assert np.isnan([short.expected, short.deviate, short.threshold, short.p]).all()
    counts = np.zeros((2, 26), dtype=np.int64)
    counts[:, -1] = 4, 5
    found = this_month(counts)
    assert found.state.tolist() == ["quiet", "tested"]
    assert found.p[0] == 1
    assert found.p[1] < 0.05


@pytest.mark.parametrize("shape", [(0, 30), (0, 0), (2, 0), (2, 3)])
def test_nothing_at_all_is_no_fault(shape):
    assert this_month(np.zeros(shape, dtype=np.int64)).p.shape == (shape[0],)


def test_one_wild_series_does_not_make_a_calm_one_ring():
    # 20 series of 10 a month: the same rise is less surprising where all of them scatter widely
    rng = np.random.default_rng(5)
    calm, wild = rng.poisson(2.5, (20, 60)), rng.negative_binomial(2.5 / 3, 1 / 4, (20, 60))
    wild[0] = calm[0]
    calm[:, -4:] = wild[:, -4:] = 6
    assert this_month(wild).p[0] > this_month(calm).p[0]


@given(st.lists(st.lists(st.integers(0, 30), min_size=30, max_size=30), min_size=1, max_size=4))
def test_every_series_has_a_p_and_the_quiet_never_ring(rows):
    found = this_month(np.array(rows))
    assert ((found.p > 0) & (found.p <= 1)).all()
    assert (found.p[found.n < 5] == 1).all()
