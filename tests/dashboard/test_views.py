"""Saved views: kept by name for one person, opened as they were saved, and no number of a person in a name."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import ledger
from dashboard.filters import Filters, read_link
from dashboard.ledger import PERSONAL, personal
from dashboard.settings import settings
from etl import scrub

DOOR = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")


@pytest.fixture
def book(tmp_path):
    return ledger.open_ledger(tmp_path)


def view(name, owner="local", link="d=BD4041"):
    return {"owner": owner, "name": name, "page": "trends", "link": link, "saved_at": "2026-11-24T00:00:00+00:00"}


def names(book, owner="local"):
    return [each["name"] for each in ledger.list_views(book, owner)]


def test_views_are_listed_by_name_and_each_person_has_their_own(book):
    assert names(book) == []
    for each in (view("b"), view("a"), view("a", "other", "d=BD4044")):
        ledger.keep_view(book, each)
    assert (names(book), names(book, "other")) == (["a", "b"], ["a"])
    assert ledger.list_views(book, "local")[0]["link"] == "d=BD4041"


def test_the_same_name_replaces_also_by_renaming(book):
    ledger.keep_view(book, view("a", link="d=1"))
    ledger.keep_view(book, view("a", link="d=2"))
    ledger.keep_view(book, view("b", link="d=3"))
    ledger.rename_view(book, "local", "b", "a")
    (left,) = ledger.list_views(book, "local")
    assert (left["name"], left["link"]) == ("a", "d=3")
    ledger.rename_view(book, "local", "a", "a")
    assert names(book) == ["a"]


def test_a_view_is_deleted_for_its_owner_alone(book):
    for owner in ("local", "other"):
        ledger.keep_view(book, view("a", owner))
    ledger.drop_view(book, "local", "a")
    assert (names(book), names(book, "other")) == ([], ["a"])


DIGITS = "০১২৩৪৫৬৭৮৯0123456789"


@given(st.text(DIGITS, min_size=7), st.text(DIGITS, min_size=9), st.sampled_from([" ", "-", ".", "_"]))
def test_a_number_of_a_person_or_a_paper_is_seen_in_any_script(whole, parted, between):
    assert PERSONAL.search("my " + whole)
    assert PERSONAL.search("my " + between.join(parted))


@pytest.mark.parametrize("name", ["Jashore 2026", "১২ সপ্তাহ", "weeks 40 to 52", "2025-2026"])
def test_a_year_or_a_week_is_no_such_number(name):
    assert not PERSONAL.search(name)


NAMES = (
    *("Md Rahim and Mst Salma Begum asked", "md. rahim", "Salma Khatun", "Jasimuddin", "daughter of Abdul Karim"),
    *("Invented S/O Sample", "মোঃ রহিম", "জনাব রহিম", "সালমা বেগমের", "জসিমউদ্দিনকে", "পিতা: নমুনা", "নমুনা এর ছেলে"),
)
NAMELESS = (
    *("wrong period", "Begumganj, weekly", "husband of the accused", "w/o papers", "mdm"),
    *("মিয়ানমার সীমান্ত", "বেগমগঞ্জ থানা", "মাতামুহুরী নদী", "গ্রামের মেয়ে"),
)


@pytest.mark.parametrize(("said", "found"), [*((n, "name") for n in NAMES), *((n, None) for n in NAMELESS)])
def test_a_name_is_seen_by_its_honorific_or_kin_in_both_scripts_as_loading_sees_it(said, found):
    assert personal(said) == scrub.in_free_text(said) == found


@pytest.fixture
def app(sample_store, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    opened = ledger.open_ledger(tmp_path)
    monkeypatch.setattr("dashboard.components.views.ledger.open_ledger", lambda _: opened)
    door = AppTest.from_file(DOOR, default_timeout=60)
    door.query_params["d"] = "BD4041"
    yield door.run(), opened
    settings.cache_clear()


def saved_as(door, name):
    door.text_input(key="view-name").set_value(name)
    door.button(key="FormSubmitter:save-view-Save").click().run()
    assert not door.exception


def test_a_view_is_saved_from_the_page_spelled_out_and_follows_the_data_where_no_period_was_chosen(app):
    door, book = app
    saved_as(door, "  Jashore ")
    (kept,) = ledger.list_views(book, "local")
    assert (kept["name"], kept["page"]) == ("Jashore", "overview")
    link = parse_qs(kept["link"])
    assert {"d", "type", "prec", "vs", "effort", "res"} == set(link)
    assert read_link(link)[0].without("res") == Filters(choices={"d": ("BD4041",)})


@pytest.mark.parametrize("name", ["", "  ", "call 01712345678", "০১৭১২৩৪৫৬৭৮"])
def test_a_name_that_is_none_or_holds_a_number_is_refused_in_words(app, name):
    door, book = app
    saved_as(door, name)
    assert ledger.list_views(book, "local") == []
    assert door.error[0].value
