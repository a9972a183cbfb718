"""Playback: what the browser is sent is already protected; slices are whole; the page says what the table says."""

import gzip
import json
from datetime import date
from itertools import pairwise
from unittest.mock import patch

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linprog
from streamlit.testing.v1 import AppTest

from dashboard import layers
from dashboard.access import local_user
from dashboard.database import open_current
from dashboard.disclosure import K, _has_swap, _swaps, tellable
from dashboard.figures import playback
from dashboard.filters import Filters, default_types
from dashboard.i18n import Text
from dashboard.pages import playback as page
from dashboard.settings import settings
from dashboard.theme import LIGHT
from tests.dashboard.conftest import HOMES

EN = Text("en")
COUNTS = arrays.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 12))
OFTEN_FEW = st.sampled_from((0, 0, 0, 1, 4, 5, 8, 20))
WIDER = arrays.arrays(np.int64, st.tuples(st.integers(2, 9), st.integers(2, 7)), elements=OFTEN_FEW)


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module")
def answer(store):
    return page.PAGE.answer(store.select(Filters(), local_user()))


def test_a_small_count_takes_the_smallest_told_one_of_its_row_with_it():
    # 3 would be 29 - 26: with it goes 6, and what is left is 29 - 20 = 9 in two places.
    assert tellable(np.array([[3, 20, 6], [4, 0, 2]]))[0].tolist() == [False, True, False]


def test_a_small_count_takes_the_smallest_told_one_of_its_column_with_it():
    assert tellable(np.array([[7, 8], [2, 9], [9, 9]])).T[0].tolist() == [False, False, True]


@pytest.mark.parametrize("counts", [[[0, 4, 6], [9, 0, 0]], [[20, 0], [20, 6], [3, 0]]])
def test_a_told_count_does_not_say_where_the_others_cannot_lie(counts):
    # 9 in its row leaves no place for 6 but its own, and 4 would be the rest of its row.
    assert not tellable(np.array(counts)).any()


def test_where_nothing_is_small_all_is_told():
    assert tellable(np.array([[7, 0], [0, 9]])).tolist() == [[True, False], [False, True]]


@given(COUNTS)
def test_no_small_count_is_given_away_by_what_is_told(counts):
    """An attacker's linear programme: a small count that the sums leave open is left open by the told counts too."""
    told, nothing = tellable(counts), np.zeros(counts.shape, dtype=bool)
    assert not (told & (counts < K)).any()
    for at in np.argwhere((counts > 0) & (counts < K)):
        if _width(counts, nothing, at) > 0.5:
            assert _width(counts, told, at) > 0.5


@given(COUNTS | WIDER)
def test_counts_that_keep_a_swap_are_found_together_as_one_by_one(counts):
    for least in (K, 9):
        told = counts >= least
        for row, column in np.argwhere((counts > 0) & (counts < K)):
            assert _swaps(counts, told)[row, column] == _has_swap(counts, told, row, column)


@given(COUNTS | WIDER)
def test_only_counts_without_a_swap_are_looked_at_but_as_much_is_told_as_if_each_were(counts):
    with patch("dashboard.disclosure._swaps", lambda counts, _: np.zeros(counts.shape, dtype=bool)):
        one_by_one = tellable(counts)
    assert np.array_equal(tellable(counts), one_by_one)


def _width(counts, told, at):
    """How far apart the least and the most are that a count can be, by the sums of rows and columns from K on."""
    places = [tuple(each) for each in np.argwhere(~told)]
    lines = [[float(i == row) for i, _ in places] for row in range(counts.shape[0])]
    lines += [[float(j == column) for _, j in places] for column in range(counts.shape[1])]
    sums = np.array([*counts.sum(axis=1), *counts.sum(axis=0)])
    rest = np.array([*np.where(told, 0, counts).sum(axis=1), *np.where(told, 0, counts).sum(axis=0)])
    is_small = (sums > 0) & (sums < K)  # such a sum is withheld: that it is 1 to 4 is all that is known of it
    lines, aim = np.array(lines), np.array([float(each == tuple(at)) for each in places])
    bounds = {"A_ub": np.vstack([lines[is_small], -lines[is_small]]), "A_eq": lines[~is_small], "b_eq": rest[~is_small]}
    bounds["b_ub"] = [K - 1] * is_small.sum() + [-1] * is_small.sum()
    least, most = (sign * linprog(sign * aim, **bounds).fun for sign in (1, -1))
    return most - least


