"""A colour means the same under every filter and period, and the legend says what."""

import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import layers
from dashboard.i18n import Text
from dashboard.pages import district, hotspots
from dashboard.theme import DARK, LIGHT, rgba

EN = Text("en")


def colour_of(n, beside, theme):
    """The colour that a count has on a map where it stands beside others."""
    rows = [
        {"cell": i, "adm2": "BD4041", "country": "BD", "n": each if each >= 5 else None, "n_hidden": 0 < each < 5,
         "class": "none"}
        for i, each in enumerate([n, *beside])
    ]  # fmt: skip
    answer = SimpleNamespace(rows=lambda _: rows, label=lambda _: lambda _list, code: code)
    return layers._counts(answer, EN, theme)["data"][0]["c"][:3]


@given(st.integers(1, 400), st.lists(st.integers(1, 10_000), max_size=6), st.sampled_from([LIGHT, DARK]))
def test_a_count_has_one_colour_whatever_else_is_on_the_map(n, beside, theme):
    assert colour_of(n, beside, theme) == colour_of(n, [], theme)


@given(st.floats(0, 0.05), st.sampled_from([LIGHT, DARK]))
def test_a_hot_cell_has_the_colour_that_the_legend_gives_its_q(q, theme):
    legend = {0.001: theme.hot[2], 0.01: theme.hot[1], 0.05: theme.hot[0]}
    assert theme.hot[2 - layers.hot_step(q)] == legend[min(limit for limit in legend if q <= limit)]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("legend", ["hotspots", "district"])
def test_the_legend_names_the_breaks_of_the_map(monkeypatch, theme, legend):
    monkeypatch.setattr("dashboard.components.pictures.shown_theme", lambda: theme)
    answer = SimpleNamespace(rows=lambda _: [])
    entries = hotspots._by_q(answer, EN) if legend == "hotspots" else district._legend(EN)
    told = {words: colour for shape, colour, words in entries if shape == "cell" and re.match(r"[<\d]", words)}
    assert len(told) == len(layers.COUNT_BREAKS) + 1
    for words, colour in told.items():
        ends = [int(n) for n in re.findall(r"\d+", words)]  # of "<5", "5–9" and "40+"
        for n in (1, ends[0] - 1) if words.startswith("<") else (ends[0], ends[-1] + 400 * words.endswith("+")):
            assert colour_of(n, [], theme) == rgba(colour)[:3]


def test_the_colours_of_two_periods_are_those_of_one_legend(sample_store):
    """The same cell with the same count is drawn alike in a period of 12 weeks and in one of two years."""
    from dashboard.access import local_user
    from dashboard.answers import overview
    from dashboard.database import open_current
    from dashboard.filters import Filters

    store, seen = open_current(sample_store), {}
    for weeks in (12, 104):
        end = date(2026, 11, 22)
        filters = Filters(end - timedelta(weeks=weeks) + timedelta(days=1), end, resolution=4)
        answer = overview.answer(store.select(filters, local_user()))
        drawn = {each["h"]: tuple(each["c"]) for each in layers._counts(answer, EN, LIGHT)["data"]}
        for row in answer.rows("cells"):
            if (colour := drawn.get(layers.h3_of(row["cell"]))) is not None:
                seen.setdefault(layers.count_step(row["n"]), set()).add(colour)
    assert len(seen) > 1
    assert all(len(colours) == 1 for colours in seen.values())
