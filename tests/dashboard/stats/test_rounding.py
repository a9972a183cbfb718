"""The proof of docs/privacy.md, checked: by oracle, by hand, and by every small table there is."""

import json
from collections import defaultdict
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.stats.rounding import attack, audit, bounds, is_shown, is_unsafe, phases, rounded, variance

ORACLE = json.loads((Path(__file__).resolve().parents[2] / "refs" / "disclosure" / "disclosure.json").read_text())
B = 3  # of the exhaustive searches: small, so that every table can be tried; threshold and base alike
UNDER_B = range(B)


def _array(values):
    return np.array(values, dtype=np.int64)


def test_phases_and_published_values_are_those_of_the_oracle():
    keyed = ORACLE["keyed_phase"]
    for vector in keyed["vectors"]:
        (phase,) = phases(keyed["secret"].encode(), [vector["atom"]], keyed["b"])
        counts = _array([int(x) for x in vector["published"]])
        told = rounded(counts, np.full(len(counts), phase), keyed["b"])
        assert (phase, told.tolist()) == (vector["phi"], list(vector["published"].values()))


def test_what_may_stand_behind_a_published_value_is_what_the_oracle_found():
    for told, possible in ORACLE["keyed_phase"]["feasible_true_values"].items():
        least, most = bounds(_array([int(told)]), 5)
        assert possible == list(range(int(least[0]), int(most[0]) + 1))


@given(st.integers(0, 500), st.integers(2, 15))
def test_rounding_is_unbiased_over_the_phases_and_keeps_none_as_none(count, base):
    told = rounded(np.full(base, count), np.arange(base), base)
    assert told.sum() == count * base
    assert count > 0 or not told.any()


@given(st.integers(0, 200), st.sampled_from([(5, 11), (3, 7), (5, 5)]))
def test_what_is_rounded_twice_is_unbiased_and_within_its_bounds(count, bases):
    finer, base = bases
    once = rounded(np.full(finer, count), np.arange(finer), finer)
    twice = rounded(np.repeat(once, base), np.tile(np.arange(base), finer), base)
    assert twice.sum() == count * finer * base
    least, most = bounds(twice, base, finer)
    assert (least <= count).all()
    assert (count <= most).all()


