"""What a person sees: every page, in both languages and themes, wide and narrow; and nothing leaves the machine."""

import re

import pytest

from dashboard.pages import BY_NAME, MENU
from tests.latin import AUTHORS, cited

PAGES = ("/", "/hotspots", "/corridors", "/trends", "/playback", "/warning", "/trails", "/response", "/plan")
BRIEFS = ("/district?d=BD4041", "/district", "/law", "/practice", "/quality", "/help")
WITH_MAP = ("/", "/hotspots", "/corridors", "/playback", "/district?d=BD4041")
WITHOUT_PICTURE = ("/district", "/trails", "/law", "/plan", "/practice", "/help")
TO_READ = ("/law", "/help")  # texts to read on
LISTED = "[data-testid=stExpander]"  # what /plan has in place of a picture: statements that open
FIRST = ".frame, [data-testid=stVegaLiteChart], [data-testid=stDataFrame], [data-testid=stTable]"
AS_WRITTEN = {  # names that are nobody's language
    "/law": cited("S1", "S2"),
    "/help": AUTHORS,
    "/quality": {
        "csv",
        "effort",
        "handover",
        "invented",
        "public",
        "reports",
    },  # the names of the files that were loaded
    "/practice": {
        *("simanta", "practice", "institution", "serve", "store", "FOLDER", "port"),  # what is to be typed
        *("border", "force", "police", "coast", "guard", "immigration", "prosecutor", "shelter"),
    },
}


@pytest.mark.parametrize("path", [*PAGES, *BRIEFS])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("bn", "dark")])
def test_a_page_is_whole_on_its_first_screen_honest_accessible_in_one_language_and_asks_no_other_host(
    look, path, language, theme
):
    seen = look(theme=theme)
    page = seen.open(f"{path}{'&' if '?' in path else '?'}lang={language}", 2.5)
    seen.assert_nothing_left_and_nothing_broke()
    assert page.locator("h3").first.inner_text().strip()
    first = page.locator(LISTED if path == "/plan" else FIRST).first.bounding_box()
    if path in TO_READ:  # the first table begins on the first screen
        assert first["y"] < 450
    else:
        assert first["y"] + first["height"] <= 900
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
    if path in WITH_MAP:
        page.locator(".frame[data-drawn] canvas").first.wait_for()
        if theme == "light":
            _assert_coloured(page.locator(".frame").screenshot())
        assert any("/app/static/map/districts.geojson" in url for url in seen.requests)
    elif path not in WITHOUT_PICTURE:
        assert page.locator("[data-testid=stVegaLiteChart]").count() >= 2
    if language == "en" and path in PAGES:
        _assert_honest(page)
    if language == "bn":
        seen.assert_no_english(AS_WRITTEN.get(path, set()))
    seen.assert_accessible()


def test_no_page_of_the_menu_is_left_out():
    looked_at = {path.split("?")[0].strip("/") or MENU[0].name for path in (*PAGES, *BRIEFS)}
    assert looked_at == set(BY_NAME)


def _assert_honest(page) -> None:
    """Every page says: detections, n, precision, as-of date, version, and that rows are invented."""
    foot = page.locator("[data-testid=stCaptionContainer]", has_text="As of").inner_text()
    assert re.search(r"\d+ detections, not persons and not prevalence", foot)
    assert re.search(r"data v\d{6}", foot)
    assert "district only" in foot
    assert page.get_by_text("INVENTED DATA").count() == 1


def _assert_coloured(picture: bytes) -> None:
    """A wrong accessor once drew every cell black with no error: count what is vivid, and what is black."""
    vivid, black = _colours(picture)
    assert vivid > 200
    assert black < 0.02


def _colours(png: bytes) -> tuple[int, float]:
    import io

    from PIL import Image

    pixels = list(Image.open(io.BytesIO(png)).convert("RGB").get_flattened_data())
    vivid = sum(max(p) - min(p) > 60 for p in pixels)
    return vivid, sum(max(p) < 12 for p in pixels) / len(pixels)


def test_the_content_security_policy_is_sent_and_nothing_breaks_it(look):
    seen = look()
    answer = seen.page.goto(seen.url + "/hotspots")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert answer.headers["x-content-type-options"] == "nosniff"
    seen.settle(2)
    seen.assert_nothing_left_and_nothing_broke()


def test_the_figures_of_the_server_are_closed(look):
    seen = look()
    assert seen.page.goto(seen.url + "/_stcore/metrics").status == 403
