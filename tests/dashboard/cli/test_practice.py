"""`simanta practice`: a set of its own beside the store, made anew where one is; nothing else is ever touched."""

import json
from datetime import date

import pytest

from dashboard.access import local_user
from dashboard.answers import practice
from dashboard.database import open_current
from dashboard.filters import Filters
from dashboard.settings import settings
from etl import build
from tests.conftest import SAMPLE
from tests.dashboard.cli.test_cli import simanta


@pytest.fixture
def real(tmp_path, monkeypatch):
    """The store of the installation, which holds nothing yet."""
    monkeypatch.setenv("SIMANTA_STORE", str(tmp_path / "real"))
    settings.cache_clear()
    yield tmp_path / "real"
    settings.cache_clear()


@pytest.fixture
def other(tmp_path):
    """A store with a record that is no practice."""
    file = tmp_path / "patrol.csv"
    file.write_text("source_ref,event_type,date_start,adm2\nA,interception_inland,2026-11-20,BD4041\n")
    build.load([file], tmp_path / "other", today=date(2026, 11, 22))
    return tmp_path / "other"


def content(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def made_for(store):
    notes = practice.answer(open_current(store).select(Filters(), local_user())).notes
    return notes["institution"], notes.get("seed")


def test_a_set_is_made_beside_the_store_and_says_how_to_open_it(real):
    told = simanta("practice", "--institution", "police")
    beside = real.with_name("real-practice-police")
    assert told.returncode == 0
    assert f"simanta serve --store {beside}" in told.stderr
    assert made_for(beside) == ("police", "7")
    assert not real.exists()


def test_it_is_made_anew_from_nothing(real, tmp_path):
    where = ("--store", tmp_path / "mine", "--quiet")
    simanta("practice", "--institution", "shelter", *where)
    again = simanta("practice", "--institution", "coast_guard", "--seed", "9", *where)
    assert again.returncode == 0
    assert made_for(tmp_path / "mine") == ("coast_guard", "9")
    assert [path.name for path in (tmp_path / "mine" / "facts").iterdir()] == ["v000001.duckdb"]


def test_a_store_with_anything_else_is_refused_and_stays_as_it_is(real, other):
    before = content(other)
    told = simanta("practice", "--store", other, "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["error"]["code"] == "NOT_PRACTICE"
    assert content(other) == before


def test_a_practice_set_with_other_data_loaded_into_it_is_refused(real, tmp_path, other):
    simanta("practice", "--store", tmp_path / "mine", "--quiet")
    build.load([tmp_path / "patrol.csv"], tmp_path / "mine", today=date(2026, 11, 22))
    before = content(tmp_path / "mine")
    assert simanta("practice", "--store", tmp_path / "mine").returncode == 1
    assert content(tmp_path / "mine") == before


@pytest.mark.parametrize("rows", ["real", "refused"])
def test_the_name_of_a_file_is_not_enough_to_take_a_store_for_practice(real, tmp_path, rows):
    """A sheet of real records, or one of which every row is refused, is nobody's to delete, whatever it is called."""
    named, store = tmp_path / "practice_police_7.csv", tmp_path / "mine"
    head, first, *_ = SAMPLE.read_text(encoding="utf-8").splitlines()
    named.write_text("\n".join([head, first if rows == "real" else "," * head.count(",")]) + "\n", encoding="utf-8")
    build.load([named], store, today=date(2026, 11, 22))
    before = content(store)
    assert simanta("practice", "--store", store).returncode == 1
    assert content(store) == before


def test_a_folder_with_files_of_somebody_is_refused(real, tmp_path):
    simanta("practice", "--store", tmp_path / "mine", "--quiet")
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert simanta("practice", "--store", tmp_path / "mine").returncode == 1
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_the_store_of_the_installation_is_never_the_place_even_where_it_is_empty(real):
    told = simanta("practice", "--store", real)
    assert told.returncode == 1
    assert "the store of this installation" in told.stderr
    assert not real.exists()


def test_an_institution_that_is_none_is_named_with_those_that_are(real):
    told = simanta("practice", "--institution", "navy")
    assert told.returncode == 2
    assert "coast_guard" in told.stderr
