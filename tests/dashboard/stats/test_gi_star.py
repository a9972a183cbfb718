"""Gi*, its exact p and the classes: against the oracles, against counting every arrangement, and by hand."""

import csv
import json
from fractions import Fraction
from itertools import permutations
from math import comb
from pathlib import Path

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats import gi_star as gi_star_module
from dashboard.stats.gi_star import classes, enough_to_test, exact_tails, false_discovery, gi_star, hot_q_of_each
from dashboard.stats.small_numbers import is_peak

REFS = Path(__file__).resolve().parents[2] / "refs"
FDR = json.loads((REFS / "fdr" / "fdr.json").read_text())["cases"]
with (REFS / "gistar" / "gistar.csv").open() as lines:
    GISTAR: dict[tuple[str, int], list[dict[str, str]]] = {}
    for row in csv.DictReader(lines):
        GISTAR.setdefault((row["case"], int(row["k"])), []).append(row)
IN_A_ROW = np.array([[0, 1, -1], [0, 1, 2], [1, 2, -1]])  # three cells, each touching the next


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name] or "nan") for row in rows])


def disks(rows: list[dict[str, str]], k: int) -> np.ndarray:
    """Neighbours of an oracle's cells: the disk of k rings, as far as it lies within the mask."""
    position = {row["cell"]: i for i, row in enumerate(rows)}
    return padded([[position[c] for c in h3.grid_disk(cell, k) if c in position] for cell in position])


def padded(groups: list[list[int]]) -> np.ndarray:
    width = max(map(len, groups))
    return np.array([group + [-1] * (width - len(group)) for group in groups], dtype=np.intp)


def by_whole_numbers(counts: list[int], m: int, s: int) -> tuple[Fraction, Fraction]:
    """P(S >= s) and P(S <= s) of m draws without replacement, counted in integers without end."""
    ways = {(0, 0): 1}
    for value in set(counts):
        have, grown = counts.count(value), {}
        for (drawn, total), n in ways.items():
            for j in range(min(have, m - drawn) + 1):
                key = (drawn + j, total + j * value)
                grown[key] = grown.get(key, 0) + n * comb(have, j)
        ways = grown
    whole = comb(len(counts), m)
    full = {total: n for (drawn, total), n in ways.items() if drawn == m}
    above, below = (sum(n for t, n in full.items() if keep(t)) for keep in (lambda t: t >= s, lambda t: t <= s))
    return Fraction(above, whole), Fraction(below, whole)


@st.composite
def masks(draw, max_cells: int = 12, max_count: int = 9):
    """Counts, and neighbourhoods of any shape that hold their own cell."""
    n = draw(st.integers(2, max_cells))
    counts = draw(st.lists(st.integers(0, max_count), min_size=n, max_size=n))
    groups = [sorted({i, *draw(st.lists(st.integers(0, n - 1), max_size=4))}) for i in range(n)]
    return np.array(counts), padded(groups)


P_VALUES = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=30).map(lambda p: np.array(p, dtype=float))


@pytest.mark.parametrize(("case", "k"), GISTAR)
def test_oracle_gistar(case, k):
    rows = GISTAR[case, k]
    counts, near = column(rows, "y").astype(np.int64), disks(rows, k)
    expected = column(rows, "z")
    defined = ~np.isnan(expected)
    p_hot, p_cold = exact_tails(counts, near)
    np.testing.assert_allclose(gi_star(counts.astype(float), near), expected, rtol=1e-9, atol=1e-9)
    for name, p in (("hot", p_hot), ("cold", p_cold)):
        # where z is undefined the file keeps p = 1; ours is undefined there as well
        np.testing.assert_allclose(p, np.where(defined, column(rows, f"p_{name}"), np.nan), rtol=1e-9)
        q = false_discovery(p)
        np.testing.assert_allclose(q, np.where(defined, column(rows, f"q_{name}"), np.nan), rtol=1e-9)