def test_the_bounds_of_what_is_rounded_twice_are_reached():
    # 0 to 60, each with every phase of 5 and of 11: what may stand behind each published value
    behind = defaultdict(set)
    for count, phase, second in product(range(61), range(5), range(11)):
        once = 5 * ((count + phase) // 5)
        behind[11 * ((once + second) // 11)].add(count)
    for told in (0, 11, 22):
        least, most = bounds(_array([told]), 11, 5)
        assert behind[told] == set(range(int(least[0]), int(most[0]) + 1))


@given(st.integers(0, 60), st.integers(2, 12))
def test_the_variance_that_is_told_is_never_below_the_truth_on_average(count, base):
    told = rounded(np.full(base, count), np.arange(base), base)
    assert variance(told, base).mean() >= ((told - count) ** 2).mean() - 1e-9


def _least_most(told):
    return max(told - B + 1, 0), told + B - 1


def _published(counts):
    return {
        tuple(B * ((x + f) // B) for x, f in zip(counts, p, strict=True)) for p in product(UNDER_B, repeat=len(counts))
    }


@cache
def _by_rule(leaves, months):
    return is_shown(_array(leaves), _array(months), B, 0)


def _always(leaves, months):
    return True


def _without_buffer(leaves, months):
    """Shown where it does no harm, and else not: what a naive audit does."""
    (least, most), (least_m, most_m) = (np.array([_least_most(r) for r in told]).T for told in (leaves, months))
    for low, high in zip(least, most, strict=True):
        low_now = max(low, least_m.sum() - (most.sum() - high))
        high_now = min(high, most_m.sum() - (least.sum() - low))
        if is_unsafe(low_now, high_now, B):
            return False
    return True


def _worlds(n_leaves, n_months, most, rule):
    """What is published -> every table that has it so: leaves and months of one quarter, of one sum."""
    behind = defaultdict(set)
    for leaves in product(range(most + 1), repeat=n_leaves):
        for months in product(range(sum(leaves) + 1), repeat=n_months):
            if sum(months) == sum(leaves):
                for told, of_months in product(_published(leaves), _published(months)):
                    behind[told, of_months if rule(told, of_months) else None].add((leaves, months))
    return behind


def _harmed(behind, most):
    """Of every set of leaves, and of months that are shown: how many give a small sum away."""
    harmed = tried = 0
    for (_, of_months), tables in behind.items():
        if max(max(leaves) for leaves, _ in tables) >= most:
            continue  # cut by the end of the search
        kinds = [0] if of_months is None else [0, 1]
        for kind in kinds:
            size = len(next(iter(tables))[kind])
            for chosen in product([0, 1], repeat=size):
                if any(chosen):
                    sums = {sum(x for x, c in zip(t[kind], chosen, strict=True) if c) for t in tables}
                    harmed += is_unsafe(min(sums), max(sums), B)
                    tried += 1
    assert tried > 50
    return harmed


@pytest.mark.parametrize(("leaves", "months", "most"), [(3, 2, 8), (2, 3, 8), (4, 2, 5)])
def test_no_small_table_gives_a_small_sum_away(leaves, months, most):
    """Every table of so many leaves and months, every phase: the whole promise of one version, sums included."""
    assert _harmed(_worlds(leaves, months, most, _by_rule), most) == 0


def test_months_beside_leaves_without_a_rule_give_small_sums_away():
    assert _harmed(_worlds(3, 2, 7, _always), 7) > 0


def test_a_rule_that_withholds_only_what_harms_gives_it_away_by_withholding():
    assert _harmed(_worlds(3, 2, 7, _without_buffer), 7) > 0


def test_no_history_of_one_leaf_gives_a_small_count_away():
    """Three versions, every path up and down, every phase; base 5. With the changes known, and without."""
    known, unknown = defaultdict(set), defaultdict(set)
    for path in product(range(20), repeat=3):
        for phase in range(5):
            told = tuple(5 * ((x + phase) // 5) for x in path)
            if max(told) > 10:
                continue  # what lies behind it may lie beyond the search
            changes = (path[1] - path[0], path[2] - path[1])
            own = max(0, -changes[0], -changes[0] - changes[1])  # records that were seen to go must have been there
            known[told, changes].add(path[0] - own)
            for version in range(3):
                unknown[told, "count", version].add(path[version])
            for first, second in ((0, 1), (1, 2), (0, 2)):
                unknown[told, "change", first, second].add(abs(path[second] - path[first]))
    assert not [told for told, others in known.items() if min(others) >= 1 and max(others) < 5]
    assert not [told for told, values in unknown.items() if is_unsafe(min(values), max(values), 5)]


def test_no_pair_of_versions_with_months_gives_a_small_count_or_change_away():
    """Two leaves, two months, two versions, every phase; the changes are not known."""
    assert _harmed_by_pairs(_by_rule) == 0


def test_pairs_of_versions_with_months_and_no_rule_do():
    assert _harmed_by_pairs(_always) > 0


def _harmed_by_pairs(rule, most=5):
    states = [
        (leaves, months)
        for leaves in product(range(most + 1), repeat=2)
        for months in product(range(sum(leaves) + 1), repeat=2)
        if sum(months) == sum(leaves)
    ]
    behind = defaultdict(lambda: [set() for _ in range(6)])
    for phase in product(UNDER_B, repeat=4):
        told = defaultdict(set)
        for leaves, months in states:
            shown = tuple(B * ((x + f) // B) for x, f in zip(leaves + months, phase, strict=True))
            told[shown[:2], shown[2:] if rule(shown[:2], shown[2:]) else None].add(leaves)
        for (first, one), (second, other) in product(told.items(), repeat=2):
            found = behind[first, second]
            for leaf in range(2):
                before, now = {x[leaf] for x in one}, {x[leaf] for x in other}
                found[leaf] |= before
                found[2 + leaf] |= now
                found[4 + leaf] |= {abs(b - a) for a in before for b in now}
    whole = [found for told, found in behind.items() if max(*told[0][0], *told[1][0]) <= most - B + 1]
    sets = [values for found in whole for values in found]
    assert len(sets) > 100
    return sum(min(values) >= 1 and max(values) < B for values in sets)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.data())
def test_the_audit_finds_what_the_closed_form_says(leaves, data):
    """One sum known twice: a count's ends are its own, or what the rest leaves it."""
    cut = data.draw(st.integers(0, sum(leaves)))
    secret = data.draw(st.binary(min_size=4, max_size=4))
    counts = _array([*leaves, cut, sum(leaves) - cut])
    told = rounded(counts, phases(secret, [str(i) for i in range(len(counts))], 5), 5)
    of_leaves, of_months = told[:-2], told[-2:]
    (least, most), (least_m, most_m) = bounds(of_leaves, 5), bounds(of_months, 5)
    found = audit(of_leaves, of_months, 5)
    first = int(of_leaves.argmin())
    low = max(least[first], least_m.sum() - (most.sum() - most[first]))
    high = min(most[first], most_m.sum() - (least.sum() - least[first]))
    assert np.allclose(found[0], (low, high))
    if is_shown(of_leaves, of_months, 5, 0):
        assert np.allclose(found[0], (least[first], most[first]))
        assert not any(is_unsafe(*ends, 5) for ends in found)


def test_the_audit_finds_what_must_not_stand():
    # Five leaves of at least one each, and months of at most four in all.
    assert any(is_unsafe(*ends, 5) for ends in audit(_array([5, 5, 5, 5]), _array([0]), 5))


@pytest.mark.parametrize("case", ORACLE["lp_cases"][:4], ids=lambda case: case["name"])
def test_the_attack_recovers_what_the_oracles_attacker_does(case):
    table, hidden = np.array(case["table"]), np.array(case["suppressed"], dtype=bool)
    n = table.size
    lines = [np.arange(n).reshape(table.shape)[i] for i in range(len(table))] + list(
        np.arange(n).reshape(table.shape).T
    )
    sums = np.zeros((len(lines), n))
    for line, cells in enumerate(lines):
        sums[line, cells] = 1
    told = sums @ table.ravel()
    least = np.where(hidden.ravel(), 0.0, table.ravel())
    most = np.where(hidden.ravel(), np.inf, table.ravel())
    for cell, ends in case["bounds"].items():
        target = np.eye(n)[int(cell)]
        assert np.allclose(attack(target, sums, told, least, most), ends, atol=1e-6)
