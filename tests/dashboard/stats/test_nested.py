"""Cells beside the places that they lie in: the proof of docs/privacy.md by every small table there is, and by oracle.

Places A and B; cell 0 lies in A alone, cell 1 in both. Threshold and base are 3.
"""

from collections import defaultdict
from functools import cache
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.nested import forced, is_shown, sums, tightest
from dashboard.stats.rounding import attack, bounds, is_unsafe, rounded
from dashboard.stats.rounding import is_shown as months_are_shown

B = 3
TOUCHES = np.array([[True, False], [True, True]])
LAYOUTS = {"three leaves in A": (0, 0, 0), "two in A, one in B": (0, 0, 1), "one each": (0, 1)}  # each leaf's place


def _array(values):
    return np.array(values, dtype=np.int64)


def _ends(told):
    return bounds(_array(told), B)


def _by_place(values, of_leaves):
    return np.bincount(of_leaves, values, 2).astype(np.int64)


@cache
def _by_rule(leaves, cells, of_leaves, spare=None):
    least, most = (_by_place(ends, of_leaves) for ends in _ends(leaves))
    return is_shown(_ends(cells)[0], (least, most), TOUCHES, B, spare)


@cache
def _always(leaves, cells, of_leaves, spare=None):
    return True


@cache
def _without_buffer(leaves, cells, of_leaves, spare=None):
    """Shown where it does no harm, and else not: what a naive audit does."""
    system = sums(_array(of_leaves), TOUCHES, 0)
    least, most = np.zeros(system.shape[1]), np.full(system.shape[1], np.inf)
    least[: len(leaves) + 2], most[: len(leaves) + 2] = _ends(leaves + cells)
    targets = np.eye(len(leaves) + 2, system.shape[1])
    told = np.zeros(system.shape[0])
    return not any(is_unsafe(*attack(each, system, told, least, most), B) for each in targets)