def test_slices_are_whole_and_lie_in_the_data_and_the_period(store):
    selected, _ = page.playback.period.settle(store.select(Filters(), local_user()))
    for slice_, most in playback.SLICES.items():
        slices = playback.whole(selected, slice_)
        assert 1 < len(slices) <= most
        assert slices[-1][1] <= selected.filters.date_to
        for (_, last), (first, _) in pairwise(slices):
            assert (first - last).days == 1
    assert all(first.weekday() == 0 for first, _ in playback.whole(selected, "week"))
    assert all(first.day == 1 for first, _ in playback.whole(selected, "month"))


def test_no_small_count_is_sent_and_the_cells_of_a_frame_add_up(answer):
    cells = answer.rows("framed")
    assert len(cells) > 20
    assert all(row["n"] >= K for row in cells)
    for frame in answer.rows("frames"):
        mine = [row["n"] for row in cells if all(row[name] == frame[name] for name in ("slice", "first_day"))]
        assert sum(mine) == (frame["n_told"] or 0)  # none told of few detections is withheld, not 0
        assert frame["n"] is None or not 0 < frame["n"] - sum(mine) < K or not mine


def test_the_counts_are_those_of_the_file(answer, facts):
    row = max((row for row in answer.rows("framed") if row["slice"] == "month"), key=lambda row: row["n"])
    r = int(answer.notes["resolution_month"])
    cells = facts.execute(
        "SELECT cell FROM published.incident WHERE date_trunc('month', date_start) = $day AND adm2 IS NOT NULL "
        "AND list_contains($types, event_type) AND date_precision IN ('day', 'week', 'month') AND resolution >= $r "
        "AND NOT list_contains($homes, event_type)",
        {"homes": list(HOMES), "day": row["first_day"], "types": list(default_types()), "r": answer.filters.resolution},
    ).fetchall()
    held = [h3.cell_to_parent(layers.h3_of(cell), r) for (cell,) in cells]
    assert held.count(layers.h3_of(row["cell"])) == row["n"]


def test_the_headline_is_the_highest_of_the_table(answer):
    most = max(row["n"] for row in answer.rows("framed") if row["slice"] == "month")
    assert f": {most} around " in page.headline(answer, EN)


def test_each_cell_plays_in_its_frame(answer):
    drawn = layers.played(answer, "month", EN, LIGHT)
    frames = [row["first_day"] for row in answer.rows("frames") if row["slice"] == "month"]
    (cells,) = (layer for layer in drawn.layers if layer["id"] == "frames")
    told = {(frames[row["t"]], row["h"]) for row in cells["data"]}
    assert told == {
        (row["first_day"], layers.h3_of(row["cell"])) for row in answer.rows("framed") if row["slice"] == "month"
    }


def test_a_period_before_all_data_has_nothing_to_play(store):
    empty = page.PAGE.answer(store.select(Filters(date(1990, 1, 1), date(1990, 12, 31)), local_user()))
    assert empty.tables["frames"].num_rows == empty.tables["framed"].num_rows == 0


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_page_plays_the_period_and_lists_where_it_stands(sample_store, monkeypatch, language):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    app = AppTest.from_string(
        f"""
import streamlit as st
from dashboard import access, database
from dashboard.filters import Filters, default_types
from dashboard.i18n import Text
from dashboard.pages.playback import PAGE
from dashboard.settings import settings
store = database.open_current(settings().store)
PAGE.draw(PAGE.answer(store.select(Filters(), access.local_user())), Text("{language}"))
""",
        default_timeout=60,
    ).run()
    settings.cache_clear()
    assert not app.exception
    sent = json.loads(gzip.decompress(app.get("bidi_component")[0].proto.bytes))
    assert [frame["key"] for frame in sent["frames"]] == sorted(frame["key"] for frame in sent["frames"])
    assert sent["begin"] == len(sent["frames"]) - 1
    assert len(app.dataframe) == 1
