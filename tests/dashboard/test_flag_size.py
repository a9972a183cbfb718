"""Flags of the district charts, the ribbon and the emerging classes: rare on null data, a planted truth is found."""

import numpy as np
import pytest

from benchmarks import statistics_size as size
from dashboard.disclosure import levelled
from dashboard.figures import times

LEVEL = 0.05


def raised(study, runs):
    """The share of made-up data sets that raise the first flag, and the one beside it to compare."""
    rng = np.random.default_rng(20261130)
    return np.array([list(study(rng).values()) for _ in range(runs)], dtype=float).mean(axis=0)


def bound(runs):
    return LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5  # three standard errors of the simulation


def test_a_district_of_its_own_scatter_is_rarely_outside_its_range():
    ours, common = raised(lambda rng: size.small_multiples(rng, 24, 5, (1.001, 10)), 200)
    assert ours <= LEVEL
    assert common > bound(200)  # by one scatter for all it would be, so that the bound can fail


def test_a_district_with_four_times_as_many_is_outside_its_range_and_its_like_are_not():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(40):
        n = rng.negative_binomial(10, 1 / 4, (12, 9))  # 30 a period, variance four times that
        n[3, -1] = rng.negative_binomial(40, 1 / 4)
        _, high, _, q = times.newest(n)
        found.append((q[3] <= LEVEL and n[3, -1] > high[3], (np.delete(q, 3) <= LEVEL).any()))
    seen, others = np.mean(found, axis=0)
    assert seen > 0.8
    assert others < 0.15  # q lets more pass beside a true one


@pytest.mark.parametrize("study", [size.even_border, size.uneven_border])
def test_a_border_without_a_cluster_rarely_has_a_hot_stretch(study):
    assert raised(study, 200)[0] <= bound(200)


def test_what_a_sum_leaves_over_makes_no_cluster_where_the_list_begins():
    told = levelled(np.array([2, 1, 1, 2, 1, 2, 9, 1, 2, 0]))  # 12 of eight: four ones and four twos
    np.testing.assert_array_equal(told, [1, 2, 1, 2, 1, 2, 9, 1, 2, 0])


def test_a_planted_stretch_is_hot():
    rng = np.random.default_rng(7)
    for _ in range(20):
        counts = rng.poisson(2, 160)  # fewer would be refused: their sum would tell that most are ones
        counts[80:83] += rng.poisson(30, 3)
        assert size.along_border(rng, counts)["any hot stretch"]


def test_crossings_without_a_change_rarely_have_an_arrow():
    ours, poisson = raised(size.crossings, 60)
    assert ours <= bound(60) < poisson


def test_planted_growth_is_classed_from_levelled_months_and_nothing_far_from_it():
    rng = np.random.default_rng(7)
    names, is_hot, is_far = zip(
        *(size.growth(rng, "comes with the last three months", 10) for _ in range(6)), strict=True
    )
    assert set(names) == {"consecutive_hot"}
    assert all(is_hot)
    assert not any(is_far)
