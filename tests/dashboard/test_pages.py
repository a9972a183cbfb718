"""A page's words and its numbers hold together; live page and snapshot are drawn alike; broken links open."""

import ast
import importlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import i18n, ledger, snapshots
from dashboard.access import local_user
from dashboard.components import words
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN, K
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import BY_NAME, MENU, corridors, hotspots, overview, trends
from dashboard.settings import settings

ROOT = Path(__file__).resolve().parents[2]
DOOR = str(ROOT / "streamlit_app.py")
EN, BN = Text("en"), Text("bn")
DISTRICTS = ("BD4041", "BD4044", "BD4087", "BD2022", "BD5577", "BD3026")


@pytest.fixture(autouse=True)
def _of_the_sample(sample_store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(sample_store))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def store(sample_store):
    return open_current(sample_store)


def front_door(**query):
    app = AppTest.from_file(DOOR, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


SOME = trying(max_examples=40)  # an example asks whole pages


@st.composite
def asked(draw):
    start = draw(st.dates(date(2024, 12, 1), date(2026, 10, 1)))
    end = start + timedelta(days=draw(st.integers(6, 400)))
    return Filters(start, end, {"d": tuple(draw(st.sets(st.sampled_from(DISTRICTS), max_size=3)))})


@SOME
@given(asked())
def test_the_overviews_sentence_says_the_counts_that_are_in_the_file(store, facts, filters):
    answer = overview.PAGE.answer(store.select(filters, local_user()))
    expected = count(facts, filters)
    said = overview.headline(answer, EN)
    if expected == 0:
        assert said.startswith("No detections match.")
    elif expected < 5:
        assert said.startswith("<5 detections in")
    else:
        assert said.startswith(f"{expected:,} detections in")
    compared = answer.rows("compared")[0]
    assert ("Evidence of a rise" in said) == (compared["verdict"] == "rise")
    assert ("Evidence of a fall" in said) == (compared["verdict"] == "fall")


@SOME
@given(asked())
def test_no_headline_says_nan_or_none(store, filters):
    for page, headline in ((overview, overview.headline), (hotspots, hotspots.headline),
                           (corridors, corridors.headline), (trends, trends.headline)):  # fmt: skip
        answer = page.PAGE.answer(store.select(filters, local_user()))
        for text in (EN, BN):
            said = headline(answer, text)
            assert not re.search(r"\b(nan|None|null|inf)\b", said)
            assert "{" not in said


@SOME
@given(asked())
def test_a_crossing_is_named_as_changed_only_where_its_row_says_so(store, filters):
    answer = corridors.PAGE.answer(store.select(filters, local_user()))
    name, said = answer.label("en"), corridors.headline(answer, EN)
    for row in answer.rows("crossings"):
        if row["verdict"] in ("rise", "fall"):
            assert name("crossing", row["crossing"]) in said
            assert not row["n" + HIDDEN]
            assert not row["n_before" + HIDDEN]

    changed = [row for row in answer.rows("crossings") if row["verdict"] in ("rise", "fall")]
    assert said.count("→") == len(changed)


@SOME
@given(asked())
def test_the_overview_names_the_crossing_with_most_and_says_its_count(store, filters):
    answer = overview.PAGE.answer(store.select(filters, local_user()))
    said, name = overview.headline(answer, EN), answer.label("en")
    told = [row for row in answer.rows("crossings") if row["n"]]
    if not told or answer.figure("n") == 0:
        assert "Most at" not in said
    else:
        most = max(row["n"] for row in told)
        assert most >= K
        first = [name("crossing", row["crossing"]) for row in told if row["n"] == most]
        assert any(said.endswith(f"Most at {place}: {most:,}.") for place in first)


def count(facts, filters):
    """The same question to the file itself."""
    sql = "SELECT count(*) FROM incident WHERE event_type <> 'pushed_in' AND date_start BETWEEN ? AND ?"
    codes, period = list(filters.choices.get("d", ())), [filters.date_from, filters.date_to]
    found = (
        facts.execute(sql + " AND list_contains(?, adm2)", [*period, codes]) if codes else facts.execute(sql, period)
    )
    return found.fetchone()[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"n": 12, "n_before": 5, "ratio": 2.4, "low": 0.79, "high": 8.7, "verdict": "no_evidence"},
         "No evidence of change: 0.8 to 8.7 times"),
        ({"n": 40, "n_before": 20, "ratio": 2.0, "low": 1.14, "high": 3.61, "verdict": "rise"},
         "Evidence of a rise: +14% to +261%"),
        ({"n": 12, "n_before": 0, "ratio": None, "low": 3.8, "high": None, "verdict": "rise"},
         "Evidence of a rise: none in the period compared"),
        ({"n": 9, "n_before": 9, "ratio": None, "low": None, "high": None, "verdict": "not_comparable"},
         "not comparable: the data do not cover both periods apart"),
        ({"n": 6, "n_before": 0, "ratio": None, "low": None, "high": None, "verdict": "too_few"}, "too few to compare"),
        ({"n": 0, "n_before": 0, "ratio": None, "low": None, "high": None, "verdict": "none_in_either"},
         "none in either period"),
    ],
)  # fmt: skip
def test_a_change_in_words(row, said):
    assert words.compared(row | {"n_hidden": False, "n_before_hidden": False}, EN) == said


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_front_door_opens_on_the_overview(language):
    app = front_door(lang=language)
    assert not app.exception
    assert app.subheader[0].value


