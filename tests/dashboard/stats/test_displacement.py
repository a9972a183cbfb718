"""Weighted displacement differences: against the oracle's 17 cases and the papers, the words, and by hand."""

import json
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.displacement import Wdd, control_distances, reading, wdd, wdq

REFS = Path(__file__).resolve().parents[2] / "refs" / "wdd"
ORACLE = json.loads((REFS / "wdd.json").read_text())
CASES = {case["name"]: case for case in ORACLE["cases"]}
EVEN = np.ones((4, 2))
TABLES = st.lists(st.integers(0, 300), min_size=8, max_size=8).map(lambda x: np.array(x).reshape(4, 2))


def table(case: dict) -> np.ndarray:
    return np.array(
        [case["treated"], case["control"], case.get("disp_treated", [0, 0]), case.get("disp_control", [0, 0])]
    )


def weights(case: dict) -> np.ndarray:
    """The file's areas are control, treated, zone's control, zone."""
    control, treated, zone_control, zone = case.get("area_weights", [1, 1, 1, 1])
    return np.outer([treated, control, zone, zone_control], case.get("time_weights", [1, 1]))


def found_in(name: str) -> Wdd:
    return wdd(table(CASES[name]), weights(CASES[name]), 1.0)


def read(counts: np.ndarray, dispersion: float = 1.0):
    found = wdd(counts, EVEN, dispersion)
    return reading(found, counts, found.local.p, found.displacement.p)


@pytest.mark.parametrize("name", CASES)
def test_oracle_wdd(name):
    found, known = found_in(name), CASES[name]["expected"]
    total = found.total
    seen = [found.local.estimate, found.local.se, found.displacement.estimate, found.displacement.se]
    seen += [total.estimate, total.se, total.z, total.low, total.high, found.wdq]
    names = ("est_local", "se_local", "est_displace", "se_displace", "est_total", "se_total", "z", "low", "high", "wdq")
    expected = [nan if known[key] is None else known[key] for key in names]
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-9)


def test_oracle_wdd_has_seventeen_cases():
    assert len(CASES) == 17


def test_the_papers_worked_examples():
    found = found_in("wheeler_ratcliffe_2018_worked_example").total
    assert (found.estimate, round(found.se**2), round(found.z, 2)) == (-118, 1568, -2.98)
    assert (round(found.low), round(found.high)) == (-196, -40)
    weighted = found_in("time_weights_blog_2021").local
    assert (weighted.estimate, weighted.se**2) == (-20, pytest.approx(115))
    area = found_in("area_weights_blog_2021").total
    known = ORACLE["published"]["area_weights_blog_2021"]
    assert [area.estimate, area.se] == pytest.approx([known["est_total"], known["se_total"]], abs=1e-7)


def test_planted_displacement_and_planted_diffusion_are_read_so():
    moved = read(table(CASES["planted_displacement"]))
    assert (moved.local, moved.next_door, moved.moved_not_removed) == ("fell", "displacement", True)
    assert moved.wdq == pytest.approx(-0.84964539)
    # next door 22 - 41 - (37 - 38) = -18 with SE sqrt(138) = 12 is within chance; three times the counts are not
    assert read(table(CASES["planted_diffusion"])).next_door == "no_evidence"
    spread = read(3 * table(CASES["planted_diffusion"]))
    assert (spread.local, spread.next_door, spread.moved_not_removed) == ("fell", "diffusion", False)


def test_a_fall_whose_total_is_merely_unsure_is_not_called_moved():
    # local 20 - 60 - 0 = -40, SE sqrt(80 + 100) = 13; next door 0 with SE 28: the total's -40 has SE 31
    said = read(np.array([[60, 20], [50, 50], [200, 200], [200, 200]]))
    assert (said.local, said.next_door, said.moved_not_removed) == ("fell", "no_evidence", False)


def test_a_rise_next_door_where_nothing_fell_is_no_displacement():
    said = read(np.array([[40, 40], [40, 40], [20, 90], [40, 40]]))
    assert (said.local, said.next_door) == ("no_evidence", "no_evidence")
    assert isnan(said.wdq)


def test_a_rise_is_said_too():
    assert read(np.array([[40, 90], [40, 40], [20, 20], [40, 40]])).local == "rose"


@pytest.mark.parametrize(
    ("counts", "local", "next_door"),
    [
        ([[19, 0], [50, 50], [50, 50], [50, 50]], "too_few", "too_few"),  # 20 before are asked for
        ([[40, 5], [5, 4], [50, 50], [50, 50]], "too_few", "too_few"),
        ([[40, 5], [50, 50], [4, 5], [50, 50]], "fell", "too_few"),
        ([[40, 5], [50, 50], [0, 0], [0, 0]], "fell", "too_few"),  # no zone
        ([[0, 0], [0, 0], [0, 0], [0, 0]], "too_few", "too_few"),
    ],
)
def test_too_few_is_said_and_no_number_shown(counts, local, next_door):
    said = read(np.array(counts))
    assert (said.local, said.next_door, said.moved_not_removed) == (local, next_door, False)
    assert isnan(said.wdq)


def test_a_fall_that_one_in_many_operations_shows_by_chance_is_not_said():
    counts = table(CASES["planted_displacement"])
    assert reading(wdd(counts, EVEN, 1.0), counts, 0.06, 0.06).local == "no_evidence"


def test_overdispersion_widens_every_interval_from_one_point_two():
    counts = table(CASES["planted_displacement"])
    plain, mild, wide = (wdd(counts, EVEN, phi).local.se for phi in (1.0, 1.2, 4.0))
    assert plain == mild
    assert wide == pytest.approx(2 * plain)


def test_negative_counts_and_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="wdd"):
        wdd(np.full((4, 2), -1), EVEN, 1.0)
    with pytest.raises(ValueError, match="wdd"):
        wdd(np.ones((4, 2), dtype=np.int64), np.zeros((4, 2)), 1.0)


def test_the_likest_control_by_hand():
    # squared differences from 3, 1: 0 + 1, 4 + 0, 0 + 0, 1 + 1
    found = control_distances(np.array([3, 1]), np.array([[3, 2], [5, 1], [3, 1], [2, 2]]))
    assert found.tolist() == [1, 4, 0, 2]
    assert np.isnan(control_distances(np.array([3, 1]), np.array([[3, 2], [5, 1], [3, 1]]))).all()


@given(TABLES)
def test_the_total_is_the_sum_of_its_parts_and_every_reading_is_whole(counts):
    found, said = wdd(counts, EVEN, 1.0), read(counts)
    assert found.total.estimate == found.local.estimate + found.displacement.estimate
    assert found.total.se**2 == pytest.approx(found.local.se**2 + found.displacement.se**2)
    if said.next_door in ("displacement", "diffusion"):
        assert said.local == "fell"
    if said.moved_not_removed:
        assert (said.next_door, found.total.high >= 0) == ("displacement", True)


@given(TABLES)
def test_before_and_after_exchanged_turn_every_sign(counts):
    forwards, backwards = wdd(counts, EVEN, 1.0), wdd(counts[:, ::-1], EVEN, 1.0)
    assert forwards.total.estimate == -backwards.total.estimate
    np.testing.assert_allclose(wdq(counts), wdq(counts[:, ::-1]), rtol=1e-9)