@pytest.mark.parametrize(("case", "k"), GISTAR)
def test_oracle_gistar_hot_cells_are_called_hot(case, k):
    rows = GISTAR[case, k]
    p_hot, p_cold = exact_tails(column(rows, "y").astype(np.int64), disks(rows, k))
    nowhere = np.zeros(len(rows), dtype=bool)
    called = classes(false_discovery(p_hot), false_discovery(p_cold), nowhere, nowhere)
    assert (called == "hot").tolist() == [row["hot"] == "True" for row in rows]


def test_oracle_gistar_a_lone_spike_is_a_peak_without_a_halo():
    rows = GISTAR["spike_one_cell", 1]
    counts = column(rows, "y").astype(np.int64)
    p_hot, p_cold = exact_tails(counts, disks(rows, 1))
    known = np.ones(len(rows), dtype=bool)
    called = classes(false_discovery(p_hot), false_discovery(p_cold), known, is_peak(counts))
    assert counts[called == "peak"].tolist() == [60]
    assert set(called) == {"peak", "none"}


@pytest.mark.parametrize("case", FDR)
def test_oracle_fdr(case):
    p, q = (np.array(FDR[case][name], dtype=float) for name in ("p", "q"))
    np.testing.assert_allclose(false_discovery(p), q, rtol=1e-9)
    assert (false_discovery(p) <= 0.05).sum() == FDR[case]["n_reject_05"]


def test_three_cells_in_a_row_by_hand():
    # mean 2, spread sqrt(8/3); first cell: near 4+2 - 2*2 = 2, scale sqrt((3*2-4)/2) = 1
    z = gi_star(np.array([4.0, 2.0, 0.0]), IN_A_ROW)
    assert np.isclose(z[0], 2 / np.sqrt(8 / 3))
    assert np.isnan(z[1])  # every cell is its neighbour


def test_exact_tails_of_three_cells_by_hand():
    # two of 4, 2, 0: the pairs sum to 6, 4, 2. First cell: 6, reached by 1 of 3 and not passed by 3 of 3.
    p_hot, p_cold = exact_tails(np.array([4, 2, 0]), IN_A_ROW)
    np.testing.assert_allclose(p_hot, [1 / 3, np.nan, 1], rtol=1e-12)
    np.testing.assert_allclose(p_cold, [1, np.nan, 1 / 3], rtol=1e-12)


def test_fifty_thousand_records_in_one_of_forty_cells_by_hand():
    # a neighbourhood of 3 holds the only full cell in 3 of 40 deals; one of 1 does not in 39 of 40
    counts = np.zeros(40, dtype=np.int64)
    counts[7] = 50_000
    p_hot, p_cold = exact_tails(counts, np.array([[6, 7, 8]] + [[i, -1, -1] for i in range(1, 40)]))
    np.testing.assert_allclose([p_hot[0], p_cold[0]], [3 / 40, 1], rtol=1e-12)
    np.testing.assert_allclose([p_hot[1], p_cold[1]], [1, 39 / 40], rtol=1e-12)


