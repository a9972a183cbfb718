"""STL for the picture: against the oracle, and where there is too little for it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.stats.season import split

REFS = Path(__file__).resolve().parents[2] / "refs" / "trend"
ORACLE = json.loads((REFS / "trend.json").read_text())["stl"]
with (REFS / "weekly.csv").open() as lines:
    WEEKLY = np.array([int(row["y"]) for row in csv.DictReader(lines)])


def test_oracle_stl():
    trend, season, rest = split(WEEKLY)
    np.testing.assert_allclose(trend[:5], ORACLE["trend_first5"], rtol=1e-9)
    np.testing.assert_allclose(trend[-5:], ORACLE["trend_last5"], rtol=1e-9)
    np.testing.assert_allclose(season[:5], ORACLE["seasonal_first5"], rtol=1e-9)
    np.testing.assert_allclose(trend + season + rest, WEEKLY, rtol=1e-9, atol=1e-9)


def test_all_zero_stays_zero():
    np.testing.assert_allclose(split(np.zeros(104, dtype=np.int64)), np.zeros((3, 104)), atol=1e-12)


@pytest.mark.parametrize("weeks", [0, 1, 103])
def test_below_two_years_there_is_no_season(weeks):
    assert np.isnan(split(np.ones(weeks, dtype=np.int64))).all()
    assert np.shape(split(np.ones(weeks, dtype=np.int64))) == (3, weeks)
