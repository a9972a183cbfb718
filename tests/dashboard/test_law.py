"""Law: what applied on a day, old beside new, what records cite; a new law is a row of data."""

import csv
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import local_user
from dashboard.components import laws
from dashboard.database import CONTRACT, Selected, open_current
from dashboard.figures.law import MERGED, applied
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import law as page
from etl import build, reference

EN, TODAY = Text("en"), date(2026, 11, 22)
HEAD = "source_ref,event_type,date_start,adm2,legal_basis"
PERIOD = Filters(date(2025, 1, 1), date(2026, 11, 22))


def cited(name, n, law, day):
    return [f"{name}{i},interception_inland,{day},BD4041,{law}" for i in range(n)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function from lines of incidents to the Answer on them."""

    def answered(lines, filters=PERIOD):
        folder = tmp_path_factory.mktemp("law")
        (folder / "flat.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
        build.load([folder / "flat.csv"], folder / "store", today=TODAY)
        return page.PAGE.answer(Selected(open_current(folder / "store"), filters, local_user()))

    return answered


@pytest.fixture(scope="module")
def answer(made):
    return made(
        [
            *cited("a", 9, "ordinance_2026", "2026-03-02"),
            *cited("b", 8, "ordinance_2026", "2025-03-02"),  # before it was in force
            *cited("c", 7, "pshta_2012", "2026-03-02"),  # after its repeal
            *cited("d", 6, "passport_act", "2026-03-02"),  # no text of it in the table
            *cited("e", 5, "", "2026-03-02"),
            *cited("f", 10, "pshta_2012", "2025-03-02"),
        ]
    )


def test_each_law_is_counted_by_how_it_stood_on_the_day_of_its_incident(answer):
    found = {(row["legal_basis"], row["standing"]): row["n"] for row in answer.rows("cited")}
    assert found == {
        ("ordinance_2026", "in_force"): 9,
        ("ordinance_2026", "before_effect"): 8,
        ("pshta_2012", "after_repeal"): 7,
        ("pshta_2012", "day_unknown"): 10,
        ("passport_act", "not_in_table"): 6,
        ("not_told", "not_told"): 5,
    }
    said = page.headline(answer, EN)
    assert "8 detections cite a law before it was in force." in said
    assert "7 detections cite a law after its repeal." in said
    assert "6 detections cite a law of which the table has no text." in said


def test_a_small_count_of_a_law_stands_with_others_so_that_the_total_does_not_tell_it(made):
    rows = made(
        [*cited("a", 9, "ordinance_2026", "2026-03-02"), *cited("b", 7, "oema_2013", "2026-03-02"),
         *cited("c", 2, "passport_act", "2026-03-02")]
    ).rows("cited")  # fmt: skip
    # 18 in all: with 9 and 7 told, the 2 would follow, so they stand with the 7
    assert {(row["legal_basis"], row["n"]) for row in rows} == {("ordinance_2026", 9), (MERGED, 9)}


def test_the_day_decides_which_law_applied():
    ordinance = {"effective_from": date(2026, 1, 7), "effective_to": None}
    old = {"effective_from": None, "effective_to": date(2026, 1, 7)}
    assert [applied(ordinance, date(2026, 1, day)) for day in (6, 7, 8)] == [False, True, True]
    assert [applied(old, date(2026, 1, day)) for day in (6, 7, 8)] == [True, True, False]


def test_the_page_tells_the_sections_of_the_chosen_day(answer, monkeypatch):
    monkeypatch.setattr(page.session, "chosen_place", lambda: "2025-12-31")
    before = page._sections(answer, EN)
    assert "PSHTA 2012" in before["Law"]
    assert "Ordinance 5 of 2026" not in before["Law"]
    assert page.headline(answer, EN).startswith("31 Dec 2025: 6 laws of the table applied. Of 6 of them the date")
    monkeypatch.setattr(page.session, "chosen_place", lambda: None)
    after = page._sections(answer, EN)
    assert "PSHTA 2012" not in after["Law"]
    rows = list(zip(after["Section"], after["Kind"], after["Trails"], after["Term"], after["In force"], strict=True))
    assert ("31", "Procedure", "Communications", "72 hours", "since 7 Jan 2026") in rows
    assert ("30", "Procedure", "", "90 days and 45 more", "since 7 Jan 2026") in rows
    assert page.headline(answer, EN).startswith("22 Nov 2026: 6 laws of the table applied. Of 5 of them the date")


def test_a_day_that_nobody_saw_is_said_in_words(answer):
    told = page._laws(answer, EN)
    said = dict(zip(told["Law"], zip(told["First day"], told["Last day"], strict=True), strict=True))
    assert said["Border Guard Bangladesh Act, 2010"] == ("date of effect not known", "in force")
    assert said["Prevention and Suppression of Human Trafficking Act, 2012"] == (
        "date of effect not known",
        "7 Jan 2026",
    )


def test_old_and_new_stand_side_by_side_by_topic(answer):
    told = page._by_topic(answer, EN)
    rows = {
        topic: (old, new)
        for topic, old, new in zip(told["Topic"], told["Repealed law"], told["Law not repealed"], strict=True)
    }
    old, new = rows["Trial"]
    assert "section 24, PSHTA 2012**: Trial within 180 days" in old
    assert "section 41, Ordinance 5 of 2026**: A trial is to end within 180 working days." in new
    assert rows["Smuggling of migrants"][0] == "–"  # the old law knew no such offence


def test_every_topic_and_kind_of_a_section_is_on_its_list():
    def codes(name):
        with (CONTRACT / "codes" / f"{name}.csv").open(encoding="utf-8") as file:
            return {row["code"] for row in csv.DictReader(file)}

    with (CONTRACT.parent / "reference" / "legal_sections.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["topic"] for row in rows} == codes("legal_topic")
    assert {row["offence_class"] for row in rows} == codes("offence_class")


def test_a_new_law_is_a_row_of_data_and_no_code(tmp_path, monkeypatch):
    """A copy of the reference tables with one law and one section more: the page has both, on and after its day."""
    tables = dict(reference.load_reference().tables)
    (example,) = [row for row in tables["legal_section"] if row["section_id"] == "ordinance_2026:33"]
    law = dict(tables["instrument"][0]) | {"instrument": "act_2027", "number": "Act 1 of 2027", "title_en": "An Act",
                                          "title_bn": "একটি আইন", "effective_from": "2027-02-01"}  # fmt: skip
    section = dict(example) | {"section_id": "act_2027:1", "instrument": "act_2027", "section": "1"}
    tables["instrument"] = (*tables["instrument"], law)
    tables["legal_section"] = (*tables["legal_section"], section)
    more = replace(reference.load_reference(), tables=tables)
    monkeypatch.setattr(build, "load_reference", lambda: more)
    (tmp_path / "flat.csv").write_text("\n".join([HEAD, *cited("a", 5, "other", "2027-03-02")]) + "\n")
    build.load([tmp_path / "flat.csv"], tmp_path / "store", today=date(2027, 3, 31))
    answer = page.PAGE.answer(Selected(open_current(tmp_path / "store"), Filters(), local_user()))
    assert "An Act" in page._sections(answer, EN)["Law"]
    assert "An Act" in page._laws(answer, EN)["Law"]
    monkeypatch.setattr(page.session, "chosen_place", lambda: "2027-01-31")
    assert "An Act" not in page._sections(answer, EN)["Law"]


def test_a_law_without_a_name_in_the_list_is_named_by_its_title(answer):
    row = next(row for row in answer.rows("instruments") if row["instrument"] == "mlpa_2012")
    assert laws.short(row, answer, EN) == "Money Laundering Prevention Act, 2012"


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_page_opens(answer, language):
    door = AppTest.from_function(drawn, args=(answer, language), default_timeout=60).run()
    assert not door.exception
    assert len(door.tabs) == len(door.table) == 4
    assert len(door.selectbox) == 3


def drawn(answer, language):
    from dashboard.i18n import Text
    from dashboard.pages import law

    law.choose(answer, Text(language))
    law.draw(answer, Text(language))
