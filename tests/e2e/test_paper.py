"""A page on paper: one sheet that makes sense by itself, with the map as it is on the screen and nothing to press."""

import re

from dashboard.i18n import Text

WIDE_PX, TALL_PX = 1524, 1060  # of an A3 sheet within its margins


def test_the_overview_is_printed_on_one_sheet_with_its_sentence_map_and_date_and_no_buttons(look):
    text, seen = Text("bn"), look()
    page = seen.open("/?lang=bn", 1.5)
    page.locator(".frame[data-drawn] canvas").first.wait_for()
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": WIDE_PX, "height": TALL_PX})
    for told in (page.locator("h3").first, page.get_by_text(text("all districts")), page.get_by_text(text("How sure"))):
        assert told.is_visible()
    for pressed in (text("Share"), text("Export"), "English", "‹"):
        assert not page.get_by_role("button", name=pressed).first.is_visible()
    fit = page.locator(".frame canvas").first.evaluate("canvas => getComputedStyle(canvas).objectFit")
    assert fit == "contain"  # else it is stretched to another width
    left, right = (page.locator("[data-testid=stColumn]").nth(at).bounding_box() for at in (0, 1))
    assert left["x"] + left["width"] <= right["x"]  # side by side, as on the screen
    logo, sentence = page.locator("header img").first.bounding_box(), page.locator("h3").first.bounding_box()
    assert logo["y"] + logo["height"] <= sentence["y"]
