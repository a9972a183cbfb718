"""Emerging hot spots: the classes against hand cases, the whole way against the oracle's cube."""

import csv
import json
from pathlib import Path

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stats.emerging import classes, cube_neighbours, enough_to_class, shown_p, signs, slice_neighbours
from dashboard.stats.gi_star import exact_tails, false_discovery, gi_star
from dashboard.stats.mann_kendall import mann_kendall

REFS = Path(__file__).resolve().parents[2] / "refs" / "emerging"
RULES = json.loads((REFS / "class_rules.json").read_text())["cases"]
SLICES = 12


def read(name: str) -> list[dict[str, str]]:
    with (REFS / name).open() as lines:
        return list(csv.DictReader(lines))


def cube() -> tuple[list[str], dict[str, np.ndarray]]:
    """The oracle's cells and its columns as (n, T) arrays."""
    rows = read("cube.csv")
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    columns = {
        name: np.array([float(row[name]) for row in rows]).reshape(len(cells), SLICES)
        for name in ("y", "z", "p_hot", "p_cold", "q_hot", "q_cold", "z_space")
    }
    return cells, columns


def touching(cells: list[str]) -> np.ndarray:
    position = {cell: i for i, cell in enumerate(cells)}
    return np.array([[position.get(c, -1) for c in h3.grid_disk(cell, 1)] for cell in cells])


def class_of(history: str, z: float = 0, p: float = 1) -> str:
    return classes(np.array([list(history)]), np.array([float(z)]), np.array([float(p)]))[0]


@pytest.mark.parametrize("case", RULES, ids=lambda c: f"{c['sig']}-{c['mk_z']}")
def test_oracle_class_rules(case):
    name = class_of(case["sig"], case["mk_z"], case["mk_p"])
    assert name == case["expected"].replace(" ", "_")


def test_oracle_cube():
    cells, known = cube()
    near = touching(cells)
    counts, bins = known["y"].astype(np.int64), cube_neighbours(near, SLICES)
    z = gi_star(counts.astype(float).ravel(), bins).reshape(counts.shape)
    np.testing.assert_allclose(z, known["z"], rtol=1e-9, atol=1e-9)
    tails = [p.reshape(counts.shape) for p in exact_tails(counts.ravel(), bins)]
    q_hot, q_cold = (false_discovery(p.ravel()).reshape(counts.shape) for p in tails)
    for name, seen in (("p_hot", tails[0]), ("p_cold", tails[1]), ("q_hot", q_hot), ("q_cold", q_cold)):
        np.testing.assert_allclose(seen, known[name], rtol=1e-9)  # the file keeps ten digits
    in_slices = gi_star(counts.astype(float).ravel(), slice_neighbours(near, SLICES)).reshape(counts.shape)
    np.testing.assert_allclose(in_slices, known["z_space"], rtol=1e-9, atol=1e-9)
    histories, trend = signs(q_hot, q_cold, np.ones(counts.shape, dtype=bool)), mann_kendall(in_slices)
    found = classes(histories, trend.z, trend.p)
    expected = read("classes.csv")
    assert ["".join(history) for history in histories] == [row["sig"] for row in expected]
    np.testing.assert_allclose(trend.z, [float(row["mk_z"]) for row in expected], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(trend.p, [float(row["mk_p"]) for row in expected], rtol=1e-9)
    assert found.tolist() == [row["cls"].replace(" ", "_") for row in expected]


def test_the_bins_of_two_cells_in_two_slices_by_hand():
    # bins 0, 1 are the first cell's two slices, 2 and 3 the second's; the first slice reaches back to nothing
    near = cube_neighbours(np.array([[0, 1], [1, -1]]), 2)
    assert near.tolist() == [[0, 2, -1, -1], [1, 3, 0, 2], [2, -1, -1, -1], [3, -1, 2, -1]]


def test_cold_is_said_only_where_effort_is_known():
    q_hot, q_cold = np.array([[0.05, 1.0, 1.0, np.nan]]), np.array([[1.0, 0.05, 0.05, np.nan]])
    assert "".join(signs(q_hot, q_cold, np.array([[False, True, False, True]]))[0]) == "HC.?"


def test_a_cube_without_variance_is_undefined():
    counts, near = np.zeros((40, SLICES), dtype=np.int64), np.arange(40)[:, None]
    q = [false_discovery(p).reshape(counts.shape) for p in exact_tails(counts.ravel(), cube_neighbours(near, SLICES))]
    histories = signs(q[0], q[1], np.ones(counts.shape, dtype=bool))
    assert set(classes(histories, np.zeros(40), np.ones(40))) == {"undefined"}


def test_a_trend_in_few_records_is_none():
    # nine records in the first cell alone, one more in the second: ten in the two together
    counts = np.zeros((3, SLICES), dtype=np.int64)
    counts[0, -3:], counts[1, 0] = 3, 1
    shown = shown_p(np.full(3, 0.01), counts, np.array([[0, -1], [0, 1], [2, -1]]))
    np.testing.assert_array_equal(shown, [np.nan, 0.01, np.nan])
    assert class_of("H" * SLICES, 3, np.nan) == "persistent_hot"


def test_eleven_slices_are_too_few():
    assert enough_to_class(np.ones((40, 11), dtype=np.int64)) == "too_few_slices"
    assert enough_to_class(np.ones((40, 12), dtype=np.int64)) is None


@given(st.text("HC.", min_size=1, max_size=24), st.floats(-4, 4), st.floats(0, 1))
def test_every_history_has_one_class_that_its_last_slice_allows(history, z, p):
    name = class_of(history, z, p)
    if name == "no_pattern":
        return
    kind, word = name.split("_")
    sign = {"hot": "H", "cold": "C"}[word]
    assert history.endswith(sign) != (kind == "historical")
    assert (10 * history.count(sign) >= 9 * len(history)) == (
        kind in ("historical", "intensifying", "diminishing", "persistent")
    )


@given(st.text("HC.", min_size=2, max_size=24), st.floats(-4, 4), st.floats(0, 1))
def test_hot_and_cold_exchanged_give_the_opposite_class(history, z, p):
    opposite = history.translate(str.maketrans("HC", "CH"))
    names = {class_of(history, z, p), class_of(opposite, -z, p)}
    assert len({name.split("_")[0] for name in names}) == 1
    assert names == {"no_pattern"} or {name.split("_")[1] for name in names} == {"hot", "cold"}
