"""Cells in the lattice: what they are made of, when they stand beside the others, and what Hotspots gives of them."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import h3
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import exports, geodata, ledger, snapshots
from dashboard import lattice as lattices
from dashboard.access import Audience, Principal, local_user
from dashboard.answers import protected
from dashboard.cli import commands
from dashboard.components.recorder import heard
from dashboard.database import CONTRACT, Selected, open_current
from dashboard.differences import between
from dashboard.errors import SimantaError
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME
from dashboard.settings import settings
from dashboard.stats import nested, rounding

QUARTER = {"date_from": date(2025, 10, 1), "date_to": date(2025, 12, 31)}
YEAR = {"date_from": date(2025, 7, 1), "date_to": date(2026, 6, 30)}
JASHORE, SATKHIRA = "BD4041", "BD4087"


@pytest.fixture(scope="module")
def given(sample_store, tmp_path_factory):
    """One for all tests that only read."""
    return shutil.copytree(
        sample_store, tmp_path_factory.mktemp("given") / "store", ignore=shutil.ignore_patterns("ledger*")
    )


@pytest.fixture
def folder(sample_store, tmp_path):
    """A store of its own, so that its key and its ledger are made here."""
    shutil.copytree(sample_store, tmp_path / "store", ignore=shutil.ignore_patterns("ledger*"))
    _forget()
    yield tmp_path / "store"
    _forget()


def _forget():
    lattices._inside.cache_clear()
    lattices._outside.cache_clear()


def _told(folder, reader="inside", principal=None, **filters):
    selected = Selected(open_current(folder), Filters(**filters), principal or local_user(), reader)
    return protected.answer(selected, "hotspots")


@pytest.fixture
def crowded(monkeypatch):
    """Two cells of the same two districts hold at least 37, as published, where these may hold 40 in all."""
    counted, cells = lattices._counted, list(lattices.cells().districts)
    pair = [cells.index(cell) for cell in (int("843cc01ffffffff", 16), int("843cc05ffffffff", 16))]

    def other(store):
        quarters, leaves, months, placed, is_practice = counted(store)
        touches, of_leaves = lattices._parts()
        here = np.isin(of_leaves, np.flatnonzero(touches[pair[0]])).reshape(leaves.shape[1:])
        full = np.zeros_like(placed)
        full[:, pair] = 20, 25
        return quarters, np.where(here, 0, leaves), months, full, is_practice

    monkeypatch.setattr(lattices, "_counted", other)
    monkeypatch.setattr(
        lattices, "_phases", lambda secret, kind, quarters, shape, base: np.zeros(shape, dtype=np.int64)
    )
    _forget()


def test_the_policy_has_cells_of_one_resolution_with_districts_and_every_crossing():
    cells, places = lattices.cells(), lattices.policy().places
    assert {h3.get_resolution(format(cell, "x")) for cell in [*cells.districts, *cells.joined]} == {cells.resolution}
    assert not cells.joined.keys() & cells.districts.keys()
    assert {*cells.joined.values(), *cells.crossings.values()} <= cells.districts.keys()
    assert cells.crossings.keys() == {place for place in places if place.startswith("x-")}
    assert {code for codes in cells.districts.values() for code in codes} == {*places.values()} - {""}


def test_a_record_is_counted_in_a_cell_of_its_district_or_in_none():
    cells = lattices.cells()
    cell, codes = next(iter(cells.districts.items()))
    small, own = next(iter(cells.joined.items()))
    assert cells.one_of(cell, codes[0]) == cell
    assert cells.one_of(small, cells.districts[own][0]) == own
    assert cells.one_of(cell, "BD2022") is cells.one_of(cell, None) is cells.one_of(0, codes[0]) is None


def test_cells_hold_no_record_of_a_crossing_and_none_that_is_known_to_its_district_only(given):
    store = open_current(given)
    quarters, leaves, _, placed, _ = lattices._counted(store)
    rows = Selected(store, Filters(), lattices.WHOLE).ask("lattice_cells", resolution=4).to_pylist()
    rest = [row for row in rows if lattices.place_of(row["adm2"], row["crossing"]) == row["adm2"]]
    assert 0 < placed.sum() <= sum(row["n"] for row in rest) < sum(row["n"] for row in rows)
    touches, of_leaves = lattices._parts()
    for of_cells, of_quarter in zip(placed, leaves, strict=True):
        assert placed.shape[0] == len(quarters)
        by_place = np.bincount(of_leaves[of_leaves >= 0], of_quarter.ravel()[of_leaves >= 0], touches.shape[1])
        for cell, n in enumerate(of_cells):
            assert n <= by_place[touches[cell]].sum()


def test_a_cell_is_the_sum_of_published_values_and_within_what_it_may_be(given):
    told = lattices.lattice(open_current(given), "inside")
    at = told.at(QUARTER["date_from"])
    assert told.is_placed[at]
    cells, places = lattices.cells(), list(lattices.policy().places)
    rows = _told(given, **QUARTER).rows("cells")
    assert rows
    for row in rows:
        here = [places.index(name) for name, cell in cells.crossings.items() if cell == row["cell"]]
        published = told.cells[at, list(cells.districts).index(row["cell"])] + told.leaves[at][:, here].sum()
        assert row["n"] == published > 0
        assert row["least"] <= row["n"] <= row["most"]


def test_the_attacker_takes_no_leaf_and_no_cell_of_all_that_is_published_together(given):
    """A linear program over leaves, cells and months of a quarter. What cells cost: benchmarks/DISCLOSURE.md."""
    store = open_current(given)
    told = lattices.lattice(store, "inside")
    quarters, _, _, counted, _ = lattices._counted(store)
    at, placed = told.at(QUARTER["date_from"]), counted[quarters.index(QUARTER["date_from"])]
    months = told.months[at] if told.is_shown[at] else told.months[at][:0]
    shown = np.concatenate([told.leaves[at].ravel(), told.cells[at], months])
    touches, of_leaves = lattices._parts()
    sums = nested.sums(of_leaves, touches, len(months))
    least, most = np.zeros(sums.shape[1]), np.full(sums.shape[1], np.inf)
    least[: len(shown)], most[: len(shown)] = rounding.bounds(shown, 5)
    small = np.flatnonzero((placed > 0) & (placed < 5))
    assert len(small) >= 3
    targets = [np.eye(1, sums.shape[1], told.leaves[at].size + int(cell))[0] for cell in small[:6]]
    found = [rounding.attack(each, sums, np.zeros(sums.shape[0]), least, most) for each in targets]
    found += lattices.audited(told.leaves[at].ravel(), told.cells[at], months)
    assert sum(rounding.is_unsafe(*ends, 5) for ends in found) == 0


@pytest.mark.parametrize("reader", ["inside", "outside"])
def test_hotspots_gives_cells_and_districts_and_no_test_of_any(given, reader):
    answer = _told(given, reader, **YEAR)
    assert [*answer.tables] == ["totals", "cells", "districts"]
    assert set(answer.tables["cells"].column_names) == {
        "cell", "adm2", "joined", "n", "n_hidden", "least", "most"
    }  # fmt: skip
    base = {"inside": 5, "outside": 11}[reader]
    assert {row["n"] % base for row in answer.rows("cells")} == {0}


def test_cells_are_of_all_labels_and_say_so(given):
    all_of_them, some = _told(given, **QUARTER), _told(given, **QUARTER, choices={"label": ("TIP",)})
    assert some.rows("cells") == all_of_them.rows("cells")
    assert (all_of_them.notes["is_of_some_labels"], some.notes["is_of_some_labels"]) == (None, "yes")
    said = str(heard(BY_NAME["hotspots"], some, Text("en")))
    assert "Cells are told of all labels together." in said


def test_a_filter_of_districts_leaves_the_cells_that_touch_them(given):
    answer = _told(given, **YEAR, choices={"d": (SATKHIRA,)})
    assert answer.rows("cells")
    assert all(SATKHIRA in lattices.cells().districts[row["cell"]] for row in answer.rows("cells"))
    said = str(heard(BY_NAME["hotspots"], answer, Text("en")))
    assert "A cell that reaches beyond a district also holds what lies there." in said


def test_a_reader_of_some_districts_is_told_of_cells_that_lie_in_these_alone(given):
    cells, places = lattices.cells(), lattices.policy().places
    theirs = ("BD4041", "BD4044", "BD4050", "BD4065", "BD4087", "BD4018")
    answer = _told(given, principal=Principal("p", "planner", theirs), **YEAR)
    for row in answer.rows("cells"):
        assert {*cells.districts[row["cell"]]} <= {*theirs}
        assert {places[name] for name, cell in cells.crossings.items() if cell == row["cell"]} <= {*theirs}
    assert _told(given, principal=Principal("p", "planner", (JASHORE,)), **YEAR).rows("cells") == []


def test_a_snapshot_of_hotspots_for_others_is_frozen_opened_drawn_and_compared(given):
    page, answer = BY_NAME["hotspots"], _told(given, "outside", **YEAR)
    assert page.may_leave("inside")
    assert page.may_leave("outside")
    terms = snapshots.Terms.of("local", Audience(("local",)), datetime(2026, 11, 29, tzinfo=UTC))
    parts = snapshots.to_parts("hotspots", answer, "x", "2026-11-29T00:00:00+00:00", terms)
    thawed = snapshots.from_parts(parts)[3]
    assert thawed == answer
    assert str(heard(page, thawed, Text("bn"))) == str(heard(page, answer, Text("bn")))
    assert between(answer, answer) == []
    later = between(_told(given, "outside", **QUARTER), answer)
    assert any(dict(each.key).get("cell") for each in later)


def test_what_leaves_as_a_file_has_the_cells_as_polygons_and_no_number_that_is_not_on_the_page(given):
    answer = _told(given, **YEAR)
    told = json.loads(geodata.as_geojson(answer, {"en": ["x"]}))
    cells = [each for each in told["features"] if each["properties"]["table"] == "cells"]
    assert [each["properties"]["n"] for each in cells] == [row["n"] for row in answer.rows("cells")]
    assert {each["geometry"]["type"] for each in cells} == {"Polygon"}
    assert exports.main(answer) == "cells"
    assert exports.as_csv(answer, "cells").decode().splitlines()[0].endswith("cell,adm2,joined,n,least,most,suppressed")


def test_the_commands_give_hotspots_to_others_and_refuse_their_own_map(given, tmp_path):
    def run(*words):
        return CliRunner().invoke(commands(), [*words, "--store", str(given)])

    told = run("hotspots", "--for", "inside", "--format", "csv", "--part", "cells", "--from", "2025-07-01")
    assert told.stdout.splitlines()[0] == "cell,adm2,joined,n,least,most"
    assert run("hotspots", "--for", "inside", "--format", "geojson").exit_code == 2
    made = tmp_path / "x.geojson"
    assert run("export", "--page", "hotspots", "--for", "outside", "--out", str(made)).exit_code == 0
    assert json.loads(made.read_text())["features"]
    assert run("snapshot", "create", "--page", "hotspots", "--role", "planner", "--json").exit_code == 0


def test_the_file_of_cells_is_a_policy_with_a_name():
    assert (CONTRACT / "cells.toml").read_text(encoding="utf-8").count('policy = "cells-1"') == 1


def test_cells_that_nothing_hides_are_withheld_with_their_quarter_and_the_page_says_so(folder, crowded):
    told = lattices.lattice(open_current(folder), "inside")
    assert not told.is_placed.any()
    assert not told.cells.any()
    answer = _told(folder, **QUARTER)
    assert answer.notes["not_placed"] == "2025-10-01"
    said = str(heard(BY_NAME["hotspots"], answer, Text("en")))
    assert "No cell is told of these quarters: Oct 2025 to Dec 2025." in said
    release = ledger.list_releases(ledger.open_ledger(folder))[1]
    assert (release["n_values"], release["n_withheld"]) == (0, told.cells.size)


def test_without_the_rule_the_audit_stops_such_cells(folder, crowded, monkeypatch):
    monkeypatch.setattr(nested, "is_shown", lambda *told: True)
    with pytest.raises(SimantaError) as refused:
        lattices.lattice(open_current(folder), "inside")
    assert refused.value.code == "DISCLOSURE_UNSAFE"
    assert ledger.list_releases(ledger.open_ledger(folder)) == []


def test_a_store_that_released_before_there_were_cells_keeps_its_figures_and_adds_them(folder):
    store = open_current(folder)
    before = lattices.lattice(store, "inside")
    book = ledger.open_ledger(folder)
    with book.begin() as connection:
        connection.execute(ledger.RELEASE.delete().where(ledger.RELEASE.c.policy == lattices.cells().policy))
    _forget()
    after = lattices.lattice(store, "inside")
    assert (after.leaves == before.leaves).all()
    assert [each["policy"] for each in ledger.list_releases(book)] == ["lattice-1", "lattice-1+cells-1"]


def test_other_cells_are_refused_after_a_release(folder, monkeypatch):
    lattices.lattice(open_current(folder), "inside")
    other = replace(lattices.cells(), policy="lattice-1+cells-2")
    monkeypatch.setattr(lattices, "cells", lambda: other)
    _forget()
    with pytest.raises(SimantaError, match="another key or policy"):
        lattices.lattice(open_current(folder), "inside")


def _the_page():
    from dashboard.components import frame
    from dashboard.pages import BY_NAME

    frame.run(BY_NAME["hotspots"], {})


def test_the_live_page_is_drawn_for_a_reader_of_protected_figures(given, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(given))
    settings.cache_clear()
    app = AppTest.from_function(_the_page, default_timeout=60)
    app.query_params["for"] = "inside"
    app.run()
    settings.cache_clear()
    assert not app.exception
    assert app.subheader[0].value.startswith("About ")
    assert len(app.dataframe[0].value)
