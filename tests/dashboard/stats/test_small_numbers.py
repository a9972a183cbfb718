"""Intervals, ratios and shrunken rates: against the oracles, and by hand."""

import csv
import json
from math import exp, inf, isnan, log, nan, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, gamma
from scipy.stats import t as student

from dashboard.stats.small_numbers import (
    RateRatio,
    change,
    count_interval,
    eb_low,
    eb_prior,
    eb_rates,
    figures,
    is_peak,
    listed,
    rate_ratio,
    share_interval,
    verdict,
)

REFS = Path(__file__).resolve().parents[2] / "refs" / "smalln"
SMALLN = json.loads((REFS / "smalln.json").read_text())
WORDS = {"no evidence of change": "no_evidence", "rise": "rise", "fall": "fall"}
COUNTS = st.integers(0, 200)
TIMES = st.floats(0.5, 500)


def areas() -> dict[str, np.ndarray]:
    with (REFS / "eb.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def or_nan(value: float | None) -> float:
    return nan if value is None else value


def test_oracle_count_interval():
    rows = SMALLN["count_interval_95"]
    low, high = count_interval(np.array([row["n"] for row in rows]))
    np.testing.assert_allclose(low, [row["low"] for row in rows], rtol=1e-9)
    np.testing.assert_allclose(high, [row["high"] for row in rows], rtol=1e-9)


@pytest.mark.parametrize("row", SMALLN["rate_ratio_95"], ids=lambda r: f"{r['a']}-{r['b']}-in-{r['t_b']}")
def test_oracle_rate_ratio(row):
    found = rate_ratio(row["a"], row["t_a"], row["b"], row["t_b"])
    nothing = row["a"] + row["b"] == 0  # the file keeps p = 1 there; ours is undefined
    expected = [or_nan(row[name]) for name in ("ratio", "low", "high")] + [nan if nothing else row["p_exact"]]
    np.testing.assert_allclose([found.ratio, found.low, found.high, found.p], expected, rtol=1e-9)
    said = "none_in_either" if nothing else WORDS[row["wording"]]
    assert verdict(found, row["a"], row["b"]) == said


def test_oracle_eb():
    known = areas()
    prior = eb_prior(known["n"].astype(np.int64), known["exposure"])
    np.testing.assert_allclose(prior, [SMALLN["eb"]["b"], SMALLN["eb"]["a"]], rtol=1e-9)
    np.testing.assert_allclose(eb_rates(known["n"].astype(np.int64), known["exposure"]), known["eb"], rtol=1e-9)


def test_no_detection_is_compatible_with_up_to_three_point_seven():
    # P(0 | mean) = exp(-mean) = 0.025 at mean = -log 0.025 = 3.689
    low, high = count_interval(np.array([0]))
    assert low[0] == 0
    assert np.isclose(high[0], -log(0.025))


def test_six_against_none_in_equal_times_by_hand():
    # each of 6 falls on either side by a fair coin: all on one side 2/64
    found = rate_ratio(6, 28, 0, 28)
    assert np.isclose(found.p, 2 / 64)
    assert isnan(found.ratio)
    assert isnan(found.high)
    # lower limit: pi^6 = 0.025, turned into the ratio pi / (1 - pi)
    pi = 0.025 ** (1 / 6)
    assert np.isclose(found.low, pi / (1 - pi))
    assert verdict(found, 6, 0) == "rise"


def test_words_follow_p_also_where_the_interval_covers_one():
    # 8 in 1 day against 5 in 2: each of 13 is now by chance 1/3. P(8 or more) = 0.0347 is above 0.025, so the
    # interval covers 1; of the other side only 0 is as unlikely, (2/3)^13 = 0.0051: p = 0.0398
    found = rate_ratio(8, 1, 5, 2)
    assert found.low < 1 < found.high
    assert np.isclose(found.p, 0.0398, atol=5e-5)
    assert verdict(found, 8, 5) == "rise"
    assert verdict(RateRatio(0.5, 0.2, 0.98, 0.05), 5, 8) == "no_evidence"  # evidence is p below 0.05, not at it


def test_nothing_in_either_is_no_number():
    found = rate_ratio(0, 28, 0, 28)
    assert all(map(isnan, (found.ratio, found.low, found.high, found.p)))
    assert verdict(found, 0, 0) == "none_in_either"


@settings(deadline=None)
@given(
    st.integers(0, 100_000), st.integers(0, 300_000), st.sampled_from([(1, 1), (28, 28), (84, 365), (31, 28), (7, 3)])
)
@example(0, 1, (1, 1))
@example(5, 5, (1, 1))
@example(1, 0, (84, 365))  # a lone outcome that nothing on the other side is as likely as
def test_p_is_that_of_the_binomial_test(a, b, times):
    if a + b:
        t_a, t_b = times
        assert rate_ratio(a, t_a, b, t_b).p == pytest.approx(binomtest(a, a + b, t_a / (t_a + t_b)).pvalue, rel=1e-6)


@settings(deadline=None)
@given(COUNTS, TIMES, COUNTS, TIMES)
def test_the_ratio_lies_within_its_limits(a, t_a, b, t_b):
    found = rate_ratio(a, t_a, b, t_b)
    if b > 0:
        assert found.low <= found.ratio <= found.high < inf
    if a + b > 0:
        assert found.low >= 0
        assert 0 <= found.p <= 1


@settings(deadline=None)
@given(COUNTS, TIMES, COUNTS, TIMES)
def test_turning_the_periods_round_turns_the_ratio_round(a, t_a, b, t_b):
    there, back = rate_ratio(a, t_a, b, t_b), rate_ratio(b, t_b, a, t_a)
    np.testing.assert_allclose(there.p, back.p, rtol=1e-9)
    if a > 0 and b > 0:
        np.testing.assert_allclose(there.ratio * back.ratio, 1, rtol=1e-9)
        np.testing.assert_allclose([there.low * back.high, there.high * back.low], 1, rtol=1e-6)
    opposite = {"rise": "fall", "fall": "rise"}
    said = verdict(there, a, b)
    assert verdict(back, b, a) == opposite.get(said, said)


@pytest.mark.parametrize(("a", "t_a", "b", "t_b"), [(-1, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, nan), (1, 1, 1, -2)])
def test_a_negative_count_or_no_time_is_refused(a, t_a, b, t_b):
    with pytest.raises(ValueError, match="times above 0"):
        rate_ratio(a, t_a, b, t_b)


def test_a_negative_count_has_no_interval():
    with pytest.raises(ValueError, match="0 or more"):
        count_interval(np.array([3, -1]))


@pytest.mark.parametrize("row", SMALLN["rate_ratio_95"], ids=lambda r: f"{r['a']}-{r['b']}-in-{r['t_b']}")
@pytest.mark.parametrize("dispersion", [1.0, 1.2, nan])
def test_oracle_change_without_wide_scatter_is_the_exact_ratio(row, dispersion):
    counts = row["a"], row["t_a"], row["b"], row["t_b"]
    np.testing.assert_equal(change(*counts, dispersion, 50), rate_ratio(*counts))


def test_a_change_of_scattered_weeks_by_hand():
    # 40 against 20: log 2 = 0.693, sqrt(2 (1/40 + 1/20)) = sqrt(0.15) = 0.387, t of 50 degrees 2.009
    found = change(40, 28, 20, 28, 2.0, 50)
    assert found.ratio == 2
    np.testing.assert_allclose(
        [found.low, found.high], [2 * exp(-2.00856 * sqrt(0.15)), 2 * exp(2.00856 * sqrt(0.15))], rtol=1e-5
    )
    assert np.isclose(found.p, 2 * student.sf(log(2) / sqrt(0.15), 50))
    assert verdict(found, 40, 20) == "no_evidence"  # the exact p, which takes them for Poisson, is 0.013
    assert verdict(rate_ratio(40, 28, 20, 28), 40, 20) == "rise"


def test_a_change_to_or_from_nothing_takes_groups_for_one_each():
    # 12 in groups of 2 are 6: by a fair coin all on one side 2/64
    found = change(12, 28, 0, 28, 2.0, 50)
    assert np.isclose(found.p, 2 / 64)
    assert isnan(found.ratio)
    assert verdict(found, 12, 0) == "rise"
    back = change(0, 28, 12, 28, 2.0, 50)
    assert back.ratio == 0
    assert np.isclose(back.p, 2 / 64)
    alone = change(1, 1, 0, 99, 2.0, 50)  # not one group, though that place in time is chosen by 1 in 100
    assert alone.p == 1
    assert verdict(alone, 1, 0) == "no_evidence"


def test_a_change_of_nothing_is_no_number():
    np.testing.assert_equal(change(0, 28, 0, 28, 3.0, 50), RateRatio(nan, nan, nan, nan))


@given(st.integers(1, 200), TIMES, st.integers(1, 200), TIMES, st.floats(1.21, 9), st.floats(1, 60))
def test_wider_scatter_never_makes_a_change_more_evident(a, t_a, b, t_b, dispersion, df):
    narrow, wide = change(a, t_a, b, t_b, dispersion, df), change(a, t_a, b, t_b, dispersion + 1, df)
    assert wide.low <= narrow.low <= narrow.ratio <= narrow.high <= wide.high
    assert wide.p >= narrow.p
    assert (narrow.p < 0.05) == (not narrow.low <= 1 <= narrow.high)


def test_a_row_of_a_table_has_its_arrow_by_q():
    assert listed("rise", 0.05) == "rise"
    assert listed("fall", 0.051) == "no_evidence"
    assert listed("rise", nan) == "no_evidence"
    assert listed("none_in_either", nan) == "none_in_either"


@pytest.mark.parametrize(
    ("a", "b", "told"), [(9, 0, "counts"), (4, 6, "ratio"), (500, 19, "ratio"), (0, 20, "percent"), (0, 0, "counts")]
)
def test_no_ratio_below_ten_and_no_percentage_on_fewer_than_twenty(a, b, told):
    assert figures(a, b) == told


def test_a_ratio_without_p_is_no_evidence():
    assert verdict(RateRatio(nan, nan, nan, nan), 3, 0) == "no_evidence"


def test_eb_of_two_areas_by_hand():
    # mean (0+8)/2 = 4, spread (16+16)/2 = 16, variance 16 - 4 = 12; weight 12/(12+4) = 3/4: 4 -+ 3
    n, e = np.array([0, 8]), np.ones(2)
    assert eb_prior(n, e) == (4, 12)
    np.testing.assert_allclose(eb_rates(n, e), [1, 7], rtol=1e-12)
    # prior Gamma(16/12, 4/12); after 8 in one unit Gamma(16/12 + 8, 4/12 + 1), whose mean is 7
    np.testing.assert_allclose(eb_low(n, e)[1], gamma.ppf(0.05, 28 / 3, scale=3 / 4), rtol=1e-9)


@given(st.lists(st.tuples(COUNTS, TIMES), min_size=1, max_size=30))
def test_a_shrunken_rate_lies_between_the_raw_one_and_the_mean(rows):
    n, e = np.array([n for n, _ in rows]), np.array([e for _, e in rows])
    mean, raw, theta = eb_prior(n, e)[0], n / e, eb_rates(n, e)
    slack = 1e-9 * (1 + raw)
    assert (theta >= np.minimum(raw, mean) - slack).all()
    assert (theta <= np.maximum(raw, mean) + slack).all()
    assert not np.isnan(eb_low(n, e)).any()


@pytest.mark.parametrize("counts", [[0, 0, 0], [3, 3, 3], [7]])
def test_where_chance_explains_the_spread_every_rate_is_the_mean(counts):
    n, e = np.array(counts), np.ones(len(counts))
    for rates in (eb_rates(n, e), eb_low(n, e)):
        np.testing.assert_allclose(rates, np.full(len(counts), counts[0]))
    assert not is_peak(n).any()


@pytest.mark.parametrize("e", [[], [1.0, 0.0], [1.0, nan], [1.0, -1.0]])
def test_an_area_without_exposure_is_refused(e):
    with pytest.raises(ValueError, match="exposure"):
        eb_rates(np.zeros(len(e), dtype=np.int64), np.array(e))


def test_a_peak_has_five_detections_of_its_own_and_stands_out():
    quiet = np.zeros(100, dtype=np.int64)
    for own, flagged in ((4, False), (5, True), (60, True)):
        quiet[3] = own
        assert np.flatnonzero(is_peak(quiet)).tolist() == ([3] if flagged else [])
    # mean 20.8: the rate of the cell with 45 is surely above 1.5 times that, with 75 above 2.6
    busy = np.array([10] * 49 + [30] * 49 + [45, 75])
    assert np.flatnonzero(is_peak(busy)).tolist() == [99]


@pytest.mark.parametrize(
    ("part", "n", "low", "high"), [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (20, 20, 0.8316, 1.0)]
)
def test_a_share_has_the_printed_exact_limits(part, n, low, high):
    assert share_interval(part, n) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_undefined_and_no_part_is_more_than_the_whole():
    assert all(isnan(end) for end in share_interval(0, 0))
    with pytest.raises(ValueError, match="no more than the whole"):
        share_interval(3, 2)
