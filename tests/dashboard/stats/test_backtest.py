"""The back-test: against the oracle, by hand, and where nothing may be said."""

import json
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.backtest import cells_of, last_month, last_year, pooled, score, uniform

ORACLE = json.loads((Path(__file__).resolve().parents[2] / "refs" / "backtest" / "backtest.json").read_text())
FUTURE, SCORES = np.array(ORACLE["future"]), np.array(ORACLE["score"])
FIELDS = {
    "hits": "hits",
    "hit_rate": "hit_rate",
    "low": "hit_rate_low",
    "high": "hit_rate_high",
    "pai": "pai",
    "pei": "pei",
}


def check(row, scores):
    found = score(scores, FUTURE, row["k"])
    assert found.n == row["n"]
    np.testing.assert_allclose([getattr(found, f) for f in FIELDS], [row[name] for name in FIELDS.values()], rtol=1e-9)


@pytest.mark.parametrize("row", ORACLE["tests"], ids=lambda row: f"{row['k']}-cells")
def test_oracle_backtest(row):
    check(row, SCORES)


@pytest.mark.parametrize("row", ORACLE["uniform"], ids=lambda row: f"{row['k']}-cells")
def test_oracle_backtest_of_the_blind_map(row):
    check(row, uniform(FUTURE[:, None]))


def test_oracle_backtest_of_an_empty_month_is_undefined():
    found = score(SCORES, np.array(ORACLE["zero_future"]["future"]), 3)
    assert found.n == 0
    assert all(isnan(getattr(found, name)) for name in FIELDS)


def test_ties_by_hand():
    # one cell of 3 sure, one place left for two cells with 2 and 4: their mean, 3, is expected. 5 + 3 of 11
    found = score(np.array([9.0, 1.0, 1.0]), np.array([5, 2, 4]), 2)
    assert found.hits == 8
    assert np.isclose(found.pai, 8 / 11 / (2 / 3))
    assert np.isclose(found.pei, 8 / 9)


def test_the_maps_that_need_no_method():
    history = np.arange(26).reshape(2, 13)
    assert last_month(history).tolist() == [12, 25]
    assert last_year(history).tolist() == [sum(range(1, 13)), sum(range(14, 26))]


@pytest.mark.parametrize(
    ("budget", "cells", "k"), [(0.01, 10, 1), (0.05, 100, 5), (0.1, 39, 3), (0.1, 0, 0), (0.29, 100, 29)]
)
def test_an_area_budget_in_cells(budget, cells, k):
    assert cells_of(budget, cells) == k


