"""Concentration: against the oracle, and by hand."""

import json
from math import log, log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.concentration import concentration, indices, lorenz

REFS = Path(__file__).resolve().parents[2] / "refs" / "corridors"
KNOWN = json.loads((REFS / "concentration.json").read_text())
NAMES = ("gini", "theil", "entropy_bits", "evenness", "hhi", "units_for_80pct", "share_top20pct")
COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=30).map(lambda x: np.array(x))


def test_oracle_corridors_concentration():
    found = indices(np.array(KNOWN["x"]))
    np.testing.assert_allclose([found[name] for name in NAMES], [KNOWN[name] for name in NAMES], rtol=1e-9)


def test_oracle_corridors_zeros_are_units_too():
    known = KNOWN["zeros_included"]
    found = indices(np.array(known["x"]))
    for name in ("gini", "entropy_bits", "units_for_80pct"):
        assert found[name] == pytest.approx(known[name], abs=1e-12)


@pytest.mark.parametrize("counts", [[0, 0, 0], [0]])
def test_oracle_corridors_all_zero_is_undefined(counts):
    assert KNOWN["all_zero"] == "undefined"
    found = concentration(np.array(counts), np.random.default_rng(0))
    assert all(np.isnan(m.value) and not m.is_concentrated for m in found.values())
    assert np.isnan(lorenz(np.array(counts))[1]).all()


def test_three_units_by_hand():
    # 1, 0, 3 of 4: sorted shares 0, 1/4, 3/4; Gini (-2*0 + 0*1/4 + 2*3/4)/3 = 1/2; HHI 1/16 + 9/16 = 5/8
    # entropy 1/4*2 + 3/4*log2(4/3); 3/4 is under 80 %: two units; top 20 % of three is one unit
    found = indices(np.array([1, 0, 3]))
    bits = 0.5 + 0.75 * log2(4 / 3)
    expected = [0.5, log(3) - bits * log(2), bits, bits / log2(3), 5 / 8, 2, 3 / 4]
    np.testing.assert_allclose([found[name] for name in NAMES], expected, rtol=1e-12)
    np.testing.assert_allclose(lorenz(np.array([1, 0, 3])), [[0, 1 / 3, 2 / 3, 1], [0, 0, 1 / 4, 1]])


def test_one_unit_is_neither_even_nor_concentrated():
    found = concentration(np.array([7]), np.random.default_rng(0))
    assert np.isnan(found["evenness"].value)
    assert found["gini"].value == 0
    assert not any(m.is_concentrated for m in found.values())


def test_few_records_are_unequal_by_chance_and_not_called_concentrated():
    # 20 records in 100 units leave at least 80 empty, so Gini is 0.8 or more however they fall
    found = concentration(np.random.default_rng(1).multinomial(20, np.full(100, 0.01)), np.random.default_rng(0))
    assert found["gini"].value >= 0.8
    assert not any(m.is_concentrated for m in found.values())


def test_all_records_in_one_unit_are_concentrated_by_every_index():
    found = concentration(np.array([60] + [0] * 39), np.random.default_rng(0))
    assert all(m.is_concentrated for m in found.values())
    assert found["units_for_80pct"].chance_limit > 10
    assert found["gini"].chance_mean < found["gini"].chance_limit < found["gini"].value


def test_the_same_seed_gives_the_same_limits():
    one, two = (concentration(np.array(KNOWN["x"]), np.random.default_rng(5)) for _ in range(2))
    assert one == two


@given(COUNTS)
def test_indices_keep_within_their_bounds(counts):
    n, found = len(counts), indices(counts)
    if counts.sum() == 0:
        return
    bounds = {"gini": (0, 1 - 1 / n), "theil": (0, log(n)), "hhi": (1 / n, 1), "units_for_80pct": (1, n)}
    for name, (low, high) in bounds.items():
        assert low - 1e-12 <= found[name] <= high + 1e-12
    units, records = lorenz(counts)
    assert (records <= units + 1e-12).all()
    # the area between the diagonal and the curve is half of Gini
    assert found["gini"] == pytest.approx(1 - np.trapezoid(records, units) * 2, abs=1e-12)


@given(COUNTS, COUNTS)
def test_each_row_is_measured_by_itself(one, two):
    n = min(len(one), len(two))
    both = indices(np.array([one[:n], two[:n]]))
    for name, values in both.items():
        np.testing.assert_allclose(values, [indices(one[:n])[name], indices(two[:n])[name]], rtol=1e-12, atol=1e-15)
