"""The usual range of a week and of a period: by hand, against plain chance, and on the safe side."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from dashboard.stats.usual import surprise, usual_range


def test_without_scatter_and_error_the_range_is_poissons():
    low, high = usual_range(np.array([10.0, 0.5]), np.array([10.0, 0.5]), 0.7)
    # of a mean of 10: P(n <= 3) = 0.010, P(n <= 4) = 0.029; P(n <= 16) = 0.973, P(n <= 17) = 0.986
    assert (low[0], high[0]) == (4, 17)
    assert (low[1], high[1]) == (0, 2)  # P(n <= 1) = 0.910, P(n <= 2) = 0.986


def test_scatter_widens_by_variance():
    # mean 20, variance 60: size 20 / 2 = 10, share 1/3
    low, high = usual_range(np.array([20.0]), np.array([20.0]), 3.0)
    assert (low[0], high[0]) == (nbinom.ppf(0.025, 10, 1 / 3), nbinom.ppf(0.975, 10, 1 / 3))
    assert low[0] < poisson.ppf(0.025, 20)
    assert high[0] > poisson.ppf(0.975, 20)


def test_a_mean_that_is_not_well_known_has_a_wider_range_and_none_has_none():
    low, high = usual_range(np.array([20.0, 20.0, np.nan]), np.array([20.0, 30.0, np.nan]), 1.0)
    assert low[1] < low[0]
    assert high[1] > high[0]
    assert np.isnan(low[2])
    assert np.isnan(high[2])


@given(st.integers(1, 60), st.floats(1.0, 4.0), st.integers(0, 2**32))
def test_about_95_in_100_weeks_lie_in_it(mean, dispersion, seed):
    low, high = usual_range(np.array([float(mean)]), np.array([float(mean)]), dispersion)
    rng = np.random.default_rng(seed)
    size, share = mean / max(dispersion - 1, 1e-6), 1 / max(dispersion, 1 + 1e-6)
    weeks = rng.negative_binomial(size, share, 4000)
    assert ((weeks >= low) & (weeks <= high)).mean() > 0.93


def test_a_count_like_its_past_is_no_surprise_and_one_far_off_is():
    past = np.array([[20, 22, 18, 20, 21, 19, 20, 20]] * 3)
    p, low, high = surprise(np.array([20, 60, 2]), past)
    assert p[0] > 0.5
    assert p[1] < 1e-4
    assert p[2] < 1e-3
    assert low[0] <= 20 <= high[0]
    assert (high[1] < 60, low[2] > 2) == (True, True)


def test_a_district_that_never_had_one_is_not_impossible():
    p, low, _ = surprise(np.array([0, 1]), np.zeros((2, 8), dtype=int))
    assert p[0] == 1
    assert 0.01 < p[1] < 0.2  # mean 0.5/8 at most: P(n >= 1) = 0.06, doubled
    assert low.tolist() == [0, 0]


def test_no_change_is_a_surprise_no_more_often_than_its_level():
    rng = np.random.default_rng(5)
    told = [surprise(n[:, -1], n[:, :-1])[0] for n in rng.poisson(8, (400, 12, 9))]
    assert (np.array(told) <= 0.05).mean() < 0.06
