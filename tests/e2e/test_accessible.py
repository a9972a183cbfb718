"""For those who cannot see, point or bear motion: pages beside the menu under axe, the keys alone, rest.

Those of the menu: test_pages.py, each once in each language and in each theme.
"""

from datetime import UTC, datetime

import pytest

from dashboard import access, database, ledger, snapshots
from dashboard.answers import overview
from dashboard.filters import Filters
from dashboard.i18n import Text
from tests.latin import FORMATS, latin

MOVING = """() => document.getAnimations().filter(each => each.playState === 'running').map(each =>
    (each.animationName || '') + ' ' + each.effect.target?.outerHTML.slice(0, 160))"""
FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    return {isSeen: style.boxShadow !== 'none' || style.outlineStyle !== 'none',
            isMenu: !!at.closest('[data-testid=stTopNavLink], header'),
            isTable: !!at.closest('[data-testid=stDataFrame]'),
            isFilter: !!at.closest('[data-testid=stPopover]')};
}"""


FROZEN = "/s/{}?lang=bn"
# Pages beside the menu, with the words on them that are nobody's language: names written down, a citation.
BESIDE = {
    "/audit?lang=bn": {"local", "os", "root", "commander", "terminal", "demo", "snapshot"},
    "/?for=outside&lang=bn": {"lattice"},  # the name of the policy
    FROZEN: {"local", "Frozen", "HTML", "PDF", "Overview", "as", "of", "by", "sha", "signed", "key", "test", "https"},
}


@pytest.fixture(scope="module")
def frozen(sample_store):
    """The id of a snapshot of the Overview."""
    answer = overview.answer(database.open_current(sample_store).select(Filters(), access.local_user()))
    return snapshots.freeze(ledger.open_ledger(sample_store), "overview", answer, "test", datetime.now(UTC))[0]


@pytest.mark.parametrize("path", BESIDE)
def test_pages_beside_the_menu_are_accessible_and_in_one_language(look, frozen, path):
    seen = look(theme="dark")
    seen.open(path.format(frozen), 1.5)
    if path == FROZEN:
        _assert_first_screen(seen.page)
    seen.assert_nothing_left_and_nothing_broke()
    seen.assert_no_english(BESIDE[path] | latin(frozen))  # the letters of its number
    seen.assert_accessible()


def _assert_first_screen(page):
    """What says that it is frozen, the finding, and the whole of its first picture stand on the first screen."""
    picture = page.locator(".frame[data-drawn]").first
    picture.wait_for()
    shown = [page.locator("[data-testid=stAlert]").first, page.locator("h3").first, picture]
    boxes = [each.bounding_box() for each in shown]
    assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
    assert boxes[-1]["y"] + boxes[-1]["height"] <= page.viewport_size["height"]


OPENED = ("all districts", "more filters", "Views", "Export", "Share")


def test_what_opens_over_a_page_is_accessible_and_in_one_language(look):
    text, seen = Text("bn"), look(theme="dark")
    page = seen.open("/?lang=bn")
    period = page.get_by_test_id("stPopoverButton").filter(has_text=text.digits("2026")).first
    for button in (period, *(page.get_by_role("button", name=text(each)) for each in OPENED)):
        button.click()
        page.get_by_test_id("stPopoverBody").wait_for()
        seen.settle(0.3)
        seen.assert_no_english(FORMATS)
        seen.assert_no_finding()
        page.keyboard.press("Escape")
        page.get_by_test_id("stPopoverBody").wait_for(state="detached")
    seen.assert_nothing_left_and_nothing_broke()


def test_nothing_moves_by_itself(look):
    page = look().open("/", 3)
    for _ in range(10):  # a busy machine draws the first screen late, and what fades in moves until then
        if not page.evaluate(MOVING):
            break
        page.wait_for_timeout(1000)
    assert page.evaluate(MOVING) == []


def test_the_keys_reach_the_menu_then_the_filters_then_the_tables(look):
    page = look().open("/hotspots", 2)
    walked = []
    for _ in range(60):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(FOCUSED))
    first = [next(at for at, each in enumerate(walked) if each[what]) for what in ("isMenu", "isFilter", "isTable")]
    assert first == sorted(first)
    assert all(each["isSeen"] for each in walked if each["isFilter"])
