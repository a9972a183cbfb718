"""The trend beyond season: against the oracle, on planted numbers, and where it must be withheld."""

import csv
import json
from datetime import date
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.trend import YEAR_WEEKS, Trend, calendar_months, calendar_weeks, of_months, trend

ROOT = Path(__file__).resolve().parents[3]
REFS = ROOT / "tests" / "refs" / "trend"
ORACLE = json.loads((REFS / "trend.json").read_text())["glm"]
with (REFS / "weekly.csv").open() as lines:
    WEEKLY = np.array([int(row["y"]) for row in csv.DictReader(lines)])
NUMBERS = ("annual_ratio", "low", "high", "p", "dispersion", "recent_dispersion", "recent_df")


def plain(counts: list[int] | np.ndarray) -> Trend:
    """The trend of weeks without Ramadan, Eid or effort."""
    never = np.zeros(len(counts), dtype=bool)
    return trend(np.arange(len(counts)), np.array(counts, dtype=np.int64), never, never, None)


def days(occasion: str) -> np.ndarray:
    with (ROOT / "data" / "reference" / "calendar.csv").open() as lines:
        spans = [row for row in csv.DictReader(lines) if row["occasion"].startswith(occasion)]
    return np.concatenate([np.arange(row["start"], np.datetime64(row["end"]) + 1, dtype="M8[D]") for row in spans])


def test_oracle_trend():
    found = plain(WEEKLY)
    expected = [ORACLE[name] for name in ("annual_ratio", "low", "high", "dispersion")]
    np.testing.assert_allclose([found.annual_ratio, found.low, found.high, found.dispersion], expected, rtol=1e-9)
    assert found.has_season
    assert not found.has_effort


def test_oracle_trend_expected_weeks_are_the_fitted_ones():
    t = np.arange(len(WEEKLY)) / YEAR_WEEKS
    waves = [wave(2 * np.pi * k * t) for k in (1, 2) for wave in (np.sin, np.cos)]
    fitted = np.exp(np.column_stack([np.ones(len(t)), t, *waves]) @ ORACLE["params"])
    found = plain(WEEKLY)
    np.testing.assert_allclose(found.expected, fitted, rtol=1e-9)
    # the limits of week 0 by the slopes alone are not enough; but a mean lies between its own, and the season is 1
    assert ((found.expected_low < fitted) & (fitted < found.expected_high)).all()
    np.testing.assert_allclose(found.season.mean(), 1, rtol=1e-12)


def test_a_doubling_a_year_is_found_exactly_where_there_is_no_chance():
    # 2^(week / 52.1775) times 1000, rounded: the ratio of a year is 2
    found = plain(np.round(1000 * 2 ** (np.arange(156) / YEAR_WEEKS)).astype(int))
    assert np.isclose(found.annual_ratio, 2, rtol=1e-3)
    assert found.dispersion < 0.01
    assert found.recent_dispersion == 1  # never below Poisson
    assert found.p < 1e-6


def test_less_scatter_than_chance_gives_no_narrower_limits_than_poisson():
    # 4 a week for three years: Pearson's chi2 is 0. By Poisson the slope's error is that of a line on t in years
    found = plain([4] * 156)
    t = np.arange(156) / YEAR_WEEKS
    error = 1 / np.sqrt(4 * ((t - t.mean()) ** 2).sum())
    assert np.isclose(found.annual_ratio, 1)
    assert 1.976 < np.log(found.high) / error < 1.1 * 1.976  # t of 150 degrees; the waves take some of the slope


def test_effort_that_doubles_explains_counts_that_double():
    effort = np.where(np.arange(208) < 104, 10.0, 20.0)
    never = np.zeros(208, dtype=bool)
    counts = (effort / 2).astype(np.int64)
    with_effort = trend(np.arange(208), counts, never, never, effort)
    assert with_effort.has_effort
    assert np.isclose(with_effort.annual_ratio, 1)
    assert plain(counts).annual_ratio > 1.2
    for gap in (np.nan, 0.0):
        effort[7] = gap
        assert not trend(np.arange(208), counts, never, never, effort).has_effort


def test_a_quiet_ramadan_is_not_taken_for_a_trend():
    mondays = np.arange("2022-01-03", "2025-01-06", 7, dtype="M8[D]")
    ramadan, eid = calendar_weeks(mondays, days("ramadan"), days("eid"))
    counts = np.where(ramadan, 4, 8)
    found = trend(np.arange(len(mondays)), counts, ramadan, eid, None)
    np.testing.assert_allclose(found.expected, counts, rtol=1e-6)
    # 2022, 2023 and 2024: four or five weeks of Ramadan each
    assert 12 <= ramadan.sum() <= 15
    assert np.isclose(found.season[ramadan].mean() / found.season[~ramadan].mean(), 0.5)


