"""A workshop at work: opens a statement, accepts it, adds one, follows a number to its page, opens a training plan."""

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.fixture(scope="module")
def workshop(serve, sample_store, tmp_path_factory):
    return serve(shutil.copytree(sample_store, tmp_path_factory.mktemp("workshop") / "store"))


def test_a_statement_is_opened_accepted_and_followed_and_one_is_added(look, workshop):
    seen = look(url=workshop.url)
    page = seen.open("/plan?lang=en&from=2026-01-01&to=2026-11-22", 2)
    page.get_by_text("may be another agency's, counted twice").click()
    page.get_by_text("May be counted twice").first.wait_for()
    seen.assert_accessible()
    page.get_by_role("button", name="Accept").first.click()
    page.get_by_text("✓ At least").wait_for()
    page.get_by_role("button", name="Add a statement").click()
    page.get_by_role("textbox", name="Your words").fill("A joint post is planned")
    page.get_by_role("textbox", name="Your words").press("Tab")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("✎ A joint post is planned").first.wait_for()
    page.keyboard.press("Escape")
    seen.open("/plan?lang=en&from=2026-01-01&to=2026-11-22", 2)
    page.get_by_text("✓ At least").click()
    page.get_by_text("accepted by the user of this machine").wait_for()
    page.get_by_role("link", name="See it on its page").first.click()
    seen.until(lambda: urlsplit(page.url).path == "/quality")
    seen.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("bn", "dark")])
def test_a_training_plan_is_opened_by_its_link_and_leads_to_another(look, workshop, language, theme):
    seen = look(theme=theme, url=workshop.url)
    page = seen.open(f"/plan?lang={language}&sel=police", 2)
    assert page.locator("[data-testid=stTable]").bounding_box()["y"] < 450
    seen.assert_accessible()
    page.get_by_role("radio").last.click()
    seen.until(lambda: parse_qs(urlsplit(page.url).query)["sel"] == ["shelter"])
    seen.assert_nothing_left_and_nothing_broke()
