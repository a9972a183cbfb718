"""Practice: what was planted is what the computed answers find, for every institution; and only of a practice set."""

import csv
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import Principal, local_user
from dashboard.answers import corridors, hotspots, practice, trails
from dashboard.components import exercises, recorder, words
from dashboard.database import open_current
from dashboard.disclosure import HIDDEN
from dashboard.figures import practice as figures
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.pages import practice as page
from dashboard.settings import settings
from etl import build
from etl.practice import FILE, PARTS, write_practice
from etl.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]
DOOR = str(ROOT / "streamlit_app.py")
EN, BN = Text("en"), Text("bn")
SUNDAY, MIDWEEK = date(2026, 11, 22), date(2026, 7, 1)
SETS = [(institution, seed, SUNDAY) for institution in PARTS for seed in (7, 2_026)]
SETS += [("border_force", 11, MIDWEEK), ("coast_guard", 11, MIDWEEK)]


def made(folder, institution, seed, until):
    report = build.load(write_practice(folder, institution, seed, until=until), folder / "store", today=until)
    assert report.as_dict()["quarantined"] == 0
    return folder / "store"


def answered(store, who=None):
    return practice.answer(open_current(store).select(Filters(), who or local_user()))


@pytest.fixture(scope="module", params=SETS, ids=lambda given: "-".join(map(str, given)))
def planted(request, tmp_path_factory):
    """What was planted, and what is read from the store."""
    institution, seed, until = request.param
    return PARTS[institution], answered(made(tmp_path_factory.mktemp("set"), institution, seed, until))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return made(tmp_path_factory.mktemp("one"), "border_force", 7, SUNDAY)


@pytest.fixture(scope="module")
def answer(store):
    return answered(store)


def test_the_computed_answers_are_what_was_planted_for_every_institution_and_seed(planted):
    part, answer = planted
    found = {each.name: each for each in figures.questions(answer)}
    assert list(found) == ["moved_to", "said", "at_centres", "wherever", "never", "interceptions"]
    assert found["moved_to"].right == part.next_door
    assert found["said"].right == "displacement_likely"
    assert found["at_centres"].right == part.vague
    assert found["wherever"].right == load_reference().crossings[part.next_door].adm2
    assert figures.blind(answer)["crossing"] == part.next_door
    assert found["never"].right == part.never


def test_each_question_has_one_right_option_among_several_and_no_wrong_one_is_right_too(planted):
    _, answer = planted
    for each in figures.questions(answer):
        assert each.options.count(each.right) == 1
        assert 2 <= len(each.options) == len(set(each.options)) <= figures.CHOICES
    options = {each.name: set(each.options) - {each.right} for each in figures.questions(answer)}
    assert not options["moved_to"] & {row["crossing"] for row in figures.gained(answer)}
    assert not options["at_centres"] & set(figures.only_at_centres(answer))
    there = figures.blind(answer)["crossing"]
    assert not options["never"] & {row["trail_type"] for row in answer.rows("blind") if row["crossing"] == there}


def test_the_right_answers_are_what_the_real_pages_say(store, answer):
    selected = open_current(store).select(Filters(), local_user())
    right = {each.name: each.right for each in figures.questions(answer)}
    moved = corridors.answer(selected)
    assert moved.filters == answer.filters
    assert moved.rows("operations") == answer.rows("operations")
    assert right["said"] == moved.rows("operations")[0]["verdict"]
    assert right["moved_to"] in {row["crossing"] for row in moved.rows("origins") if row["verdict"] == "more"}
    cells = hotspots.answer(selected)
    listed = next(row for row in cells.rows("clusters") if row["view"] == "p_hot")
    assert right["wherever"] == listed["adm2"]
    false = [row for row in cells.rows("cells") if row["is_naive_hot"] and row["adm2"] == right["at_centres"]]
    assert false
    assert all(row["p_hot"] < 0.1 and row["n_near"] == 0 for row in false)
    first = trails.answer(selected).rows("blind")[0]
    assert (right["never"], right["interceptions"]) == (first["trail_type"], str(first["n_interceptions"]))


def test_the_differences_worked_out_by_hand_are_the_statistic(answer):
    row = figures.operation(answer)
    assert row["local_estimate"] == pytest.approx(
        row["n_target"] - row["n_target_before"] - (row["n_control"] - row["n_control_before"])
    )
    for said, name in zip(exercises.sums(answer, EN), ("local_estimate", "displacement_estimate"), strict=True):
        a, b, c, d, total = (int(n.replace("−", "-")) for n in re.findall(r"−?\d+", said.replace(" − ", " ")))
        assert a - b - (c - d) == total == round(row[name])


