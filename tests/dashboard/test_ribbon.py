"""The border ribbon: its line, its counts, what is withheld in it and in its figures, and how it is drawn."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import ribbon as border
from dashboard.access import local_user
from dashboard.answers import corridors as answers
from dashboard.charts.border import along_border
from dashboard.components import moved
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, K, level, merge_small
from dashboard.figures import baseline, corridors, period, ribbon, spread
from dashboard.figures.chance import generator
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.theme import DARK, LIGHT

PERIOD = (date(2026, 8, 31), date(2026, 11, 22))
EN, BN = Text("en"), Text("bn")
LAND, SEA = 145, 31  # 724 and 152 pieces of 5 km


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


@pytest.fixture(scope="module")
def selected(store):
    return period.settle(store.select(Filters(*PERIOD), local_user()))[0]


@pytest.fixture(scope="module")
def along(selected):
    return ribbon.line(selected)


@pytest.fixture(scope="module")
def table(selected, along):
    return ribbon.ribbon(
        selected, along, ribbon.counted(selected, along, 2), corridors.crossings(baseline.settled(selected))
    )


# --- the line ------------------------------------------------------------------------


def test_the_line_is_cut_in_equal_stretches_by_land_and_then_by_sea(along):
    assert along.stretches["kind"].to_pylist() == ["land"] * LAND + ["sea"] * SEA
    starts, ends = along.stretches["start_km"].to_numpy(), along.stretches["end_km"].to_numpy()
    assert starts[0] == 0
    np.testing.assert_allclose(starts[1:], ends[:-1])
    lengths = ends - starts
    last = [LAND - 1, LAND + SEA - 1]
    np.testing.assert_allclose(np.delete(lengths, last), 25, atol=0.02)
    assert (lengths[last] <= 25).all()
    assert np.bincount(along.stretch_of).max() == 5


def test_every_formal_point_is_marked_once(selected, store):
    marked = ribbon.marks(selected).to_pylist()
    assert len(marked) == 25 + 5  # land ports and check posts
    assert Counter(row["kind"] for row in marked) == {"formal_port": 25, "immigration_checkpost": 5}
    assert all(0 <= row["chainage_km"] <= 4380 for row in marked)


def test_a_stretch_has_the_detections_of_its_five_pieces(table, facts):
    rows = facts.execute(
        "SELECT if(border_segment < 724, border_segment // 5, 145 + (border_segment - 724) // 5), crime_label, "
        "date_start >= ? FROM incident WHERE event_type <> 'pushed_in' AND border_segment IS NOT NULL "
        "AND date_start BETWEEN ? AND ?",
        [PERIOD[0], PERIOD[0] - timedelta(days=84), PERIOD[1]],
    ).fetchall()
    now = Counter(stretch for stretch, _, is_now in rows if is_now)
    before = Counter(stretch for stretch, _, is_now in rows if not is_now)
    assert sum(now.values()) > 50
    for row in table.to_pylist():
        assert (row["n"], row["n_before"]) == (now[row["stretch"]], before[row["stretch"]])
        assert row["low"] <= row["n"] <= row["high"]
        parts = [row[part] for part in ribbon.PARTS]
        assert sum(filter(None, parts)) == row["n"]
    tip = Counter(stretch for stretch, label, is_now in rows if is_now and label == "TIP")
    assert {row["stretch"]: row["n_tip"] for row in table.to_pylist() if row["n_tip"]}.items() <= tip.items()


def test_a_year_earlier_is_compared_with_the_same_days_of_that_year(store):
    filters = Filters(*PERIOD, against="year_before")
    asked = period.settle(store.select(filters, local_user()))[0]
    along = ribbon.line(asked)
    told = ribbon.ribbon(asked, along, ribbon.counted(asked, along, 2), corridors.crossings(baseline.settled(asked)))
    then = period.settle(store.select(Filters(*(each - timedelta(days=364) for each in PERIOD)), local_user()))[0]
    assert told["n_before"].to_pylist() == ribbon.counted(then, along, 1).sum(axis=(1, 2)).tolist()
    assert sum(told["n_before"].to_pylist()) > 0


def test_past_periods_are_counted_each_for_itself_and_unknown_where_no_data_reach(store, facts):
    asked = period.settle(store.select(Filters(date(2024, 12, 1), date(2025, 6, 30)), local_user()))[0]
    found = ribbon.past(asked, ribbon.counted(asked, ribbon.line(asked), ribbon.PERIODS))
    first, last = facts.execute("SELECT min(date_start), max(date_start) FROM incident").fetchone()
    periods = found["periods"].to_pylist()
    assert [each["period"] for each in periods] == list(range(8))
    assert any(each["is_covered"] for each in periods)
    for each in periods:
        assert each["is_covered"] == (first <= each["date_from"] and each["date_to"] <= last)
        counted = sum(row["n"] for row in found["past"].to_pylist() if row["period"] == each["period"])
        (expected,) = facts.execute(
            "SELECT count(*) FROM incident WHERE event_type <> 'pushed_in' AND border_segment IS NOT NULL "
            "AND date_start BETWEEN ? AND ?",
            [each["date_from"], each["date_to"]],
        ).fetchone()
        assert counted == (expected if each["is_covered"] else 0)


# --- what is withheld ----------------------------------------------------------------


def test_no_part_of_a_bar_under_five_can_be_worked_out():
    """An attacker with every bar that could look as this one does: four values at least are left for each part."""
    most = 26  # totals up to here are enumerated whole
    bars = np.array([bar for bar in product(range(9), range(9), range(9), range(most + 1)) if K <= sum(bar) <= most])
    looks = defaultdict(list)
    for bar, shown in zip(bars, merge_small(bars[:, :3], bars[:, 3]), strict=True):
        assert sum(n for n in shown if n > 0) == bar.sum()
        assert all(n in (-1, 0) or n >= K for n in shown)
        looks[(bar.sum(), *shown)].append(bar)
    for (_, *shown), alike in looks.items():
        for part in np.flatnonzero(np.array(shown[:3]) == -1):
            values = {int(bar[part]) for bar in alike}
            assert max(values) - min(values) >= K - 1 or not values & set(range(1, K)), (shown, values)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_levelled_counts_tell_only_the_sum_of_what_is_withheld(counts):
    given_counts = np.array(counts, dtype=np.int64)
    levelled = level(given_counts)
    hidden = (given_counts > 0) & (given_counts < K)
    if levelled is None:
        assert hidden.any()
        return
    assert levelled.sum() == given_counts.sum()
    assert (levelled[~hidden] == given_counts[~hidden]).all()
    assert ((levelled > 0) & (levelled < K) == hidden).all()
    for other in permutations_of_sum(given_counts, hidden):
        assert (level(other) == levelled).all()


def permutations_of_sum(counts, hidden):
    """The same with one detection moved from one withheld stretch to another, each way that leaves them withheld."""
    at = np.flatnonzero(hidden)
    for a, b in product(at, at):
        if a != b and counts[a] > 1 and counts[b] < K - 1:
            other = counts.copy()
            other[a] -= 1
            other[b] += 1
            yield other


@pytest.mark.parametrize(
    ("counts", "is_told"),
    [([20, 3], False), ([20, 1, 1], False), ([20, 4, 4], False), ([20, 2, 3], True), ([20, 0, 30], True)],
)
def test_a_sum_that_leaves_no_doubt_is_not_told(counts, is_told):
    assert (level(np.array(counts)) is not None) == is_told


def test_one_withheld_stretch_withholds_gini_entropy_and_total(selected, along):
    n = np.zeros(LAND + SEA, dtype=np.int64)
    n[3], n[9], n[20] = 20, 10, 3
    rows = spread.concentration(selected, along, n).to_pylist()
    assert {row["refused"] for row in rows} == {"withheld"}
    assert all(row[name] is None for row in rows for name in ("n", "value", "chance_mean", "is_concentrated"))


def test_the_same_screen_has_the_same_figures(selected, along):
    one, other = np.zeros((2, LAND + SEA), dtype=np.int64)
    one[[3, 9, 20, 50, 70]], other[[3, 9, 20, 50, 70]] = (30, 10, 4, 1, 3), (30, 10, 2, 2, 4)
    assert spread.concentration(selected, along, one) == spread.concentration(selected, along, other)


# --- how concentrated, and how far ---------------------------------------------------


def test_concentration_by_hand(selected, along):
    n = np.zeros(LAND + SEA, dtype=np.int64)
    n[:4] = 10
    n[LAND:] = 100  # at sea, not of the land border
    found = {row["index"]: row for row in spread.concentration(selected, along, n).to_pylist()}
    assert (found["gini"]["n"], found["gini"]["units"]) == (40, LAND)
    # four equal of 145: the sorted sum gives 1 - 4/145; entropy log2 4; four hold more than 80 %, three 75 %
    assert found["gini"]["value"] == pytest.approx(1 - 4 / 145)
    assert found["entropy_bits"]["value"] == pytest.approx(2)
    assert found["units_for_80pct"]["value"] == 4
    assert found["gini"]["is_concentrated"]
    spread_out = {r["index"]: r for r in spread.concentration(selected, along, np.full(LAND + SEA, 5)).to_pylist()}
    assert not spread_out["gini"]["is_concentrated"]


def test_the_centre_is_that_of_the_middles_of_stretches(selected, along, table):
    n, n_before = (table[name].to_numpy().copy() for name in ("n", "n_before"))
    settled = replace(baseline.settled(selected), told=selected)  # the table is of the whole period
    (row,) = spread.shift(settled, along, n, n_before).to_pylist()
    middles = (along.stretches["start_km"].to_numpy() + along.stretches["end_km"].to_numpy())[:LAND] / 2
    for name, counts in (("after_km", n), ("before_km", n_before)):
        levelled = level(counts[:LAND])
        assert row[name] == pytest.approx((levelled * middles).sum() / levelled.sum())
    assert row["low_km"] < row["shift_km"] < row["high_km"]
    assert (row["verdict"] == "no_evidence") == (row["low_km"] <= 0 <= row["high_km"])


def test_chance_repeats_with_version_filters_and_method(selected, store):
    draws = [generator(selected, "a").random(), generator(selected, "a").random()]
    other = period.settle(store.select(Filters(*PERIOD, {"label": ("TIP",)}), local_user()))[0]
    draws += [generator(selected, "b").random(), generator(other, "a").random()]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


@st.composite
def asked(draw):
    start = draw(st.dates(date(2024, 12, 1), date(2026, 10, 1)))
    end = start + timedelta(days=draw(st.integers(0, 400)))
    labels = draw(st.sets(st.sampled_from(["TIP", "SOM"]), max_size=1))
    return Filters(start, end, {"d": tuple(draw(st.sets(st.sampled_from(["BD4044", "BD2022"])))), "label": labels})


@given(asked())
@settings(max_examples=20)
def test_the_words_under_the_ribbon_are_those_of_its_figures(store, filters):
    answer = answers.answer(store.select(filters, local_user()))
    (shift,) = answer.rows("shift")
    units = next(row for row in answer.rows("concentration") if row["index"] == "units_for_80pct")
    said = moved.shift(answer, EN)
    assert ("Their centre moved" in said) == (shift["verdict"] == "moved")
    if shift["verdict"] == "moved":
        assert ("towards Teknaf" in said) == (shift["shift_km"] > 0)
    said = moved.concentration(answer, EN)
    assert said.startswith("Concentrated:") == bool(units["is_concentrated"])
    if units["value"] is not None:
        assert f"80% of {units['n']} " in said
    for text in (EN, BN):
        assert "nan" not in moved.shift(answer, text) + moved.concentration(answer, text)


# --- how it is drawn -----------------------------------------------------------------


def drawn(answer, text=EN, theme=LIGHT):
    rows = {name: answer.rows(name) for name in ("stretches", "marks", "periods", "past")}
    shapes = border.draw(border.Ribbon(**rows), text, answer.label(text.language), theme, 76)
    return along_border(shapes, theme, text).to_dict()


def data(spec, mark):
    """The rows of every layer of one mark."""
    layers = [each for each in spec["layer"] if each["mark"] == mark or each["mark"].get("type") == mark]
    return [row for each in layers for row in spec["datasets"][each["data"]["name"]]]


@pytest.fixture(scope="module")
def answer(selected):
    return answers.answer(selected)


def test_a_count_of_one_to_four_is_one_stub_and_one_tile_whatever_it_is(answer):
    spec = drawn(answer)
    hidden = {row["start_km"] for row in answer.rows("stretches") if row["n" + HIDDEN]}
    colour = border.heat_colours(LIGHT)[0]
    bars = [row for row in data(spec, "rect") if row["x"] in hidden and row["colour"] == LIGHT.label["mixed"]]
    assert len(bars) == len(hidden) > 1
    assert len({round(row["y"] - row["y2"], 9) for row in bars}) == 1
    assert all("<5" in row["tip"] for row in bars)
    tiles = [row for row in data(spec, "rect") if row["colour"] == colour]
    assert sum(row["n" + HIDDEN] for row in answer.rows("past")) == len(tiles)


def test_a_bar_is_as_high_as_its_count(answer):
    spec = drawn(answer)
    rects = data(spec, "rect")
    heights = {}
    for row in answer.rows("stretches"):
        if row["n"]:
            mine = [each for each in rects if each["x"] == row["start_km"] and each["y2"] < each["y"]]
            heights[row["n"]] = sum(each["y"] - each["y2"] for each in mine) / row["n"]
    assert len(heights) > 3
    np.testing.assert_allclose(list(heights.values()), next(iter(heights.values())))


@pytest.mark.parametrize("width_px", [330, 700, 1250, 1800])
@pytest.mark.parametrize(("text", "theme"), [(EN, LIGHT), (BN, DARK)])
def test_no_two_words_touch_at_any_width(answer, width_px, text, theme):
    spec = drawn(answer, text, theme)
    lines = defaultdict(list)
    scale = width_px / max(row["end_km"] for row in answer.rows("stretches"))
    peaks = {row["y"] for row in data(spec, "text") if row["name"].split()[-1][0].isdigit()}
    for row in data(spec, "text"):
        if width_px >= row["min_px"]:
            wide = border.LETTER_PX * len(row["name"])
            left = row["x"] * scale - {"left": 0, "center": wide / 2, "right": wide}[row["align"]]
            lines["peaks" if row["y"] in peaks else row["y"]].append((left, left + wide))
            assert left >= -1
            assert left + wide <= width_px + 1
    assert lines["peaks"]
    for words in lines.values():
        ordered = sorted(words)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))
    assert all("width >= datum.min_px" in str(each) for each in spec["layer"] if each["mark"].get("type") == "text")


def test_a_ribbon_of_nothing_is_a_line_without_bars(store):
    nothing = answers.answer(store.select(Filters(date(2001, 1, 1), date(2001, 3, 1)), local_user()))
    spec = drawn(nothing)
    assert nothing.figure("n") == 0
    assert not [row for row in data(spec, "text") if row["name"][-1].isdigit()]
    assert not any(each["is_covered"] for each in nothing.rows("periods"))
    assert len(data(spec, "point")) == 30


def test_a_period_that_the_data_do_not_reach_has_no_ground(store):
    late = answers.answer(store.select(Filters(date(2024, 1, 1), date(2026, 11, 22)), local_user()))
    covered = sum(row["is_covered"] for row in late.rows("periods"))
    ground = [row for row in data(drawn(late), "rect") if row["colour"] == LIGHT.panel and row["x2"] - row["x"] > 4000]
    assert len(ground) == covered < 8


def test_every_count_of_the_answer_is_a_count_column_with_its_twin(answer):
    for name, each in answer.tables.items():
        for column in each.column_names:
            if pa.types.is_integer(each.schema.field(column).type) and not column.startswith("n"):
                assert column in ("stretch", "period", "operation", "rank", "weeks", "units"), (name, column)
            if (column == "n" or column.startswith("n_")) and not column.endswith(HIDDEN):
                assert column + HIDDEN in each.column_names
                assert not any(n is not None and 0 < n < K for n in each[column].to_pylist()), (name, column)
