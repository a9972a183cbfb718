"""Capture-recapture on three lists: against the oracle, against Darroch's closed form, and where it is refused."""

import json
from math import isnan, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from dashboard.stats.capture import HISTORIES, Estimate, chao, estimate

ORACLE = json.loads((Path(__file__).resolve().parents[2] / "refs" / "mse" / "mse.json").read_text())


def ordered(counts: dict[str, int]) -> np.ndarray:
    return np.array([counts["".join(map(str, history))] for history in HISTORIES])


CASE, SPARSE = ordered(ORACLE["case1"]["counts"]), ordered(ORACLE["sparse"]["counts"])


@pytest.fixture(scope="module")
def found() -> Estimate:
    return estimate(CASE)


def test_oracle_mse(found):
    named = {"+".join("ABC"[a] + "ABC"[b] for a, b in m.pairs) or "independent": m for m in found.models}
    assert set(named) == set(ORACLE["case1"]["models"])
    for name, known in ORACLE["case1"]["models"].items():
        model = named[name]
        np.testing.assert_allclose([model.unseen, model.total], [known["unseen"], known["N"]], rtol=1e-9)
        np.testing.assert_allclose(
            [model.deviance, model.aic], [known["deviance"], known["aic_like"]], rtol=1e-9, atol=1e-9
        )
        assert model.df == known["df"]
        assert model.is_bound_only == (name == "AB+AC+BC")


def test_oracle_mse_chao():
    for case, counts in (("case1", CASE), ("sparse", SPARSE)):
        np.testing.assert_allclose(chao(counts), ORACLE[case]["chao"]["chao_bias_corrected"], rtol=1e-9)


def test_oracle_mse_sparse_is_refused():
    found = estimate(SPARSE)
    assert found.withheld == "too_few_persons"
    assert found.models == ()
    assert isnan(found.chao)


def test_every_interval_holds_its_estimate_and_no_fewer_than_were_seen(found):
    for model in found.models:
        assert found.n <= model.low < model.total < model.high


def test_the_limits_of_independent_lists_are_those_of_the_closed_form(found):
    # with no dependence the likelihood of N needs only n and the size of each list: Darroch 1958
    n, sizes = CASE.sum(), [CASE[np.array(HISTORIES)[:, i] == 1].sum() for i in range(3)]

    def likelihood(total: float) -> float:
        seen = sum(m * log(m / total) + (total - m) * log(1 - m / total) for m in sizes)
        return gammaln(total + 1) - gammaln(total - n + 1) + seen

    top = -minimize_scalar(
        lambda total: -likelihood(total), bounds=(n + 1, 5 * n), method="bounded", options={"xatol": 1e-8}
    ).fun
    model = found.models[0]
    for limit in (model.low, model.high):
        assert likelihood(limit) == pytest.approx(top - 3.841458820694124 / 2, abs=1e-5)


def test_chao_by_hand():
    # 10 + 8 + 6 seen once, 2 + 1 + 1 twice, 1 three times: 29 + 24 * 23 / (2 * 5) = 84.2
    assert chao(ordered({"100": 10, "010": 8, "001": 6, "110": 2, "101": 1, "011": 1, "111": 1})) == pytest.approx(84.2)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([0] * 7, "too_few_persons"),
        ([30, 30, 9, 30, 0, 0, 0], "too_few_persons"),  # 99
        ([30, 30, 20, 30, 4, 20, 0], "too_few_in_overlap"),  # lists 0 and 2: 4
        ([60, 30, 1, 30, 1, 2, 5], "too_few_seen_twice"),  # 9
        ([60, 30, 2, 30, 1, 2, 5], None),
    ],
)
def test_the_floor_that_failed_is_named(counts, reason):
    assert estimate(np.array(counts)).withheld == reason


@pytest.mark.parametrize("counts", [[1] * 6, [1] * 8, [1, 1, 1, 1, 1, 1, -1]])
def test_a_table_that_is_none_is_refused(counts):
    with pytest.raises(ValueError, match="seven"):
        estimate(np.array(counts))


def test_tables_on_which_a_fit_runs_away_cost_their_model_alone():
    rng = np.random.default_rng(0)
    tables = [rng.poisson(rng.choice([0.5, 3, 30, 200], 7)) for _ in range(8)]
    models = [model for counts in tables for model in estimate(counts).models]
    assert any(isnan(model.total) for model in models)
    assert any(model.low <= model.total <= model.high for model in models)


@settings(max_examples=5)
@given(st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_a_model_has_its_numbers_or_none(counts):
    found = estimate(np.array(counts))
    for model in found.models:
        if isnan(model.total):
            assert isnan(model.low)
        else:
            assert found.n <= model.low <= model.high
            assert model.unseen > 0
