"""Small counts are withheld, and what is computed from them; an Answer is a frozen value."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Principal, local_user
from dashboard.database import open_current
from dashboard.disclosure import ALIKE, K, of_a_total, protect, suppress, suppress_parts
from dashboard.filters import Filters


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_one_to_four_are_withheld_and_nothing_else(counts):
    table = suppress(pa.table({"n": pa.array(counts, pa.int64())}), {})
    for count, shown, hidden in zip(counts, table["n"].to_pylist(), table["n_hidden"].to_pylist(), strict=True):
        assert hidden == (1 <= count < K)
        assert shown == (None if hidden else count)


def test_what_is_computed_from_a_withheld_count_is_withheld():
    table = pa.table({"n": [9, 3, 0], "n_near": [12, 4, 0], "z": [2.5, 1.5, -0.2]})
    shown = suppress(table, {"z": ("n_near",)})
    assert shown["z"].to_pylist() == [2.5, None, -0.2]
    assert shown["n_near"].to_pylist() == [12, None, 0]


def test_a_ratio_is_withheld_where_either_count_is_small():
    table = pa.table({"n": [9, 3, 9], "n_before": [9, 9, 2], "ratio": [1.0, 0.3, 4.5]})
    assert suppress(table, {"ratio": ("n", "n_before")})["ratio"].to_pylist() == [1.0, None, None]


def test_an_unknown_count_is_unknown_and_not_withheld():
    shown = suppress(pa.table({"n": pa.array([None], pa.int64())}), {})
    assert (shown["n"][0].as_py(), shown["n_hidden"][0].as_py()) == (None, False)


@pytest.mark.parametrize("total", range(K, 16))
def test_no_total_less_the_other_parts_gives_a_small_part_back(total):
    """Every way to part a total in four: whoever knows it and the method finds two values for each part of 1 to 4."""
    looking_alike = {}
    for parts in (each for each in product(range(total + 1), repeat=4) if sum(each) == total):
        hidden = of_a_total(np.array(parts))
        seen = tuple(None if withheld else n for n, withheld in zip(parts, hidden, strict=True))
        assert all(n is None for n, part in zip(seen, parts, strict=True) if 0 < part < K)
        looking_alike.setdefault(seen, []).append(parts)
    for alike in looking_alike.values():
        for place in range(4):
            values = {parts[place] for parts in alike}
            assert len(values) > 1 or not 0 < min(values) < K


def test_parts_are_withheld_by_total_and_stand_in_no_order_of_their_counts():
    # 15 + 9 + 8 + 1 = 33: without the 8 the 1 is told; of the second total nothing is small, so nothing is withheld.
    rows = [("a", "SOM", 15), ("a", "UNDETERMINED", 9), ("a", "TIP_AND_SOM", 8), ("a", "TIP", 1), ("b", "TIP", 6)]
    table = pa.table(dict(zip(("adm2", "label", "n"), zip(*rows, strict=True), strict=True)))
    shown = suppress_parts(table.select(["label", "n", "adm2"]), {}, "adm2").to_pylist()
    assert [(row["label"], row["n"], row[ALIKE]) for row in shown] == [
        ("SOM", 15, False), ("UNDETERMINED", 9, False), ("TIP", 6, False),
        ("TIP", None, True), ("TIP_AND_SOM", None, True),
    ]  # fmt: skip


def test_a_reader_without_a_policy_gets_nothing(sample_store):
    selected = open_current(sample_store).select(Filters(), Principal("p", "recipient", ("BD4041",)))
    with pytest.raises(PermissionError):
        protect(selected, pa.table({"n": [1]}))


def test_the_local_user_is_a_commander_of_all_districts():
    assert (local_user().role, local_user().districts) == ("commander", None)