def test_calendar_months_by_hand():
    # Ramadan 2024: 12 March to 10 April; Eid on 11 April
    months = np.arange("2024-02", "2024-06", dtype="M8[M]").astype("M8[D]")
    ramadan, eid, lengths = calendar_months(months, days("ramadan"), days("eid"))
    np.testing.assert_allclose(ramadan, [0, 20 / 31, 10 / 30, 0])
    assert eid.tolist() == [False, False, True, False]
    assert lengths.tolist() == [29, 31, 30, 31]


def test_months_of_unlike_length_and_a_quiet_ramadan_are_explained_exactly():
    # a detection in 1,000 of each day, half as many in Ramadan, twice as many each year
    months = np.arange("2021-01", "2025-01", dtype="M8[M]")
    ramadan, eid, lengths = calendar_months(months.astype("M8[D]"), days("ramadan"), days("eid"))
    number = months.astype(int)
    counts = np.round(1000 * lengths * 2 ** ((number - number[0]) / 12) * 0.5**ramadan).astype(int)
    found = of_months(number, counts, lengths, ramadan, eid)
    assert np.isclose(found.annual_ratio, 2, rtol=1e-3)
    np.testing.assert_allclose(found.expected, counts, rtol=1e-3)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [([50] * 23, "too_few_months"), ([4] * 24, "too_few_incidents"), ([99] * 9 + [0] * 20, "too_few_months_with_any")],
)
def test_few_months_have_no_baseline(counts, reason):
    months = np.arange(np.datetime64("2020-01"), np.datetime64("2020-01") + len(counts))
    ramadan, eid, lengths = calendar_months(months.astype("M8[D]"), days("ramadan"), days("eid"))
    found = of_months(months.astype(int), np.array(counts), lengths, ramadan, eid)
    assert found.withheld == reason
    assert np.isnan(found.expected).all()


def test_a_flag_under_which_nothing_fell_is_left_out():
    rng = np.random.default_rng(5)
    eid = np.arange(156) % 40 == 3
    counts = np.where(eid, 0, rng.poisson(3, 156))
    found = trend(np.arange(156), counts, np.zeros(156, dtype=bool), eid, None)
    assert found.withheld is None
    assert np.isfinite([getattr(found, name) for name in NUMBERS]).all()


def test_calendar_weeks_by_hand():
    # Ramadan 2024 in Bangladesh: Tuesday 12 March to Wednesday 10 April; Eid on Thursday 11 April
    mondays = np.arange("2024-03-04", "2024-04-22", 7, dtype="M8[D]")
    ramadan, eid = calendar_weeks(mondays, days("ramadan"), days("eid"))
    assert ramadan.tolist() == [False, True, True, True, True, False, False]  # of 8 to 14 April only three days
    assert eid.tolist() == [False] * 5 + [True, False]


def test_the_calendar_table_is_whole():
    with (ROOT / "data" / "reference" / "calendar.csv").open() as lines:
        rows = [
            (r["occasion"], *map(date.fromisoformat, (r["start"], r["end"])), r["is_forecast"])
            for r in csv.DictReader(lines)
        ]
    fasts = sorted((start, end) for occasion, start, end, _ in rows if occasion == "ramadan")
    feasts = sorted(start for occasion, start, _, _ in rows if occasion == "eid_ul_fitr")
    assert {(end - start).days for start, end in fasts} <= {28, 29}  # a lunar month
    assert [(feast - end).days for (_, end), feast in zip(fasts, feasts, strict=False)] == [1] * 21
    assert sorted(start.year for occasion, start, _, _ in rows if occasion == "eid_ul_azha") == list(range(2010, 2031))
    assert all((forecast == "yes") == (start.year >= 2026) for _, start, _, forecast in rows)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], "too_few_weeks"),
        ([9] * 51, "too_few_weeks"),
        ([0] * 200, "too_few_incidents"),
        ([1] * 99 + [0] * 50, "too_few_incidents"),
        ([0] * 100 + [500] + [0] * 50, "too_few_weeks_with_any"),
        ([20] * 9 + [0] * 100, "too_few_weeks_with_any"),
    ],
)
def test_below_the_minimum_there_is_a_reason_and_no_number(counts, reason):
    found = plain(counts)
    assert found.withheld == reason
    assert all(isnan(getattr(found, name)) for name in NUMBERS)
    assert found.expected.shape == found.season.shape == (len(counts),)
    assert np.isnan(found.expected).all()


def test_one_year_gives_a_trend_and_no_word_on_season():
    found = plain(np.random.default_rng(3).poisson(5, 60))
    assert found.withheld is None
    assert not found.has_season


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=52, max_size=120), st.integers(0, 51))
def test_a_trend_is_a_number_or_has_a_reason(counts, moved):
    # blocks of zeros are what breaks a fit
    found = plain(np.roll(np.array(counts), moved) * (np.arange(len(counts)) > moved))
    numbers = np.array([getattr(found, name) for name in NUMBERS])
    assert np.isnan(numbers).all() if found.withheld else np.isfinite(numbers).all()
    if found.withheld is None:
        assert 0 < found.low < found.annual_ratio < found.high
        assert 0 <= found.p <= 1
        assert (found.p < 0.05) == (not found.low <= 1 <= found.high)  # one construction: they cannot disagree
