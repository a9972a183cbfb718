"""Help: every text stands in both languages, and the laws are those of the store."""

import csv
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import local_user
from dashboard.answers import help as question
from dashboard.components.meanings import GLOSSARY, NUMBERS
from dashboard.database import open_current
from dashboard.filters import Filters
from dashboard.i18n import Text, catalogue
from dashboard.pages import help as page

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"
BN = Text("bn")


@pytest.fixture(scope="module")
def answer(sample_store):
    return question.answer(open_current(sample_store).select(Filters(), local_user()))


def test_every_meaning_and_every_word_has_its_bangla():
    spoken = [sentence for entry in (*NUMBERS, *GLOSSARY) for sentence in entry[: 3 if len(entry) == 4 else 2]]
    assert [sentence for sentence in spoken if sentence not in catalogue("bn")] == []


def test_no_word_is_explained_twice():
    assert len({name for name, *_ in NUMBERS}) == len(NUMBERS)
    assert len({word for word, _ in GLOSSARY}) == len(GLOSSARY)


def test_the_laws_are_those_of_the_reference_each_with_a_known_source(answer):
    with (REFERENCE / "legal_sections.csv").open(encoding="utf-8", newline="") as file:
        told = {(row["instrument"], row["section"]): row for row in csv.DictReader(file)}
    rows = answer.rows("sections")
    assert {(row["instrument"], row["section"]) for row in rows} == set(told)
    assert all(row["fact_bn"] == told[row["instrument"], row["section"]]["fact_bn"] for row in rows)
    assert {row["source"] for row in rows} <= {row["source"] for row in answer.rows("sources")}
    assert rows[0]["instrument"] == "ordinance_2026"
    assert [row["section"] for row in rows[:3]] == ["2(14)", "2(20)", "5"]


def test_a_law_is_said_to_be_in_force_only_as_far_as_its_day_is_known(answer):
    columns = page._sections(answer, Text("en"))
    said = dict(zip(columns["Law"], columns["In force"], strict=True))
    assert said["Prevention and Suppression of Human Trafficking Act, 2012"] == "until 7 Jan 2026"
    assert said["Border Guard Bangladesh Act, 2010"] == "since a day not seen"


def test_a_term_in_words_and_digits_of_the_language(answer):
    clocks = page._clocks(answer, BN)
    assert "৭২ ঘণ্টা" in clocks["কতদিন"]
    assert "৯০ দিন" in clocks["কতদিন"]


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_page_opens(answer, language):
    door = AppTest.from_function(drawn, args=(answer, language), default_timeout=60).run()
    assert not door.exception
    assert len(door.tabs) == 4
    assert len(door.table) == 4


def drawn(answer, language):
    from dashboard.i18n import Text
    from dashboard.pages import help as page

    page.draw(answer, Text(language))
