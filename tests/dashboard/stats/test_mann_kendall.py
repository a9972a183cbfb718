"""Mann-Kendall and Sen's slope: against the oracle, and by hand."""

import json
from math import nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.mann_kendall import mann_kendall, sen_slope

REFS = Path(__file__).resolve().parents[2] / "refs" / "mannkendall"
SERIES = json.loads((REFS / "mannkendall.json").read_text())["series"]
VALUES = st.lists(st.integers(-9, 9), min_size=1, max_size=30).map(lambda x: np.array([x], dtype=float))
ROWS = st.lists(st.lists(st.integers(-2, 2), min_size=12, max_size=12), min_size=2, max_size=4)


@pytest.mark.parametrize("name", SERIES)
def test_oracle_mann_kendall(name):
    known = SERIES[name]
    series = np.array([known["x"]])
    found = mann_kendall(series)
    assert (found.n[0], found.s[0]) == (known["n"], known["S"])
    expected_p = known["p"] if known["n"] >= 10 else nan  # the file keeps the p of a series that is too short
    seen = [found.variance[0], found.z[0], found.p[0]]
    np.testing.assert_allclose(seen, [known["var_S"], known["z"], expected_p], rtol=1e-9, atol=1e-15)
    slope = nan if known["sen_slope"] is None else known["sen_slope"]
    np.testing.assert_allclose(sen_slope(series), [slope], rtol=1e-9, atol=1e-15)


def test_three_values_by_hand():
    # 1 < 3, 1 < 2, 3 > 2: S = 1; var = 3*2*11/18 = 11/3; z = (1 - 1)/sqrt(11/3) = 0; slopes 2, 1/2, -1: median 1/2
    found = mann_kendall(np.array([[1.0, 3.0, 2.0]]))
    assert (found.s[0], found.z[0]) == (1, 0)
    assert found.variance[0] == pytest.approx(11 / 3)
    assert sen_slope(np.array([[1.0, 3.0, 2.0]]))[0] == 0.5


def test_a_series_of_nine_has_no_p():
    assert np.isnan(mann_kendall(np.arange(9.0)[None]).p[0])
    assert mann_kendall(np.arange(10.0)[None]).p[0] < 0.001


def test_undefined_values_are_left_out_of_s_its_variance_and_n():
    whole = mann_kendall(np.array([[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0]]))
    holed = mann_kendall(np.array([[3.0, nan, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, nan, 6.0, 5.0, 3.0, 5.0]]))
    for name in ("n", "s", "variance", "z", "p"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(holed, name))


def test_nothing_but_undefined_values_is_too_few():
    found = mann_kendall(np.full((1, 12), nan))
    assert (found.n[0], found.s[0], found.z[0]) == (0, 0, 0)
    assert np.isnan(found.p[0])
    assert np.isnan(sen_slope(np.full((1, 12), nan))[0])


def test_the_same_number_summed_in_another_order_is_a_tie():
    noisy = np.array([[0.1 + 0.2, 0.3] * 6])
    assert (mann_kendall(noisy).s[0], mann_kendall(noisy).p[0]) == (0, 1)


@given(VALUES)
def test_a_series_read_backwards_has_the_opposite_trend(series):
    forwards, backwards = mann_kendall(series), mann_kendall(series[:, ::-1])
    assert forwards.s[0] == -backwards.s[0]
    np.testing.assert_array_equal(forwards.p, backwards.p)


@given(ROWS)
def test_each_row_is_tested_by_itself(rows):
    series = np.array(rows, dtype=float)
    alone = [mann_kendall(row[None]).z[0] for row in series]
    np.testing.assert_array_equal(mann_kendall(series).z, alone)
