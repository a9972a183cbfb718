"""The ways of the trainer, the trainee and the analyst, each in both languages."""

import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.access import local_user
from dashboard.answers import practice
from dashboard.components import exercises
from dashboard.database import open_current
from dashboard.figures.practice import EXERCISES, questions
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.settings import ROOT

LANGUAGES = ("en", "bn")


@pytest.fixture(scope="module")
def opened(serve, tmp_path_factory):
    """What a trainer does: one command, then the command that it names."""
    folder = tmp_path_factory.mktemp("trainer") / "practice"
    command = "from dashboard.cli import main; main()"
    words = ("practice", "--institution", "border_force", "--store", str(folder))
    told = subprocess.run([sys.executable, "-c", command, *words], capture_output=True, text=True, cwd=ROOT, check=True)
    assert f"simanta serve --store {folder}" in told.stderr
    return serve(folder)


@pytest.fixture(scope="module")
def asked(opened):
    """What is asked of this set, and the answer that it is read from."""
    answer = practice.answer(open_current(opened.store).select(Filters(), local_user()))
    return answer, {each.name: each for each in questions(answer)}


def main(page) -> str:
    return page.get_by_test_id("stMain").inner_text()


def choose(seen, question, code, answer, text):
    """Takes an option of a question, as a person does who reads both."""
    label = exercises.option(question, code, answer, text)
    group = seen.page.get_by_role("radiogroup", name=exercises.asked(question, answer, text))
    group.get_by_text(label, exact=True).click()
    seen.settle(0.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trainee_finds_the_blind_trail_with_the_real_page_and_sees_how_the_number_is_reached(
    look, opened, asked, language
):
    (answer, found), text = asked, Text(language)
    seen, trail = look(url=opened.url), found["never"]
    page = seen.open(f"/practice?lang={language}&sel=blind_trail", 2)
    wrong = next(code for code in trail.options if code != trail.right)
    choose(seen, trail, wrong, answer, text)
    seen.until(lambda: text(exercises.HINT["never"]) in main(page))
    page.get_by_role("link", name=text("Open {page}", page=text("Trails"))).click()
    page.wait_for_url("**/trails*")
    name = answer.label(language)("trail", trail.right)
    seen.until(lambda: name in page.locator("h3").first.inner_text())  # the page itself names it
    assert "sel" not in parse_qs(urlsplit(page.url).query)  # the link had given nothing away
    page.get_by_role("button", name=text("Action")).click()
    page.get_by_role("menuitem", name=text("Practice"), exact=True).click()
    page.wait_for_url("**/practice*")
    page.get_by_role("button", name=text("Blind trail")).or_(
        page.get_by_role("radio", name=text("Blind trail"))
    ).click()
    seen.until(lambda: text(exercises.HINT["never"]) in main(page))  # what was chosen is still known
    choose(seen, trail, trail.right, answer, text)
    seen.until(lambda: exercises.reached(trail, answer, text) in main(page))
    assert text("{right} of {n} right", right=1, n=6) in main(page)
    page.get_by_text(text("How the numbers are reached")).click()
    seen.until(lambda: exercises.STATEMENTS["blind_trail"][0] in main(page))
    links = page.get_by_role("link", name=text("Open {page}", page=text("Trails")))
    links.last.click()
    page.wait_for_url("**/trails*sel=*")
    seen.until(lambda: name in main(page))
    seen.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("bn", "dark")])
def test_an_exercise_is_whole_on_its_first_screen_accessible_and_in_one_language(
    look, opened, asked, exercise, language, theme
):
    (answer, found), text = asked, Text(language)
    seen = look(theme=theme, url=opened.url)
    page = seen.open(f"/practice?lang={language}&sel={exercise}", 2)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
    for question in found.values():
        if question.exercise == exercise:
            choose(seen, question, question.right, answer, text)
    page.get_by_text(text("How the numbers are reached")).click()
    seen.until(lambda: exercises.STATEMENTS[exercise][0] in main(page))
    if language == "bn":
        words = "_".join(exercises.STATEMENTS[exercise]).split("_")
        seen.assert_no_english({*words, "hot", "WDD"})
    seen.assert_accessible()
    seen.assert_nothing_left_and_nothing_broke()


def test_an_exercise_is_done_by_the_keys_alone(look, opened, asked):
    answer, found = asked
    seen, text, question = look(width=390, height=844, url=opened.url), Text("en"), found["at_centres"]
    page = seen.open("/practice?lang=en&sel=centroid_hotspot", 2)
    group = page.get_by_role("radiogroup", name=exercises.asked(question, answer, text))
    group.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    seen.settle(0.5)
    for _ in range(question.options.index(question.right)):
        page.keyboard.press("ArrowRight")
        seen.settle(0.5)
    seen.until(lambda: exercises.reached(question, answer, text) in main(page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_analyst_goes_from_a_hotspot_to_a_checklist(look, opened, language, tmp_path):
    seen, text = look(url=opened.url), Text(language)
    page = seen.open(f"/hotspots?lang={language}", 2.5)
    assert text("Why this cell") in main(page)  # of the cluster with most detections
    brief = page.get_by_role("link").filter(has_text="arrow_forward").first
    brief.click()
    page.wait_for_url("**/district?*d=*")
    seen.settle(1)
    district = parse_qs(urlsplit(page.url).query)["d"]
    page.get_by_role("button", name=text("Action")).click()
    page.get_by_role("menuitem", name=text("Trails"), exact=True).click()
    page.wait_for_url("**/trails*")
    seen.until(lambda: parse_qs(urlsplit(page.url).query).get("d") == district)  # still of that district alone
    seen.until(lambda: text("Ask next") in main(page))
    made = seen.take(page.get_by_role("button", name=text("Checklist to print (PDF)")))
    assert made.read_bytes().startswith(b"%PDF")
    seen.assert_nothing_left_and_nothing_broke()