def test_a_withheld_count_is_in_no_sum_and_a_question_without_an_answer_is_not_asked(answer):
    hidden = answer.tables["operations"]
    at = hidden.column_names.index("n_control" + HIDDEN)
    hidden = hidden.set_column(at, "n_control" + HIDDEN, [[True] * hidden.num_rows])
    less = {**answer.tables, "operations": hidden, "blind": answer.tables["blind"][:0]}
    other = type(answer)(**{**vars(answer), "tables": less})
    assert exercises.sums(other, EN) == []
    assert {each.exercise for each in figures.questions(other)} == {"displacement", "centroid_hotspot"}


def test_the_same_seed_gives_the_same_bytes_another_one_another_set(tmp_path):
    files = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / name).mkdir()
        files.append(write_practice(tmp_path / name, "police", seed, until=SUNDAY))
    first, again, other = ([file.read_bytes() for file in each] for each in files)
    assert first == again
    assert first[0] != other[0]


def test_every_row_is_marked_as_invented_and_every_file_says_what_it_is(tmp_path):
    files = write_practice(tmp_path, "shelter", 7, until=SUNDAY)
    with files[0].open(encoding="utf-8") as told:
        assert {row["invented"] for row in csv.DictReader(told)} == {"yes"}
    assert all(FILE.fullmatch(file.name) and figures.FILE.fullmatch(file.name) for file in files)


def test_the_institutions_own_force_detects_most(tmp_path):
    for institution, agency in (("coast_guard", "coast_guard"), ("police", "police"), ("border_force", "bgb")):
        with write_practice(tmp_path, institution, 7, until=SUNDAY)[0].open(encoding="utf-8") as told:
            rows = [row["detecting_agency"] for row in csv.DictReader(told)]
        assert rows.count(agency) > len(rows) / 2


def test_each_institution_of_the_loader_has_its_words_on_the_page():
    assert set(words.INSTITUTIONS) == set(PARTS)


def test_other_data_are_no_practice_set_and_the_page_says_how_one_is_made(sample_store):
    answer = answered(sample_store)
    assert (answer.notes["institution"], set(answer.tables)) == (None, {"totals"})
    assert page.headline(answer, EN).startswith("These data were not made to practise on.")


def test_one_file_of_other_data_ends_the_practice(store, tmp_path):
    mixed = tmp_path / "store"
    shutil.copytree(store, mixed)
    shutil.copytree(store.with_name("store.keys"), tmp_path / "store.keys")
    more = tmp_path / "practice_more.csv"
    more.write_text("source_ref,event_type,date_start,adm2\nNEW,interception_inland,2026-11-20,BD4041\n")
    build.load([more], mixed, today=SUNDAY)
    assert answered(mixed).notes["institution"] is None


def test_who_may_not_see_every_district_is_told_of_no_practice_set(store):
    assert answered(store, Principal("x", "planner", ("BD4041",))).notes["institution"] is None


def test_on_paper_every_exercise_stands_with_its_answers(answer):
    told = " ".join(str(placed.block) for placed in recorder.heard(page.PAGE, answer, EN))
    for question in figures.questions(answer):
        assert exercises.asked(question, answer, EN) in told
        assert exercises.option(question, question.right, answer, EN) in told


@pytest.fixture
def door(store, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", str(store))
    settings.cache_clear()

    def opened(lang="en", sel="displacement"):
        app = AppTest.from_file(DOOR, default_timeout=120)
        app.query_params["lang"], app.query_params["sel"] = lang, sel
        app.run()
        hashes = {of.get("url_pathname"): name for name, of in app._registered_pages.items()}
        app._page_hash = hashes["practice"]
        return app.run()

    yield opened
    settings.cache_clear()


def said(app):
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize("exercise", figures.EXERCISES)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_choice_is_told_right_or_where_to_look_and_the_numbers_are_reached_step_by_step(
    door, answer, exercise, language
):
    text, app = Text(language), door(language, exercise)
    questions = [each for each in figures.questions(answer) if each.exercise == exercise]
    assert [radio.label for radio in app.radio] == [exercises.asked(each, answer, text) for each in questions]
    assert text("Right.") not in said(app)
    for at, question in enumerate(questions):
        wrong = next(code for code in question.options if code != question.right)
        app.radio[at].set_value(wrong).run()
        assert text(exercises.HINT[question.name]) in said(app)
        assert exercises.reached(question, answer, text) not in said(app)
        app.radio[at].set_value(question.right).run()
        assert exercises.reached(question, answer, text) in said(app)
    assert text("{right} of {n} right", right=2, n=6) in said(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    for question in questions:
        assert exercises.option(question, question.right, answer, text) in said(app)
    named = ", ".join(exercises.STATEMENTS[exercise])
    assert any(named in each.value for each in app.caption)
    app.button(key="practice-anew").click().run()
    assert text("{right} of {n} right", right=0, n=6) in said(app)
    assert [radio.value for radio in app.radio] == [None, None]
