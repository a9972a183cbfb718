"""The filter sentence in a browser: every part is changed and taken back, in both languages, and views are kept."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.filters import Filters
from dashboard.i18n import Text


def link(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def headline(page) -> str:
    return page.locator("h3").first.inner_text()


def opened(page):
    return page.get_by_test_id("stPopoverBody")


@pytest.mark.parametrize(("typed", "language"), [("Jessor", "en"), ("যশোহর", "bn")])
def test_a_district_is_added_by_any_name_and_taken_back_by_its_sign(look, typed, language):
    text, seen = Text(language), look()
    page = seen.open(f"/trends?lang={language}")
    before = headline(page)
    page.get_by_role("button", name=text("all districts")).click()
    opened(page).get_by_role("combobox").fill(typed)
    page.get_by_role("option").first.click()
    seen.until(lambda: link(page).get("d") == ["BD4041"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="×", exact=True).click()
    seen.until(lambda: "d" not in link(page) and headline(page) == before)
    seen.assert_nothing_left_and_nothing_broke()


def test_a_division_comes_and_goes_as_a_whole(look):
    seen = look()
    page = seen.open("/district")
    page.get_by_role("button", name="all districts").click()
    opened(page).get_by_role("button", name="Sylhet", exact=True).click()
    seen.until(lambda: len(link(page).get("d", [])) == 4)
    assert page.get_by_role("button", name="Sylhet division").count() == 1
    opened(page).get_by_role("button", name="Sylhet", exact=True).last.click()
    seen.until(lambda: "d" not in link(page))


def test_a_month_is_chosen_in_bangla_and_its_neighbours_are_a_press_away(look):
    text, seen = Text("bn"), look()
    page = seen.open("/?lang=bn")
    page.get_by_test_id("stPopoverButton").filter(has_text="২০২৬").first.click()
    opened(page).get_by_text("মার্চ", exact=True).click()
    seen.until(lambda: (link(page)["from"], link(page)["to"]) == (["2026-03-01"], ["2026-03-31"]))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="‹").click()
    seen.until(lambda: (link(page)["from"], link(page)["to"]) == (["2026-02-01"], ["2026-02-28"]))
    said = Filters(date(2026, 2, 1), date(2026, 2, 28)).period(text)
    assert page.get_by_role("button", name=said).count() == 1
    seen.assert_nothing_left_and_nothing_broke()


def test_any_second_period_is_chosen_in_the_page(look):
    seen = look()
    page = seen.open("/")
    before = headline(page)
    page.get_by_role("button", name="the 12 weeks before").click()
    opened(page).get_by_text("Last year", exact=True).click()
    seen.until(lambda: link(page)["vs"] == ["2025-01-01..2025-12-31"])
    assert headline(page) != before
    assert page.get_by_role("button", name="1 Jan 2025 to 31 Dec 2025").count() == 1


def test_rare_parts_stand_in_the_sentence_once_chosen_and_all_are_reset_together(look):
    seen = look()
    page = seen.open("/")
    page.get_by_role("button", name="more filters").click()
    opened(page).get_by_text("Only districts with effort on record").click()
    seen.until(lambda: link(page)["effort"] == ["1"])
    opened(page).get_by_role("combobox", name="Crossings").fill("বেনাপোল")
    page.get_by_role("option").first.click()
    seen.until(lambda: link(page).get("x") == ["x-benapole"])
    main = page.locator("[data-testid=stMain]").inner_text()
    assert "only where effort is on record" in main
    assert "through Benapole" in main
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset all").click()
    seen.until(lambda: link(page)["effort"] == ["0"] and "x" not in link(page))
    seen.assert_nothing_left_and_nothing_broke()


def test_a_view_is_saved_renamed_opened_on_its_page_and_deleted(look):
    seen = look()
    page = seen.open("/trends?d=BD4044&from=2026-01-01&to=2026-06-30")
    frozen = headline(page)
    page.get_by_role("button", name="Views").click()
    opened(page).get_by_role("textbox").fill("Jhenaidah, first half")
    opened(page).get_by_role("button", name="Save", exact=True).click()
    opened(page).get_by_role("button", name="Rename").click()
    opened(page).get_by_role("textbox", name="New name").fill("Half a year *of* Jhenaidah")
    opened(page).get_by_role("textbox", name="New name").press("Enter")
    opened(page).get_by_role("button", name="Take this name").click()
    opened(page).get_by_role("link", name="Half a year *of* Jhenaidah").wait_for()
    other = look()
    page = other.open("/")
    page.get_by_role("button", name="Views").click()
    opened(page).get_by_role("link", name="Half a year *of* Jhenaidah").click()
    page.wait_for_url("**/trends*")
    other.until(lambda: headline(page) == frozen)
    assert (link(page)["d"], link(page)["from"]) == (["BD4044"], ["2026-01-01"])
    if not opened(page).is_visible():
        page.get_by_role("button", name="Views").click()
    opened(page).get_by_role("button", name="Delete").click()
    opened(page).get_by_role("button", name="Yes, delete").click()
    opened(page).get_by_text("None is saved yet.").wait_for()
    other.assert_nothing_left_and_nothing_broke()


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_second_district_on_the_brief_stands_beside_the_first(look, language):
    text, seen = Text(language), look()
    page = seen.open(f"/district?d=BD4041&lang={language}")
    name = {"en": "Jashore", "bn": "যশোর"}[language]
    page.get_by_test_id("stPopoverButton").filter(has_text=name).click()
    opened(page).get_by_role("combobox").fill("Jhenaidah")
    page.get_by_role("option").first.click()
    seen.until(lambda: link(page)["d"] == ["BD4041", "BD4044"])
    assert page.get_by_text(text("Charts of both have the same scales.")).count() == 1
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
    seen.assert_nothing_left_and_nothing_broke()


def test_the_sentence_fits_a_phone_with_every_part_touched(look):
    seen = look(width=390, height=844)
    page = seen.open(
        "/?d=BD4041&d=BD4044&label=TIP&agency=bgb&effort=1&prec=4&vs=2025-01-01..2025-03-31&from=2026-01-01&to=2026-03-31"
    )
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.get_by_test_id("stPopoverButton").filter(has_text="2026").first.click()
    box = opened(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_colour_breaks_are_the_same_under_every_filter_and_period(look):
    breaks = set()
    for path in ("/hotspots", "/hotspots?from=2025-01-01&to=2026-06-30", "/hotspots?label=SOM"):
        page = look().open(path)
        told = page.locator("[data-testid=stHtml]").all_inner_texts()
        breaks.add(tuple(part for text in told for part in ("<5", "5–9", "10–19", "20–39", "40+") if part in text))
    assert breaks == {("<5", "5–9", "10–19", "20–39", "40+")}
