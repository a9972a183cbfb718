"""Near repeats: against the oracle, and by hand."""

import csv
import json
from itertools import combinations
from math import hypot
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.near_repeat import SPACE_M, TIME_D, knox, shown_p

REFS = Path(__file__).resolve().parents[2] / "refs" / "nearrepeat"
KNOWN = json.loads((REFS / "knox.json").read_text())
PLACES = st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=50, max_size=60)


def events() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (REFS / "events.csv").open() as lines:
        rows = [(float(row["x_km"]), float(row["y_km"]), float(row["day"])) for row in csv.DictReader(lines)]
    x_km, y_km, day = np.array(rows).T
    assert (day == day.round()).all()
    return x_km * 1000, y_km * 1000, day.astype(np.int64)


@pytest.mark.parametrize("case", KNOWN["tests"], ids=lambda c: f"{c['space_km']}km-{c['time_days']}d")
def test_oracle_nearrepeat(case):
    found = knox(*events(), (case["space_km"] * 1000.0,), (case["time_days"],), np.random.default_rng(1))
    assert found.observed.tolist() == [[case["observed"]]]
    assert found.permutations == KNOWN["B"]
    assert found.p[0, 0] == pytest.approx(case["p_mc"], abs=0.01)
    assert found.expected[0, 0] == pytest.approx(case["mc_mean"], rel=0.15)  # another seed, of 999
    assert found.expected[0, 0] == pytest.approx(case["expected_product"], rel=0.15)


def test_oracle_nearrepeat_bands_add_up_to_the_four_counts():
    found = knox(*events(), (2_000.0, 5_000.0), (7, 14), np.random.default_rng(1))
    together = found.observed.cumsum(axis=0).cumsum(axis=1)
    assert together.ravel().tolist() == [case["observed"] for case in KNOWN["tests"]]


def test_fewer_than_five_expected_pairs_are_too_few_to_test():
    found = knox(*events(), (2_000.0, 5_000.0), (7, 14), np.random.default_rng(1))
    np.testing.assert_array_equal(np.isnan(shown_p(found)), found.expected < 5)
    assert np.isnan(shown_p(found)[0, 0])


def test_pairs_of_fifty_places_by_hand():
    # 48 lone places 100 km apart, and two 2 km apart, 7 days: one pair, at the end of both bands and counted in.
    # All days but one alike: the pair is 7 days apart if one of its two places gets that day, in 2 of 50 deals.
    x_m = np.append(np.arange(48) * 100_000.0, [-100_000.0, -102_000.0])
    day = np.append(np.zeros(49, dtype=np.int64), 8)
    found = knox(x_m, np.zeros(50), day, (2_000.0, 5_000.0), (7, 14), np.random.default_rng(0))
    assert found.observed.tolist() == [[0, 1], [0, 0]]
    assert found.expected[0, 1] == pytest.approx(2 / 50, abs=0.02)
    assert found.ratio[0, 1] == pytest.approx(1 / found.expected[0, 1])
    assert np.isnan(found.ratio[1]).all()  # nothing is expected 2 to 5 km apart
    assert found.p[1].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("n", "refused"), [(0, "too_few_records"), (49, "too_few_records"), (20_001, "too_many_records")]
)
def test_too_few_or_too_many_are_refused(n, refused):
    found = knox(np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.int64), SPACE_M, TIME_D, np.random.default_rng(0))
    assert found.refused == refused
    for nothing in (found.observed, found.expected, found.ratio, found.p, shown_p(found)):
        assert np.isnan(nothing).all()


def test_all_on_one_day_is_no_near_repeat():
    x_m = np.arange(60) * 500.0
    found = knox(x_m, np.zeros(60), np.zeros(60, dtype=np.int64), SPACE_M, TIME_D, np.random.default_rng(0))
    assert (found.p == 1).all()
    np.testing.assert_array_equal(found.ratio[:, 0], [1, 1, 1])


def test_the_same_seed_gives_the_same_p():
    one, two = (knox(*events(), SPACE_M, TIME_D, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.p, two.p)


@settings(max_examples=10, deadline=None)
@given(PLACES)
def test_every_pair_is_counted_once_in_its_band(rows):
    x_m, y_m, day = np.array(rows).T
    expected = np.zeros((2, 2), dtype=int)
    for (x1, y1, d1), (x2, y2, d2) in combinations(rows, 2):
        distance, apart = hypot(x1 - x2, y1 - y2), abs(d1 - d2)
        if distance <= 5 and apart <= 4:
            expected[int(distance > 2), int(apart > 1)] += 1
    found = knox(x_m.astype(float), y_m.astype(float), day, (2.0, 5.0), (1, 4), np.random.default_rng(0))
    assert found.observed.tolist() == expected.tolist()