def planted(origins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A map that knows the two cells in which half of everything falls, one that does not, and what came."""
    rng = np.random.default_rng(4)
    future = rng.poisson(np.array([5.0, 5.0] + [10 / 38] * 38), (origins, 40))
    knows = np.zeros((origins, 40))
    knows[:, :2] = 1
    return knows, rng.random((origins, 40)), future


def test_a_map_that_knows_is_better_and_the_other_worse():
    knows, guesses, future = planted(12)
    found = pooled(knows, guesses, future, 2, np.random.default_rng(1))
    assert found.verdict == "better"
    assert found.pai_low < found.pai < found.pai_high
    share = 2 / 40  # of the area
    limits = (found.hit_rate_low, found.hit_rate, found.hit_rate_high)
    assert limits == pytest.approx((found.pai_low * share, found.pai * share, found.pai_high * share))
    assert 0 < found.pei_low < found.pei < found.pei_high <= 1
    assert 8 < found.pai < 12  # half of everything on a twentieth of the area
    assert np.isclose(found.difference, found.pai - found.rival_pai)
    assert pooled(guesses, knows, future, 2, np.random.default_rng(1)).verdict == "worse"


def test_a_map_is_no_better_than_itself():
    knows, _, future = planted(12)
    found = pooled(knows, knows, future, 2, np.random.default_rng(1))
    assert (found.difference, found.difference_low, found.difference_high) == (0, 0, 0)
    assert found.verdict == "no_better"


def test_limits_of_pei_by_hand():
    # Eight months, in four all 3 of the best possible are met, in four 1 of 2: 16 of 20. Of eight months drawn anew,
    # the share of good ones lies with 95 % between 1 and 7 of 8, or wider: 1 good is 10 of 17, 7 good are 22 of 23.
    scores, future = np.tile([1.0, 0.0], (8, 1)), np.array([[3, 0], [1, 2]] * 4)
    found = pooled(scores, scores, future, 1, np.random.default_rng(1))
    assert (found.pei, found.pei_low, found.pei_high) == pytest.approx((16 / 20, 10 / 17, 22 / 23))
    steady = pooled(scores, scores, np.tile([4, 1], (8, 1)), 1, np.random.default_rng(1))
    assert (steady.hit_rate_low, steady.hit_rate_high, steady.pei_low, steady.pei_high) == (0.8, 0.8, 1, 1)


def test_p_of_the_difference_by_hand():
    # better by one hit in each of 8 origins: as far apart only if all coins fall alike, 2 in 2^8 = 0.0078
    scores, rival = np.tile([1.0, 0.0], (8, 1)), np.tile([0.0, 1.0], (8, 1))
    found = pooled(scores, rival, np.tile([2, 1], (8, 1)), 1, np.random.default_rng(1))
    assert found.p == pytest.approx(2 / 256, abs=0.01)
    assert found.verdict == "better"


def test_pooled_is_a_ratio_of_sums_by_hand():
    # first month 1 of 1, second 1 of 9: 2 of 10 on half of the area, not the mean of 1 and 1/9
    found = pooled(
        np.array([[1.0, 0.0]] * 2), np.zeros((2, 2)), np.array([[1, 0], [1, 8]]), 1, np.random.default_rng(1)
    )
    assert np.isclose(found.hit_rate, 0.2)
    assert np.isclose(found.pai, 0.4)
    assert np.isclose(found.pei, 2 / 9)
    assert found.rival_pai == 1
    assert all(isnan(low) for low in (found.pai_low, found.hit_rate_low, found.pei_low))
    assert found.verdict == "undefined"  # two origins


def test_seven_origins_have_no_interval_and_eight_have():
    for origins, known in ((7, False), (8, True)):
        knows, guesses, future = planted(origins)
        found = pooled(knows, guesses, future, 2, np.random.default_rng(1))
        assert isnan(found.difference_low) != known


def test_nothing_came_at_all():
    found = pooled(np.zeros((12, 5)), np.zeros((12, 5)), np.zeros((12, 5), dtype=int), 1, np.random.default_rng(1))
    assert found.n == 0
    assert found.verdict == "undefined"
    assert isnan(found.pai)


@pytest.mark.parametrize(("scores", "k"), [([1.0, 2.0], 0), ([1.0, 2.0], 3), ([1.0, float("nan")], 1)])
def test_an_area_outside_the_mask_or_a_cell_without_a_score_is_refused(scores, k):
    with pytest.raises(ValueError, match="every cell has a score"):
        score(np.array(scores), np.array([1, 1]), k)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=20), st.data())
def test_hits_lie_between_nothing_and_the_best_and_do_not_know_the_order(rows, data):
    k = data.draw(st.integers(1, len(rows)))
    scores, future = np.array([r[0] for r in rows], dtype=float), np.array([r[1] for r in rows])
    found = score(scores, future, k)
    if found.n:
        assert 0 <= found.low <= found.hit_rate + 1e-12
        assert found.hit_rate <= found.high + 1e-12
        assert found.pei <= 1 + 1e-12
        order = np.array(data.draw(st.permutations(range(len(rows)))))
        np.testing.assert_allclose(score(scores[order], future[order], k).hits, found.hits, atol=1e-9)
