"""Pooled scatter of weeks: by hand, Poisson is 1, groups are their size, and a common level changes nothing."""

import numpy as np
import pytest

from dashboard.stats.dispersion import pooled


def test_one_block_by_hand():
    # 1, 3, 1, 3: mean 2, squared distances 4, over 3 * 2
    assert pooled(np.array([[1, 3, 1, 3]])) == pytest.approx((4 / 6, 3))


def test_a_series_weighs_by_what_it_counted():
    # 4, 0, 0, 0 beside 100 four times: distances 12, over 3 * 101; df 3 * 101^2 / (1 + 100^2)
    assert pooled(np.array([[4, 0, 0, 0], [100] * 4])) == pytest.approx((12 / 303, 3 * 101**2 / 10001))


def test_a_level_that_moves_between_blocks_is_no_scatter():
    assert pooled(np.array([[1] * 4 + [50] * 4])).dispersion == 0


def test_without_a_count_nothing_is_known():
    for n in (np.zeros((3, 8), dtype=int), np.zeros((0, 8), dtype=int), np.zeros((2, 0), dtype=int)):
        assert np.isnan(pooled(n)).all()


def test_weeks_that_make_no_block_are_refused():
    with pytest.raises(ValueError, match="blocks of 4 weeks"):
        pooled(np.zeros((1, 6), dtype=int))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_detections_in_groups_scatter_by_the_size_of_the_group(size):
    n = size * np.random.default_rng(3).poisson(0.5, (400, 48))
    assert pooled(n).dispersion == pytest.approx(size, rel=0.05)
