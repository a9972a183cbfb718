"""The weekly monitor of long series: against the oracle, against statsmodels, and where it must be silent."""

import csv
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy
from scipy.stats import false_discovery_control, nbinom, poisson
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from dashboard.stats import farrington
from dashboard.stats.farrington import this_week

REFS = Path(__file__).resolve().parents[2] / "refs" / "monitor"
ORACLE = json.loads((REFS / "surveillance.json").read_text())
with (REFS / "weekly.csv").open() as lines:
    WEEKLY = np.array([int(row["y"]) for row in csv.DictReader(lines)])
LONG = 5 * 52 + 4  # weeks that show five past years in full


@pytest.mark.parametrize("row", range(20))
def test_oracle_farrington(row):
    upto = WEEKLY[None, : ORACLE["week"][row] + 1]
    found = this_week(upto)
    assert found.state.tolist() == ["tested"]
    np.testing.assert_allclose(found.expected, [ORACLE["expected"][row]], rtol=1e-4)
    assert found.threshold[0] == ORACLE["upperbound"][row]
    assert (upto[0, -1] > found.threshold[0]) == ORACLE["alarm"][row]


def test_many_series_at_once_are_each_as_alone_but_for_the_shared_scatter():
    rng = np.random.default_rng(2)
    counts = rng.poisson(np.array([[2.0], [5.0], [9.0]]) * np.ones(LONG))
    together = this_week(counts)
    alone = [this_week(series[None, :]) for series in counts]
    for name in ("expected", "dispersion", "threshold"):
        np.testing.assert_allclose(getattr(together, name), [getattr(one, name)[0] for one in alone], rtol=1e-7)


