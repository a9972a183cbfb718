"""Records known only to an area: the planted truth of the oracle, the deals, the budget, and by hand."""

import csv
import json
from math import inf, nan
from pathlib import Path
from time import process_time

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.gi_star import gi_star, hot_q_of_each
from dashboard.stats.imputation import (
    at_centres,
    called,
    deal,
    finest_resolution,
    naive_hot,
    precision_budget,
    share_hot,
    without_cells,
)

REFS = Path(__file__).resolve().parents[2] / "refs" / "imputation"
EXPECTED = json.loads((REFS / "expected.json").read_text())
EDGE_M = np.array([h3.average_hexagon_edge_length(resolution, unit="m") for resolution in range(10)])
DRAWS = 100


def read(name: str) -> list[dict[str, str]]:
    with (REFS / name).open() as lines:
        return list(csv.DictReader(lines))


class Planted:
    """The oracle's input: a cluster that is real, and a district whose many records are known no better."""

    def __init__(self):
        mask, records = read("cells.csv"), read("records.csv")
        self.cells = [row["cell"] for row in mask]
        self.at = {cell: i for i, cell in enumerate(self.cells)}
        self.districts = sorted({row["district"] for row in mask})
        self.area = np.array([self.districts.index(row["district"]) for row in mask])
        self.weights = np.array([float(row["weight"]) for row in mask])
        exact = [self.at[row["cell"]] for row in records if row["cell"]]
        vague = [self.districts.index(row["district"]) for row in records if not row["cell"]]
        self.exact = np.bincount(exact, minlength=len(mask))
        self.vague = np.bincount(vague, minlength=len(self.districts))
        self.centres = np.array([self.at[h3.cell_to_center_child(d, 6)] for d in self.districts])
        self.near = np.array([[self.at.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in self.cells])


@pytest.fixture(scope="module")
def planted():
    return Planted()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_oracle_imputation_finds_the_true_cluster_and_not_the_vague_district(planted, seed):
    must, rng = EXPECTED["must"], np.random.default_rng(seed)
    draws = planted.exact + deal(planted.vague, planted.area, planted.weights, DRAWS, rng)
    share = share_hot(hot_q_of_each(draws, planted.near))
    false = planted.area == planted.districts.index(EXPECTED["false_district"])
    assert share.hot[false].max() < must["p_hot_max_in_false_district_below"]
    assert share.hot[planted.at[EXPECTED["true_centre"]]] > must["p_hot_true_centre_above"]


def test_oracle_imputation_the_naive_map_is_hot_at_the_centroid(planted):
    counts = at_centres(planted.exact, planted.vague, planted.centres)
    hot = naive_hot(gi_star(counts.astype(float), planted.near))
    assert hot[planted.at[EXPECTED["false_centroid_cell"]]] == EXPECTED["must"]["naive_false_hot_at_centroid"]


def test_the_same_seed_gives_the_same_deals(planted):
    one, two = (deal(planted.vague, planted.area, planted.weights, 5, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
    st.lists(st.tuples(st.integers(-1, 2), st.floats(0.0, 5)), min_size=1, max_size=12),
)
def test_every_record_is_dealt_within_its_area_or_its_area_has_no_cells(n_vague, cells):
    area, weights = np.array([a for a, _ in cells]), np.array([w for _, w in cells])
    dealt = deal(np.array(n_vague), area, weights, 4, np.random.default_rng(0))
    homeless = without_cells(3, area, weights)
    for which, n in enumerate(n_vague):
        assert (dealt[:, area == which].sum(axis=1) == (0 if homeless[which] else n)).all()
    assert (dealt[:, (weights == 0) | (area < 0)] == 0).all()


def test_weights_decide_where_records_fall():
    # 9 of 10 parts on the second cell, of 1,000 records 900; none on the third, which is of another area
    dealt = deal(np.array([1000]), np.array([0, 0, -1]), np.array([1.0, 9.0, 5.0]), 200, np.random.default_rng(0))
    np.testing.assert_allclose(dealt.mean(axis=0), [100, 900, 0], atol=3)


def test_a_weight_that_is_no_weight_is_refused():
    with pytest.raises(ValueError, match="weights"):
        deal(np.array([1]), np.array([0]), np.array([-1.0]), 1, np.random.default_rng(0))


def test_a_share_of_eighty_in_a_hundred_by_hand():
    # Wilson: (0.8 + 1.96^2/200)/(1 + 1.96^2/100) = 0.78890, half width 1.96/1.038415 sqrt(0.0016 + 0.0000960) = 0.07773
    q_hot = np.full((100, 3), 0.2)
    q_hot[:80, 0], q_hot[:, 1], q_hot[0, 2] = 0.05, 0.0501, nan
    share = share_hot(q_hot)
    np.testing.assert_allclose(share.hot, [0.8, 0, nan])
    np.testing.assert_allclose(share.low, [0.7112, 0, nan], atol=1e-4)
    np.testing.assert_allclose(share.high, [0.8666, 0.0370, nan], atol=1e-4)


def test_what_is_said_of_a_share_at_its_borders():
    said = called(np.array([1.0, 0.8, 0.79, 0.5, 0.49, 0.1, 0.09, 0.0, nan]))
    assert said.tolist() == [
        *["hot_wherever"] * 2,
        *["probably"] * 2,
        *["cannot_tell"] * 2,
        *["not_shown_hot"] * 2,
        "undefined",
    ]


def test_records_on_the_centre_by_hand():
    assert at_centres(np.array([1, 0, 2]), np.array([3, 4, 5]), np.array([0, 2, 2])).tolist() == [4, 0, 11]


def test_a_map_without_a_test_has_no_naive_hot_cell():
    assert naive_hot(np.full(4, nan)).tolist() == [False] * 4


def test_the_budget_of_ten_records_by_hand():
    # 3 + 1 exact, 3 upazila, 2 district, 1 of no district; 80 % are reached with the district: 9 of 10
    budget = precision_budget(np.array([1, 1, 2, 3, 4, 4, 4, 5, 5, 6]))
    assert (budget.n_exact, budget.n_upazila, budget.n_district_only, budget.n_none) == (4, 3, 2, 1)
    assert budget.smallest_unit == "district"
    assert precision_budget(np.array([1, 1, 1, 2, 5])).smallest_unit == "place"  # exactly 80 %
    assert precision_budget(np.array([5, 7])).smallest_unit is None
    assert precision_budget(np.array([], dtype=np.int64)).smallest_unit is None


@pytest.mark.parametrize(("radius_m", "resolution"), [(200, 9), (1500, 6), (3500, 6), (9500, 5), (26_000, 4)])
def test_the_resolution_that_a_radius_carries(radius_m, resolution):
    assert finest_resolution(np.full(5, float(radius_m)), EDGE_M) == resolution


def test_one_record_in_five_may_be_vaguer_than_the_cell():
    assert finest_resolution(np.array([200.0] * 4 + [inf]), EDGE_M) == 9
    assert finest_resolution(np.array([200.0] * 3 + [inf] * 2), EDGE_M) is None
    assert finest_resolution(np.array([]), EDGE_M) is None


def test_a_hundred_deals_of_four_thousand_cells_take_well_under_a_second():
    cells = h3.grid_disk(h3.latlng_to_cell(23.7, 90.4, 6), 36)
    at = {cell: i for i, cell in enumerate(cells)}
    near = np.array([[at.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in cells])
    rng, area = np.random.default_rng(0), np.arange(len(cells)) % 64
    exact = rng.poisson(0.2, len(cells))
    start = process_time()
    draws = exact + deal(np.full(64, 20), area, np.ones(len(cells)), 100, rng)
    share_hot(hot_q_of_each(draws, near))
    assert process_time() - start < 1  # of the processor; others may share it
