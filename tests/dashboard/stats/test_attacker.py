"""An attacker with a linear program: against plain suppression he recovers small counts, against the lattice none.

He knows the method, the code, every published value of every version, and that counts are whole numbers of 0 or more.
"""

from itertools import combinations

import numpy as np
import pytest

from dashboard.stats.rounding import attack, is_shown, is_unsafe, phases, rounded

PLACES, LABELS, MONTHS, BASE = 32, 3, 3, 5
RECORDS, LATER = 280, 12  # of a quarter, as some 1,200 detections a year have it; and what the next version adds


@pytest.fixture(scope="module")
def versions():
    """(versions, places, labels, months) of one quarter: what the first version has, and what the second adds to it."""
    rng = np.random.default_rng(20260907)
    share = rng.gamma(0.5, 1, PLACES)[:, None, None] * np.array([1.2, 0.8, 0.3])[None, :, None] * np.ones(MONTHS)
    first = rng.multinomial(RECORDS, (share / share.sum()).ravel()).reshape(share.shape)
    later = rng.multinomial(LATER, (share / share.sum()).ravel()).reshape(share.shape)
    return np.stack([first, first + later])


def _questions():
    """Every filter of one place or all and any labels: the cells that it holds. Places x labels, (questions, cells)."""
    labels = [pick for n in range(1, LABELS + 1) for pick in combinations(range(LABELS), n)]
    asked = []
    for place in [None, *range(PLACES)]:
        for pick in labels:
            cells = np.zeros((PLACES, LABELS))
            cells[slice(None) if place is None else place, list(pick)] = 1
            asked.append(cells.ravel())
    return np.array(asked)


def _recovered(targets, sums, told, least, most, truth):
    """How many sets of a true sum of 1 to 4 are given away, of how many; and how many of them to the last one."""
    small = exact = unsafe = 0
    for target in targets:
        if 0 < target @ truth < BASE:
            small += 1
            low, high = attack(target, sums, told, least, most)
            unsafe += is_unsafe(low, high, BASE)
            exact += high - low < 1e-6
    return small, unsafe, exact


def test_plain_suppression_is_recovered(versions):
    """Each view hides its counts of 1 to 4 and shows the rest: totals and filters give them back."""
    table = versions[0].sum(axis=2).ravel().astype(float)
    asked = _questions()
    answers = asked @ table
    shown = (answers == 0) | (answers >= BASE)
    small, unsafe, exact = _recovered(
        np.eye(len(table)), asked[shown], answers[shown], np.zeros(len(table)), np.full(len(table), np.inf), table
    )
    assert unsafe > small / 5
    assert exact > 5


def _published(versions):
    """Leaves (versions, cells) and months (versions, months) as published, and whether months are shown."""
    leaves = versions.sum(axis=3).reshape(len(versions), -1)
    months = versions.sum(axis=(1, 2))
    of_leaves = phases(b"attacked", [f"leaf {i}" for i in range(leaves.shape[1])], BASE)
    of_months = phases(b"attacked", [f"month {i}" for i in range(MONTHS)], BASE)
    told, told_months = rounded(leaves, of_leaves, BASE), rounded(months, of_months, BASE)
    return told, told_months, [is_shown(a, b, BASE, 8) for a, b in zip(told, told_months, strict=True)]


class _Known:
    """All that is known of two versions as one linear system: counts and months of both, and one phase for each.

    x is (cells, months) of version 1, the same of version 2, their phases, and slack: published <= count + phase <=
    published + base - 1 in either version.
    """

    def __init__(self, told, told_months, shown):
        self.cells, self.n = told.shape[1], told.shape[1] + MONTHS
        n = self.n
        eye, none = np.eye(n), np.zeros((n, n))
        # count + phase - slack = published, slack in 0..base - 1
        first = np.hstack([eye, none, eye, -eye, none])
        second = np.hstack([none, eye, eye, none, -eye])
        same = np.concatenate([np.ones(self.cells), -np.ones(MONTHS)])
        zero = np.zeros(n)
        rows = [np.concatenate([same, zero, zero, zero, zero]), np.concatenate([zero, same, zero, zero, zero])]
        self.sums = np.vstack([first, second, rows])
        published = [np.concatenate([a, b]) for a, b in zip(told, told_months, strict=True)]
        self.told = np.concatenate([*published, [0, 0]]).astype(float)
        self.least = np.zeros(5 * n)
        slack = np.tile(np.full(n, BASE - 1.0), 2)
        for version, is_there in enumerate(shown):  # months that are not shown tell nothing
            if not is_there:
                slack[version * n + self.cells : (version + 1) * n] = np.inf
        self.most = np.concatenate([np.full(2 * n, np.inf), np.full(n, BASE - 1.0), slack])

    def of(self, cells, version):
        """A set of cells of a version as a target."""
        target = np.zeros(5 * self.n)
        target[version * self.n : version * self.n + self.cells] = cells
        return target

    def truth(self, versions):
        leaves, months = versions.sum(axis=3).reshape(2, -1), versions.sum(axis=(1, 2))
        counts = np.concatenate([np.concatenate(each) for each in zip(leaves, months, strict=True)])
        return np.concatenate([counts, np.zeros(3 * self.n)]).astype(float)


def test_the_lattice_gives_no_small_count_away(versions):
    """Every cell, every difference of two filters, every place, every change between two versions: none is unsafe."""
    told, told_months, shown = _published(versions)
    assert all(shown)
    known = _Known(told, told_months, shown)
    truth = known.truth(versions)
    asked = _questions()[7:]  # of one place
    by_place = asked.reshape(PLACES, -1, PLACES * LABELS)
    differences = [a - b for each in by_place for a in each for b in each if (a >= b).all() and (a > b).any()]
    sets = np.unique(np.vstack([asked, np.array(differences)]), axis=0)
    targets = [known.of(cells, version) for cells in sets for version in (0, 1)]
    targets += [known.of(cells, 1) - known.of(cells, 0) for cells in sets]
    small, unsafe, exact = _recovered(targets, known.sums, known.told, known.least, known.most, truth)
    assert small > 150
    assert (unsafe, exact) == (0, 0)


def test_the_attacker_would_find_a_second_look():
    """The same leaf with two phases, as two overlapping lattices have it: 0 and 5 leave 1 to 4."""
    sums = np.array([[1.0, 1, 0, -1, 0], [1.0, 0, 1, 0, -1]])
    low, high = attack(np.eye(5)[0], sums, np.array([0.0, 5.0]), np.zeros(5), np.array([np.inf, 4, 4, 4, 4]))
    assert (low, high) == pytest.approx((1, 4))
    assert is_unsafe(low, high, BASE)
