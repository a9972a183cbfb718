"""Change arrows on null data that scatter more than Poisson: a table is wrong at most as often as it says."""

from itertools import islice

import numpy as np
import pytest

from benchmarks.statistics_alarms import placed, rises_with_effort, short_tables, tables

REPEATS, LEVEL = 60, 0.05
BOUND = LEVEL + 3 * (LEVEL * (1 - LEVEL) / REPEATS) ** 0.5  # three standard errors of the simulation


def shares(study, mean, dispersion):
    """The share of flags of the product, and of the same without its rule on scatter."""
    flags = study(np.random.default_rng(20261130), mean, dispersion)
    return np.array(list(islice(flags, REPEATS))).mean(axis=0)


@pytest.mark.parametrize(("study", "dispersion"), [(tables, 2), (short_tables, 4)])
def test_a_table_of_null_rows_in_groups_rarely_has_an_arrow(study, dispersion):
    ours, poisson = shares(study, 2, dispersion)
    assert ours <= BOUND < poisson  # by Poisson every second table would have one, so that the bound can fail


def test_a_rise_by_effort_alone_is_rarely_beyond_it():
    ours, by_days = shares(rises_with_effort, 5, 2)
    assert ours <= BOUND < by_days


def test_a_district_that_trebles_still_has_its_arrow():
    ours, _ = shares(placed, 8, 2)
    assert ours > 0.8