def test_the_fit_is_that_of_statsmodels():
    # no outlier among 40 or 41 a week, so all weights are 1: seven weeks around now, then nine periods of five
    counts = 40 + (np.arange(LONG) * 7919 % 13 < 6).astype(np.int64)
    week = np.arange(LONG - 1 - 26)
    place = week % 52 - 7
    period = np.where(place < 0, 0, place // 5 + 1)
    design = np.column_stack([period == j for j in range(10)] + [(week - (LONG - 1)) / 52]).astype(float)
    fit = GLM(counts[week], design, family=Poisson()).fit(tol=1e-12)
    found = this_week(counts[None, :])
    np.testing.assert_allclose(found.expected, np.exp(fit.params[0]), rtol=1e-9)
    assert found.dispersion[0] == 1  # less scatter than Poisson is Poisson
    expected, error = np.exp(fit.params[0]), np.exp(fit.params[0]) * fit.normalized_cov_params[0, 0]
    assert found.threshold[0] == poisson.ppf(0.99, expected)
    np.testing.assert_allclose(found.p, nbinom.sf(counts[-1] - 1, expected / error, 1 / (1 + error)), rtol=1e-6)


def test_a_past_outbreak_does_not_hide_a_new_one():
    rng = np.random.default_rng(4)
    calm = rng.poisson(3, LONG)
    calm[-1] = 14
    spoiled = calm.copy()
    spoiled[LONG - 1 - 52 : LONG + 2 - 52] = 30  # three weeks a year ago
    usual, after = this_week(calm[None, :]), this_week(spoiled[None, :])
    assert usual.threshold[0] < 14
    # of five windows of seven weeks three weeks hold 30: unweighted they would expect (32 * 3 + 3 * 30) / 35 = 5.3
    assert after.expected[0] < 4.5
    assert after.threshold[0] < 14


def test_the_last_half_year_teaches_nothing():
    rng = np.random.default_rng(6)
    counts = rng.poisson(3, LONG)
    risen = counts.copy()
    risen[-27:-4] += 20
    assert this_week(counts[None, :]).expected[0] == this_week(risen[None, :]).expected[0]


def test_below_three_years_and_below_five_in_four_weeks_there_is_no_alarm():
    loud = np.full((1, 160), 5)
    assert this_week(loud).state.tolist() == ["tested"]
    short = this_week(loud[:, 1:])
    assert short.state.tolist() == ["too_short"]
    assert np.isnan([short.expected, short.dispersion, short.threshold, short.p]).all()
    quiet = np.zeros((2, LONG), dtype=np.int64)
    quiet[:, -1] = 4, 5
    found = this_week(quiet)
    assert found.state.tolist() == ["quiet", "tested"]
    assert found.p[0] == 1  # stays in the family of the week's tests, and cannot ring
    assert np.isnan(found.expected[0])


@pytest.mark.parametrize("shape", [(0, LONG), (3, 0), (3, 1), (0, 0)])
def test_nothing_at_all_is_no_fault(shape):
    found = this_week(np.zeros(shape, dtype=np.int64))
    assert found.p.shape == found.state.shape == (shape[0],)


def test_sparse_wide_and_empty_series_settle_without_a_word():
    rng = np.random.default_rng(8)
    mean = np.repeat([0.02, 0.1, 0.5, 3.0, 40.0], 20)[:, None] * np.ones(LONG)
    counts = rng.negative_binomial(mean / 2, 1 / 3)
    counts[:, -4:] += 2  # all loud
    counts[0, :-4] = 0
    counts[1, 30:-4] = 0  # gone for years
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = this_week(counts)
    assert (found.state == "tested").all()
    assert (found.expected > 0).all()
    assert ((found.p > 0) & (found.p <= 1)).all()


def test_a_planted_week_rings_among_many_and_the_others_do_not():
    rng = np.random.default_rng(10)
    counts = rng.poisson(2, (128, LONG))
    counts[17, -1] = 16
    found = this_week(counts)
    assert np.flatnonzero(false_discovery_control(found.p) <= 0.05).tolist() == [17]


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from((0.2, 3.0, 50.0)))
def test_the_fit_solved_by_hand_is_the_one_of_the_general_equations(seed, has_trend, mean):
    rng = np.random.default_rng(seed)
    past = rng.poisson(rng.gamma(2.0, mean / 2, (3, 120))).astype(float)
    past[:, ::10] = np.maximum(past[:, ::10], 1)  # this week's own period is seen
    period, years = np.arange(120) % farrington.PERIODS, np.arange(-120, 0) / 52
    weights = rng.uniform(0.2, 1.5, past.shape)
    seasons = (period[:, None] == np.arange(farrington.PERIODS)).astype(float)
    design = np.column_stack([seasons, years]) if has_trend else seasons
    found = farrington._fit(past, period, years if has_trend else None, weights)
    for mine, plain in zip(found, plain_fit(past, design, weights), strict=True):
        np.testing.assert_allclose(mine, plain, rtol=1e-5, atol=1e-7)


def plain_fit(past, design, weights):
    """The same by the general equations of iterated least squares, solved by the library."""
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    n_columns = design.shape[1]
    log_mean, deviance = np.log(past + 0.1), np.full(len(past), np.inf)
    for _ in range(farrington.MAX_STEPS):
        mean = np.exp(log_mean)
        information = ((weights * mean) @ products).reshape(-1, n_columns, n_columns)
        score = (weights * (mean * log_mean + past - mean)) @ design
        coefficients = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        log_mean = np.maximum(coefficients @ design.T, farrington.LOWEST_LOG_MEAN)
        mean, before = np.exp(log_mean), deviance
        deviance = 2 * (weights * (xlogy(past, past) - past * log_mean - past + mean)).sum(axis=1)
        settled = abs(deviance - before) <= farrington.SETTLED * (deviance + 0.1)
        if settled.all():
            break
    inverse = np.linalg.inv(information)
    leverage = weights * mean * (inverse.reshape(-1, n_columns**2) @ products.T)
    now = np.where(settled, np.exp(np.maximum(coefficients[:, 0], farrington.LOWEST_LOG_MEAN)), np.nan)
    return mean, np.clip(leverage, 0, 1 - 1e-9), now, now * inverse[:, 0, 0]