def test_the_language_of_a_link_stays_where_the_menu_leads_on_without_it():
    app = front_door(lang="bn")
    said = app.subheader[0].value
    app.query_params.clear()
    assert app.run().subheader[0].value == said


def test_a_broken_link_opens_and_says_what_was_ignored():
    app = front_door(d="BD9999", colour="red", res="99")
    assert not app.exception
    assert all(part in app.warning[0].value for part in ("d=BD9999", "colour=red", "res=99"))


@pytest.mark.parametrize(
    "link",
    [
        {"from": "0001-01-01", "to": "0001-02-05"},
        {"to": "9999-12-31"},
        {"from": "1990-01-01", "to": "1990-12-31"},
        {"from": "2030-01-01"},
        {"v": "9" * 5000},
        {"v": "-1"},
        {"lang": "xx"},
        {"res": "abc", "prec": "0", "vs": "never"},
        {"d": ["BD9999"] * 100},
        {"colour": "x\n\n# BIG\n\n![img](http://evil.invalid) [click](http://evil.invalid)"},
    ],
    ids=str,
)
def test_no_link_breaks_a_page_or_is_drawn_as_markup(link):
    app = front_door(**link)
    assert not app.exception
    assert not any("http" in warning.value and "](" in warning.value for warning in app.warning)
    assert all(mark not in warning.value for warning in app.warning for mark in ("\n", "![", "# "))


def test_two_choices_at_once_are_both_kept():
    app = front_door()
    app.selectbox(key="add-d").set_value("BD4041")
    app.multiselect(key="pick-label").set_value(["TIP"])
    app.run()
    assert (app.query_params["d"], app.query_params["label"]) == ("BD4041", "TIP")


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, Filters()),
        ({"from": "2026-06-01", "to": "2026-08-31"}, Filters(date_from=date(2026, 6, 1), date_to=date(2026, 8, 31))),
        ({"res": "4"}, Filters(resolution=4)),
    ],
    ids=["nothing chosen", "a period", "a resolution"],
)
def test_a_reload_turns_no_default_into_a_choice(given, chosen):
    first = front_door(**given)
    link = {name: first.query_params[name] for name in first.query_params}
    again = front_door(**link)
    assert again.subheader[0].value == first.subheader[0].value
    assert again.session_state["chosen"] == chosen


@pytest.mark.parametrize("page", MENU, ids=lambda page: page.name)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_snapshot_is_drawn_by_the_page_it_was_frozen_from(store, sample_store, page, language):
    answer = page.answer(store.select(Filters(), local_user()))
    book = ledger.open_ledger(sample_store)
    made, content_hash = snapshots.freeze(book, page.name, answer, "test", datetime.now(UTC))
    app = front_door(snapshot=made, lang=language)
    assert not app.exception
    drawn_by = importlib.import_module(f"dashboard.pages.{page.name}")
    assert app.subheader[0].value == drawn_by.headline(answer, Text(language))
    assert any(content_hash in each.value for each in app.code)
    assert page is BY_NAME[page.name]


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_snapshot_of_another_release_is_intact_and_not_drawn(store, sample_store, monkeypatch, language):
    answer = BY_NAME["trends"].answer(store.select(Filters(), local_user()))
    book = ledger.open_ledger(sample_store)
    with monkeypatch.context() as earlier:
        earlier.setattr(snapshots, "FORMAT", snapshots.FORMAT - 1)
        made, _ = snapshots.freeze(book, "trends", answer, "test", datetime.now(UTC))
    assert snapshots.open_snapshot(book, made).answer.question == "trends"
    app = front_door(snapshot=made, lang=language)
    assert not app.exception
    assert app.subheader[0].value == Text(language)(
        "This snapshot was made by another release, or under another threshold for small counts."
    )
    assert not app.metric


def test_every_sentence_that_a_page_asks_for_is_in_the_catalogue(store, sample_store, monkeypatch):
    """The scan of the source sees literals; this sees what is really asked for, on every page, in Bangla."""
    missing = set()

    def spying(self, sentence, **values):
        if self.language == "bn" and sentence not in i18n.catalogue("bn"):
            missing.add(sentence)
        return original(self, sentence, **values)

    original = Text.__call__
    monkeypatch.setattr(Text, "__call__", spying)
    book = ledger.open_ledger(sample_store)
    for page in MENU:
        answer = page.answer(store.select(Filters(resolution=7), local_user()))
        made, _ = snapshots.freeze(book, page.name, answer, "test", datetime.now(UTC))
        assert not front_door(snapshot=made, lang="bn").exception
    assert not front_door(lang="bn").exception
    assert missing == set()


def test_every_picture_says_in_words_what_it_shows():
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "st.altair_chart",
                "st.dataframe",
            ):
                assert "alt" in {keyword.arg for keyword in node.keywords}, path


def test_taking_a_file_away_draws_no_page_anew():
    """A run of the script drops the files of the run before: one that ended first took away what was asked for."""
    calls = [
        node
        for file in (ROOT / "dashboard").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "download_button"
    ]
    assert len(calls) >= 6
    for call in calls:
        assert {word.arg: ast.unparse(word.value) for word in call.keywords}["on_click"] == "'ignore'"
