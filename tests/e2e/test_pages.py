"""What a person sees: every page, in both languages and themes, wide and narrow; and nothing leaves the machine."""

import re

import pytest

PAGES = ("/", "/hotspots", "/corridors", "/trends")
WITH_MAP = ("/", "/hotspots", "/corridors")
COMMON = {
    "q",
    "n",
    "p",
    "z",
    "Gi",
    "H3",
    "v",
    "Simanta",
    "English",
    "sha256",
    "code",
    "data",
    "snapshot",
    "TIP",
    "SOM",
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_drawn_whole_and_asks_no_other_host(look, path, language, theme):
    seen = look(theme=theme)
    page = seen.open(f"{path}?lang={language}", 2.5)
    seen.assert_nothing_left_and_nothing_broke()
    assert page.locator("h3").first.inner_text().strip()
    if path in WITH_MAP:
        assert page.locator("[data-testid=stDeckGlJsonChart] canvas").count() >= 1
        assert any("/app/static/map/districts.geojson" in url for url in seen.requests)
    else:
        assert page.locator("[data-testid=stVegaLiteChart]").count() >= 2


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_detections_n_precision_as_of_and_version(look, path):
    page = look().open(path)
    foot = page.locator("[data-testid=stCaptionContainer]", has_text="As of").inner_text()
    assert re.search(r"\d+ detections, not persons and not prevalence", foot)
    assert re.search(r"data v\d{6}", foot)
    assert "district only" in foot


@pytest.mark.parametrize("path", PAGES)
def test_invented_rows_are_marked_on_every_page_that_shows_them(look, path):
    assert look().open(path).get_by_text("INVENTED DATA").count() == 1


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_page_answers_on_its_first_screen(look, path, language):
    page = look().open(f"{path}?lang={language}", 2)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(look, path):
    page = look(width=390, height=844).open(path, 2)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


@pytest.mark.parametrize("path", PAGES)
def test_no_english_is_left_on_a_bangla_page(look, path):
    page = look().open(f"{path}?lang=bn")
    page.evaluate("document.querySelectorAll('[data-testid=stIconMaterial]').forEach(icon => icon.remove())")
    words = set(re.findall(r"[A-Za-z]{2,}", page.locator("[data-testid=stMain]").inner_text()))
    assert {w for w in words if w not in COMMON and not re.fullmatch(r"v\d+|[0-9a-f]+", w)} == set()


@pytest.mark.parametrize("path", WITH_MAP)
def test_the_map_has_colour_on_it(look, path):
    """A wrong accessor once drew every cell black with no error: count what is vivid, and what is black."""
    seen = look()
    page = seen.open(path, 4)
    picture = page.locator("[data-testid=stDeckGlJsonChart]").screenshot()
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