def test_false_discovery_by_hand():
    # three tests: 0.01*3/1 = 0.03, 0.02*3/2 = 0.03, 0.5*3/3 = 0.5; the undefined one is not a fourth
    q = false_discovery(np.array([0.5, np.nan, 0.01, 0.02]))
    np.testing.assert_allclose(q, [0.5, np.nan, 0.03, 0.03], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(masks(max_cells=6, max_count=4))
def test_the_exact_tails_are_shares_of_all_arrangements(mask):
    counts, near = mask
    deals = np.array(list(permutations(counts.tolist())))
    sums = np.where(near >= 0, deals[:, near], 0).sum(axis=2)
    seen = np.where(near >= 0, counts[near], 0).sum(axis=1)
    undefined = ((near >= 0).sum(axis=1) == len(counts)) | (counts.min() == counts.max())
    p_hot, p_cold = exact_tails(counts, near)
    np.testing.assert_allclose(p_hot, np.where(undefined, np.nan, (sums >= seen).mean(axis=0)), rtol=1e-12)
    np.testing.assert_allclose(p_cold, np.where(undefined, np.nan, (sums <= seen).mean(axis=0)), rtol=1e-12)


@pytest.mark.parametrize("n", [4_000, 30_000])
def test_the_exact_tails_equal_whole_number_counting_on_large_masks(n):
    rng = np.random.default_rng(n)
    counts = rng.poisson(0.3, n)
    counts[:3] = 50_000, 11, 50_003
    near = padded([[i, (i + 1) % n, (i + 2) % n, *range(5, i % 9)] for i in range(n)])
    seen, m = np.where(near >= 0, counts[near], 0).sum(axis=1), (near >= 0).sum(axis=1)
    p_hot, p_cold = exact_tails(counts, near)
    for i in [0, 1, 2, n - 2, n - 1, int(p_hot[3:-2].argmin()) + 3, int(p_cold.argmin())]:
        hot, cold = by_whole_numbers(counts.tolist(), int(m[i]), int(seen[i]))
        np.testing.assert_allclose([p_hot[i], p_cold[i]], [float(hot), float(cold)], rtol=1e-11)


def test_a_wide_neighbourhood_neither_overflows_nor_loses_its_tail():
    counts = np.array([3] * 60 + [0] * 1940)
    p_hot, _ = exact_tails(counts, padded([list(range(500))] + [[i] for i in range(1, 2000)]))
    hot, _ = by_whole_numbers(counts.tolist(), 500, 180)
    assert p_hot[0] < 1e-30  # all 60 full cells among the first 500
    np.testing.assert_allclose(p_hot[:2], [float(hot), 60 / 2000], rtol=1e-10)


@settings(deadline=None)
@given(masks())
def test_both_tails_hold_the_sum_seen(mask):
    p_hot, p_cold = exact_tails(*mask)
    defined = ~np.isnan(p_hot)
    assert ((p_hot + p_cold)[defined] >= 1 - 1e-12).all()
    for p in (p_hot[defined], p_cold[defined]):
        assert ((p > 0) & (p <= 1)).all()


@settings(deadline=None)
@given(masks())
def test_z_and_both_tails_are_undefined_together(mask):
    counts, near = mask
    undefined = np.isnan(gi_star(counts.astype(float), near))
    for p in exact_tails(counts, near):
        assert (np.isnan(p) == undefined).all()


@settings(deadline=None)
@given(masks(), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(mask, random):
    counts, near = mask
    order = np.array(random.sample(range(len(counts)), len(counts)))
    place = np.argsort(order)  # where the cell that was i is now
    moved = np.where(near >= 0, place[near], -1)[order]
    for before, after in zip(exact_tails(counts, near), exact_tails(counts[order], moved), strict=True):
        np.testing.assert_array_equal(before[order], after)
    z = gi_star(counts.astype(float), near)
    np.testing.assert_allclose(gi_star(counts[order].astype(float), moved), z[order], rtol=1e-9, atol=1e-12)


@given(P_VALUES)
def test_q_never_falls_as_p_rises_and_is_never_below_p(p):
    q = false_discovery(p)
    assert (np.isnan(q) == np.isnan(p)).all()
    order = np.argsort(p[~np.isnan(p)])
    assert (np.diff(q[~np.isnan(p)][order]) >= 0).all()
    assert (q[~np.isnan(p)] >= p[~np.isnan(p)]).all()


@given(P_VALUES, st.integers(0, 5))
def test_an_undefined_test_changes_no_other_q(p, n_undefined):
    padded_p = np.append(p, np.full(n_undefined, np.nan))
    np.testing.assert_array_equal(false_discovery(padded_p)[: len(p)], false_discovery(p))


@pytest.mark.parametrize("counts", [[], [4], [0, 0, 0], [3, 3, 3]])
def test_without_variance_nothing_is_defined(counts):
    near = np.arange(len(counts), dtype=np.intp).reshape(-1, 1)
    values = np.array(counts, dtype=np.int64)
    for result in (gi_star(values.astype(float), near), *exact_tails(values, near)):
        assert result.shape == values.shape
        assert np.isnan(result).all()


@pytest.mark.parametrize("bad", [-1.0, 0.5, float("nan")])
def test_a_count_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="whole numbers"):
        exact_tails(np.array([bad, 1.0, 2.0]), IN_A_ROW)


def test_classes_are_taken_in_order():
    nan = float("nan")
    rows = [  # q_hot, q_cold, effort known, peak, class
        (0.05, 1.0, False, False, "hot"),
        (0.01, 1.0, True, True, "hot"),
        (0.051, 1.0, True, True, "peak"),
        (1.0, 0.05, True, False, "cold"),
        (1.0, 0.001, False, False, "none"),  # quiet, but nobody says that anybody looked
        (1.0, 0.051, True, False, "none"),
        (nan, nan, True, True, "undefined"),
    ]
    q_hot, q_cold, known, peak, expected = zip(*rows, strict=True)
    called = classes(np.array(q_hot), np.array(q_cold), np.array(known), np.array(peak))
    assert called.tolist() == list(expected)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], "too_few_cells"),
        ([4] * 5 + [0] * 24, "too_few_cells"),
        ([4] * 5 + [0] * 25, None),
        ([3] + [4] * 4 + [0] * 25, "too_few_records"),
        ([5] * 4 + [0] * 26, "too_few_nonzero_cells"),
    ],
)
def test_the_minimum_is_thirty_cells_twenty_records_five_cells_with_any(counts, reason):
    assert enough_to_test(np.array(counts, dtype=np.int64)) == reason