@cache
def _published(counts):
    return {
        tuple(B * ((x + f) // B) for x, f in zip(counts, p, strict=True)) for p in product(range(B), repeat=len(counts))
    }


def _in_cells(leaves, of_leaves):
    """Every way in which the records of the leaves may lie in the two cells, or in none."""
    a, b = (sum(x for x, place in zip(leaves, of_leaves, strict=True) if place == each) for each in (0, 1))
    return [(y0, y1) for y0 in range(a + 1) for y1 in range(a - y0 + b + 1)]


def _worlds(of_leaves, rule):
    """What is published -> every table that has it so: leaves, published as 0 or as B, and cells of a quarter."""
    behind = defaultdict(set)
    for leaves in product(range(2 * B), repeat=len(of_leaves)):
        told_leaves = [told for told in _published(leaves) if max(told) <= B]
        for cells in _in_cells(leaves, of_leaves):
            for told, of_cells in product(told_leaves, _published(cells)):
                behind[told, of_cells if rule(told, of_cells, of_leaves) else None].add((*leaves, *cells))
    return behind


def _targets(of_leaves):
    """Sets of leaves; sets of cells; and what of a place is on none of the cells in it: (leaves, cells) of 1, -1, 0."""
    n = len(of_leaves)
    found = [(*each, 0, 0) for each in product([0, 1], repeat=n) if any(each)]
    a = tuple(int(place == 0) for place in of_leaves)
    with_cells = [(0,) * n + each for each in ((1, 0), (0, 1), (1, 1))]
    rests = [(*a, -1, 0)] + [(1,) * n + each for each in ((-1, 0), (0, -1), (-1, -1))]
    return found, with_cells + rests


def _harmed(behind, of_leaves):
    of_leaf, of_cell = (_array(each).T for each in _targets(of_leaves))
    harmed = tried = 0
    for (_, of_cells), tables in behind.items():
        counts = _array(list(tables))
        for targets in (of_leaf,) if of_cells is None else (of_leaf, of_cell):
            found = counts @ targets
            harmed += sum(is_unsafe(*ends, B) for ends in zip(found.min(axis=0), found.max(axis=0), strict=True))
            tried += targets.shape[1]
    assert tried >= 12
    return harmed


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_small_table_gives_a_small_sum_away(layout):
    """Every table, every phase: leaves, cells, and what of a place is on none of its cells; not shown included."""
    of_leaves = LAYOUTS[layout]
    behind = _worlds(of_leaves, _by_rule)
    assert any(of_cells is None for _, of_cells in behind)
    assert len(of_leaves) < 3 or any(of_cells is not None for _, of_cells in behind)
    assert _harmed(behind, of_leaves) == 0


def test_cells_beside_leaves_without_a_rule_give_small_sums_away():
    assert _harmed(_worlds((0, 1), _always), (0, 1)) > 0


def test_a_rule_that_withholds_only_what_harms_gives_it_away_by_withholding():
    assert _harmed(_worlds((0, 1), _without_buffer), (0, 1)) > 0


@pytest.mark.parametrize(("n", "rule", "is_safe"), [(3, _by_rule, True), (2, _by_rule, True), (2, _always, False)])
def test_no_pair_of_versions_gives_a_small_count_or_change_away(n, rule, is_safe):
    """The leaves of one place and one cell in it, two versions, every phase; the changes are not known."""
    states = _array([(*x, y) for x in product(range(2 * B), repeat=n) for y in range(sum(x) + 1)])
    low, high = {}, {}
    for phase in product(range(B), repeat=n + 1):
        told, behind = B * ((states + _array(phase)) // B), defaultdict(list)
        for i in np.flatnonzero((told[:, :n] <= B).all(axis=1)):
            leaves, cell = tuple(told[i, :n].tolist()), int(told[i, n])
            behind[leaves, cell if rule(leaves, (cell, 0), (0,) * n) else None].append(i)
        found = {name: (states[rows].min(axis=0), states[rows].max(axis=0)) for name, rows in behind.items()}
        for (first, (a, b)), (second, (c, d)) in product(found.items(), repeat=2):
            least, most = np.array([a, c, c - b]), np.array([b, d, d - a])
            low[first, second] = np.minimum(low.get((first, second), least), least)
            high[first, second] = np.maximum(high.get((first, second), most), most)
    least, most = np.array(list(low.values())), np.array(list(high.values()))
    harmed = ((least >= 1) & (most < B)) | ((most <= -1) & (least > -B))
    placed = np.array([[cell is not None for _, cell in pair] for pair in low])
    harmed[:, :, n] &= np.column_stack([placed, placed.all(axis=1)])  # of a cell that is not shown nothing is claimed
    assert len(low) > 30
    assert harmed.any() != is_safe


def _closed(cells, places, touches):
    """By every set of cells."""
    n = len(cells)
    sets = [list(each) for size in range(1, n + 1) for each in combinations(range(n), size)]
    return [(int(places[touches[each].any(axis=0)].sum() - cells[each].sum()), each) for each in sets]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_tightest_cells_and_what_they_force_are_those_of_every_set_tried(data):
    n, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    touches = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=n, max_size=n)))
    cells = _array(data.draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    places = _array(data.draw(st.lists(st.integers(0, 20), min_size=m, max_size=m)))
    tried = _closed(cells, places, touches)
    found, chosen = tightest(cells, places, touches)
    assert found == min(room for room, _ in tried)
    assert (found, np.flatnonzero(chosen).tolist()) in tried
    assert forced(cells, places, touches) == max(0, *(-room for room, _ in tried), 0)


def _random(rng):
    """A quarter of three places of two leaves each, four cells, three months: what is published of it."""
    touches = np.array([[True, False, False], [True, False, False], [True, True, False], [False, True, True]])
    of_leaves = np.repeat([0, 1, 2], 2)
    leaves = rng.poisson(rng.gamma(0.7, 9, 6))
    cells = np.zeros(4, dtype=np.int64)
    for place, n in enumerate(_by_places(leaves, of_leaves)):
        here = np.flatnonzero(touches[:, place])
        cells[here] += rng.multinomial(n, rng.dirichlet([*np.full(len(here), 0.5), 0.1]))[:-1]
    months = rng.multinomial(leaves.sum(), [0.3, 0.3, 0.4])
    told = [rounded(_array(each), rng.integers(0, 5, len(each)), 5) for each in (leaves, cells, months)]
    return touches, of_leaves, *told


def _by_places(values, of_leaves):
    return np.bincount(of_leaves, values, 3).astype(np.int64)


def test_a_linear_program_over_all_three_tables_recovers_nothing_that_the_rule_shows():
    """Leaves, cells and months, sets of each, and what of places lies on none of the cells in them."""
    rng = np.random.default_rng(20261130)
    may, harmed = [], []
    for _ in range(30):
        touches, of_leaves, leaves, cells, months = _random(rng)
        (least, most), months_most = bounds(leaves, 5), bounds(months, 5)[1].sum()
        has_months = months_are_shown(leaves, months, 5, 0)
        places = (_by_places(least, of_leaves), _by_places(most, of_leaves))
        spare = int(months_most - least.sum()) if has_months else None
        may.append(is_shown(bounds(cells, 5)[0], places, touches, 5, spare))
        found = _attacked(touches, of_leaves, leaves, cells, months if has_months else months[:0], rng)
        harmed.append(any(is_unsafe(*ends, 5) for ends in found))
    assert 8 < sum(may) < 25
    assert not (np.array(may) & np.array(harmed)).any()


def test_the_linear_program_would_find_what_must_not_stand():
    """Two leaves published as none, at most four records each, and a cell of their place with at least six."""
    system = sums(_array([0, 0]), np.array([[True]]), 0)
    least, most = np.zeros(system.shape[1]), np.full(system.shape[1], np.inf)
    least[:3], most[:3] = bounds(_array([0, 0, 10]), 5)
    ends = attack(np.eye(1, system.shape[1])[0], system, np.zeros(2), least, most)
    assert ends == pytest.approx((2, 4))
    assert is_unsafe(*ends, 5)
    assert not is_shown(_array([6]), (_array([0]), _array([8])), np.array([[True]]), 5, None)


def _attacked(touches, of_leaves, leaves, cells, months, rng):
    system = sums(of_leaves, touches, len(months))
    told = np.concatenate([leaves, cells, months])
    least, most = np.zeros(system.shape[1]), np.full(system.shape[1], np.inf)
    least[: len(told)], most[: len(told)] = bounds(told, 5)
    n, end = len(leaves), len(leaves) + len(cells)
    targets = []
    for start, stop in ((0, n), (n, end), (end, len(told))):
        for _ in range(2 * (stop > start)):
            target = np.zeros(system.shape[1])
            target[start:stop] = rng.random(stop - start) < 0.3
            target[start + rng.integers(0, stop - start)] = 1
            targets.append(target)
    within = rng.random(3) < 0.5
    target = np.zeros(system.shape[1])
    target[:n] = within[of_leaves]
    target[n:end] = -1.0 * ~touches[:, ~within].any(axis=1)
    targets += [target] if target[n:end].any() else []
    return [attack(each, system, np.zeros(system.shape[0]), least, most) for each in targets]
