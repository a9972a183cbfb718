"""The shift of the centre and the origin-fixed test: against the oracle, Fisher, and every arrangement."""

import csv
import json
from itertools import product
from math import comb, isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from dashboard.stats.shift import centre_shift, origin_fixed

REFS = Path(__file__).resolve().parents[2] / "refs" / "corridors"
SAMPLE = Path(__file__).resolve().parents[3] / "data" / "sample"
KNOWN = json.loads((REFS / "concentration.json").read_text())["centre_of_mass"]
N = st.integers(0, 12)


def shift_of(before: np.ndarray, after: np.ndarray, seed: int = 0):
    """Each incident for itself."""
    return centre_shift(before, np.arange(len(before)), after, np.arange(len(after)), np.random.default_rng(seed))


def test_oracle_corridors_centre_of_mass():
    # the oracle's 10 incidents a side are too few to be shown; three times as many have the same centre
    before, after = (np.repeat(KNOWN["km"], 3 * np.array(KNOWN[side])) for side in ("before", "after"))
    found = shift_of(before, after)
    seen = [found.before_km, found.after_km, found.shift_km]
    np.testing.assert_allclose(seen, [KNOWN["before_km"], KNOWN["after_km"], KNOWN["shift_km"]], rtol=1e-9)
    # all went one way: what must be carried how far is the shift itself
    assert found.wasserstein_km == pytest.approx(KNOWN["shift_km"])
    assert found.low_km < KNOWN["shift_km"] < found.high_km


def test_nineteen_incidents_are_too_few():
    assert shift_of(np.ones(19), np.ones(20)).refused == "too_few_before"
    found = shift_of(np.ones(20), np.ones(19))
    assert found.refused == "too_few_after"
    assert isnan(found.shift_km)
    assert isnan(found.low_km)


def test_many_incidents_of_few_bouts_are_too_few():
    for sizes in ([5] * 9, [100] + [1] * 30):  # the second tells as much as (130)^2/(10,000 + 30) = 1.7 equal bouts
        bout = np.repeat(np.arange(len(sizes)), sizes)
        before = np.arange(float(len(bout)))
        found = centre_shift(before, bout, np.arange(20.0), np.arange(20), np.random.default_rng(0))
        assert found.refused == "too_few_before"


def test_a_centre_that_stays_while_both_ends_grow_has_a_distance_but_no_shift():
    # before all at 100 km, after half at 0 and half at 200 km: each is carried 100 km
    found = shift_of(np.full(30, 100.0), np.repeat([0.0, 200.0], 15))
    assert (found.shift_km, found.wasserstein_km) == (0, 100)
    assert found.low_km < 0 < found.high_km


def test_one_place_on_each_side_leaves_no_doubt():
    found = shift_of(np.full(20, 10.0), np.full(20, 400.0))
    assert (found.low_km, found.shift_km, found.high_km) == (390, 390, 390)


def test_incidents_in_bouts_have_a_wider_interval():
    rng = np.random.default_rng(3)
    before, after = (np.repeat(rng.uniform(0, 4000, 20), 5) for _ in range(2))
    bouts = np.repeat(np.arange(20), 5)
    alone, together = (centre_shift(before, b, after, b, np.random.default_rng(0)) for b in (np.arange(100), bouts))
    assert together.high_km - together.low_km > 1.8 * (alone.high_km - alone.low_km)  # sqrt(5) = 2.2 in the long run


def test_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(3)
    before, after = rng.uniform(0, 4000, 40), rng.uniform(0, 4000, 40)
    assert shift_of(before, after, 7) == shift_of(before, after, 7)


def test_a_move_in_the_manner_of_tetulia_2025_is_found():
    """The counts are invented (the fixture says so): the public report is one interception, and no test."""
    made_up = json.loads((REFS / "tetulia_2025.json").read_text())["invented"]
    found = origin_fixed(np.array(made_up["via_tetulia_before_after"]), np.array(made_up["by_any_before_after"]))
    assert (found.share_before, found.share_after) == (1 / 80, 14 / 60)
    assert found.p < 0.001


def test_what_the_fixture_calls_public_of_tetulia_2025_is_in_the_sample_with_its_source():
    public = json.loads((REFS / "tetulia_2025.json").read_text())["public"]
    rows, sources = (read_csv(SAMPLE / name, public["source_ref"]) for name in ("public_reports.csv", "SOURCES.csv"))
    for name in ("date_start", "crossing", "detecting_agency", "legal_basis"):
        assert rows[name] == public[name]
    assert (int(rows["persons"]), int(rows["female"])) == (public["persons"], public["female"])
    assert rows["origin_adm2"] == ""  # four districts do not go in one column, and none was made up
    assert rows["invented"] == "no"
    assert public["address"] in sources.values()


def read_csv(file: Path, source_ref: str) -> dict[str, str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return next(row for row in csv.DictReader(lines) if row["source_ref"] == source_ref)


def test_a_change_in_the_mix_of_origins_is_no_new_crossing():
    # each origin keeps its share (all of the first, none of the second); the pooled share leaps from 1/10 to 9/10
    via, total = np.array([[10, 90], [0, 0]]), np.array([[10, 90], [90, 10]])
    found = origin_fixed(via, total)
    assert (found.share_before, found.share_after) == (0.1, 0.9)
    assert found.p == pytest.approx(1)


def test_a_side_without_detections_is_undefined():
    found = origin_fixed(np.array([[0, 3]]), np.array([[0, 9]]))
    assert isnan(found.share_before)
    assert isnan(found.p)


@pytest.mark.parametrize(("via", "total"), [([[5, 0]], [[4, 9]]), ([[-1, 0]], [[4, 9]])])
def test_more_by_the_crossing_than_by_any_is_refused(via, total):
    with pytest.raises(ValueError, match="via"):
        origin_fixed(np.array(via), np.array(total))


@given(N, N, N, N)
def test_one_origin_is_fishers_exact_test(a, b, c, d):
    if a + c == 0 or b + d == 0:
        return
    found = origin_fixed(np.array([[a, b]]), np.array([[a + c, b + d]]))
    assert found.p == pytest.approx(fisher_exact([[a, b], [c, d]]).pvalue, rel=1e-9)


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=2, max_size=3))
def test_several_origins_are_counted_over_every_arrangement(tables):
    via = np.array([[a, b] for a, b, _, _ in tables])
    total = np.array([[a + c, b + d] for a, b, c, d in tables])
    if 0 in total.sum(axis=0):
        return
    ways: dict[int, int] = {}  # after's sum by the crossing: in how many arrangements
    for by_it in product(range(9), repeat=len(tables)):
        count = 1
        for x, (a, b, c, d) in zip(by_it, tables, strict=True):
            count *= comb(a + b, x) * (comb(c + d, b + d - x) if x <= b + d else 0)
        ways[sum(by_it)] = ways.get(sum(by_it), 0) + count
    seen = ways[int(via[:, 1].sum())]
    expected = sum(n for n in ways.values() if n <= seen) / sum(ways.values())
    assert origin_fixed(via, total).p == pytest.approx(expected, rel=1e-9)