def test_each_deal_is_a_family_of_its_own():
    deals = np.array([[4, 2, 0], [0, 0, 4]])
    q = [false_discovery(exact_tails(counts, IN_A_ROW)[0]) for counts in deals]
    np.testing.assert_allclose(hot_q_of_each(deals, IN_A_ROW), q, atol=1e-9)


@pytest.mark.parametrize(("case", "k"), GISTAR)
def test_oracle_gistar_deals_are_called_hot_where_single_maps_are(case, k):
    rows = GISTAR[case, k]
    q = hot_q_of_each(column(rows, "y").astype(np.int64)[None], disks(rows, k))[0]
    expected = np.where(np.isnan(column(rows, "z")), np.nan, column(rows, "q_hot"))
    np.testing.assert_allclose(q, expected, atol=1e-9)


def disk_of(rings):
    cells = h3.grid_disk(h3.latlng_to_cell(23.7, 90.4, 6), rings)
    at = {cell: i for i, cell in enumerate(cells)}
    return padded([[at[c] for c in h3.grid_disk(cell, 1) if c in at] for cell in cells])


@settings(max_examples=200, deadline=None)
@given(masks(max_cells=25, max_count=400))
def test_deals_are_tested_as_single_maps_are(mask):
    counts, near = mask
    exact = false_discovery(exact_tails(counts, near)[0])
    np.testing.assert_allclose(hot_q_of_each(counts[None], near)[0], exact, atol=1e-9)


def test_large_counts_in_units_of_several_records_are_called_hot_alike():
    near = disk_of(5)
    counts = np.random.default_rng(7).negative_binomial(2, 2 / 9_000, len(near))
    counts[:7] += 40_000
    assert counts.max() > 10 * gi_star_module.LARGEST
    q = hot_q_of_each(counts[None], near)[0]
    exact = false_discovery(exact_tails(counts // 16, near)[0])
    np.testing.assert_array_equal(q <= 0.05, exact <= 0.05)
    assert 0 < (q <= 0.05).sum() < 30


def test_overdispersed_maps_without_a_cluster_are_rarely_hot():
    # benchmarks/statistics_size.py in short: at most 5 % of maps, here 10 % for 200 maps (5 % + 3 standard errors)
    near = disk_of(6)
    maps = np.random.default_rng(20261125).negative_binomial(0.1, 0.25, (200, len(near)))  # mean 0.3, variance 1.2
    is_hot = (hot_q_of_each(maps, near) <= 0.05).any(axis=1)
    assert is_hot.mean() <= 0.10
