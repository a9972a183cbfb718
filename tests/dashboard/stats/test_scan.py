"""The space-time permutation scan: against the oracle, by hand, and where it must be silent."""

import json
from math import isnan, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.scan import cylinders, scan

REFS = Path(__file__).resolve().parents[2] / "refs" / "monitor"
TOY = json.loads((REFS / "python.json").read_text())["stps_toy"]
ZONES = [[0], [1], [2], [3], [4], [0, 1], [1, 2], [2, 3], [3, 4]]
AREAS = np.array([zone + [-1] * (2 - len(zone)) for zone in ZONES])
ALONE = np.arange(6)[:, None]


def test_oracle_scan():
    found = cylinders(np.array(TOY["counts"]), AREAS)
    for row in TOY["ranked"]:
        place = ZONES.index(row["zones"]), row["weeks"] - 1
        assert found.observed[place] == row["observed"]
        np.testing.assert_allclose(found.expected[place], row["expected"], rtol=1e-9)
        np.testing.assert_allclose(found.log_ratio[place], row["llr"], rtol=1e-9)
    ranked = np.sort(found.log_ratio[:, :3].ravel())[::-1]  # the file goes to three weeks, ours to half of eight
    np.testing.assert_allclose(ranked[:6], [row["llr"] for row in TOY["ranked"]], rtol=1e-9)


def planted(rng: np.random.Generator) -> np.ndarray:
    counts = rng.poisson(0.5, (6, 52))
    counts[2, -3:] += 5
    return counts


def test_a_planted_cluster_is_found_where_and_when_it_was_planted():
    found = scan(planted(np.random.default_rng(1)), ALONE, np.random.default_rng(2))
    assert (found.area, found.weeks) == (2, 3)
    assert found.p_records == 1 / 1000
    assert found.p == found.p_weeks < 0.01
    assert found.recurrence_weeks == pytest.approx(1 / found.p)


def test_where_no_shuffle_comes_so_far_the_recurrence_is_a_lower_limit():
    counts = planted(np.random.default_rng(1))
    counts[3, -4:] += 5
    found = scan(counts, np.array([[2, 3]]), np.random.default_rng(2))
    assert found.p == 1 / 1000
    assert found.is_at_least
    assert found.recurrence_weeks == pytest.approx(1000)


def test_the_ratio_of_a_cylinder_by_hand():
    # 30 records: cell 0 has 10 in the last week and 5 before, cell 1 15 before. Expected 15 * 10 / 30 = 5
    counts = np.zeros((2, 12), dtype=np.int64)
    counts[0, -1], counts[0, 0], counts[1, 0] = 10, 5, 15
    found = cylinders(counts, np.array([[0], [1]]))
    assert found.expected[0, 0] == 5
    assert np.isclose(found.log_ratio[0, 0], 10 * log(10 / 5) + 20 * log(20 / 25))
    assert found.log_ratio[1, 0] == 0  # fewer than expected is no cluster


def test_the_same_seed_gives_the_same_p():
    counts = planted(np.random.default_rng(1))
    assert scan(counts, ALONE, np.random.default_rng(7)) == scan(counts, ALONE, np.random.default_rng(7))


def test_p_is_the_share_of_all_orders_that_are_as_good():
    # 2 of the 20 records fall in the last week, both in cell 0, which holds 4: chance C(4,2) / C(20,2) = 6/190
    counts = np.zeros((2, 12), dtype=np.int64)
    counts[0, 0], counts[0, -1], counts[1, 0] = 2, 2, 16
    found = scan(counts, np.array([[0]]), np.random.default_rng(3))
    assert found.weeks == 1
    assert found.p_records == pytest.approx(6 / 190, abs=0.02)
    # shuffled week by week, one of that cell's two groups is the last of twelve in 1 of 6
    assert found.p == found.p_weeks > 0.05


@pytest.mark.parametrize(
    ("shape", "each", "reason"),
    [((6, 11), 5, "too_few_weeks"), ((6, 0), 5, "too_few_weeks"), ((1, 19), 1, "too_few_records")],
)
def test_below_the_minimum_there_is_a_reason_and_no_number(shape, each, reason):
    found = scan(np.full(shape, each), ALONE[: shape[0]], np.random.default_rng(1))
    assert found.withheld == reason
    assert found.area is None
    assert isnan(found.p)
    assert isnan(found.recurrence_weeks)


@pytest.mark.parametrize("areas", [ALONE, np.empty((0, 1), dtype=np.intp)])
def test_where_nothing_is_beyond_expectation_nothing_is_found(areas):
    quiet = np.zeros((6, 30), dtype=np.int64)
    quiet[:, :5] = 3
    found = scan(quiet, areas, np.random.default_rng(1))
    assert found.area is None
    assert found.p == 1
    assert found.withheld is None


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 2))
def test_the_cluster_lies_within_the_mask_and_holds_more_than_expected(seed, mean):
    rng = np.random.default_rng(seed)
    found = scan(rng.poisson(mean, (6, 24)), ALONE, rng)
    if found.area is not None:
        assert 1 <= found.weeks <= 8
        assert found.observed > found.expected
        assert 1 / 1000 <= found.p <= 1
