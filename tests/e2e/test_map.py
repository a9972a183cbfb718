"""The map in a browser: a click explains and the link keeps it, a keyboard does the same; it fits every width."""

import io
import math
from datetime import date
from urllib.parse import parse_qs, urlsplit

import h3
import numpy as np
import pytest
from PIL import Image

from dashboard import access, database, layers
from dashboard.answers import corridors
from dashboard.filters import Filters
from dashboard.i18n import Text
from dashboard.theme import LIGHT
from tests.latin import latin

WIDTHS = [(390, 844), (1440, 900), (1920, 1080)]


def drawn(seen, path, which=0):
    """The frame of a map, once all of it is there."""
    seen.open(path, 0.3)
    frame = seen.page.locator(".frame[data-drawn]").nth(which)
    frame.wait_for(timeout=60_000)
    seen.settle(0)  # the picture stands before the page has run to its end
    return frame


def on(frame, lon, lat):
    x, y = frame.evaluate("(frame, at) => frame.project(at)", [lon, lat])
    return {"x": x, "y": y}


def link(page):
    return parse_qs(urlsplit(page.url).query)


def without_choice(page):
    return {name: values for name, values in link(page).items() if name != "sel"}


@pytest.mark.parametrize("path", ["/hotspots?lang=bn", "/?lang=en"])
def test_the_picture_stands_before_webgl_and_is_the_same(look, path):
    seen = look()
    seen.page.route("**/deck.gl-*.js", lambda asked: None)  # it never comes
    seen.open(path, 0.3)
    seen.page.locator(".frame[data-sketched]").wait_for()
    pictures = [
        np.asarray(Image.open(io.BytesIO(each.locator(".canvas").screenshot())).convert("RGB"), dtype=int)
        for each in (seen.page, drawn(look(), path).page)
    ]
    still, moving = (each[:, :-60] for each in pictures)  # without the buttons
    differ = (np.abs(still - moving).max(axis=2) > 80).mean()
    assert differ < 0.02  # edges of letters and lines
    assert (np.abs(still - still[0, 0]).max(axis=2) > 80).mean() > 0.01  # the control: it is no empty picture


def test_a_click_on_the_hottest_cell_explains_it_and_the_link_keeps_it(look):
    seen = look()
    frame = drawn(seen, "/hotspots?lang=en")
    page, why = seen.page, seen.page.get_by_role("combobox", name="Cell")
    hottest = why.input_value().split(" · ")[1]
    before = without_choice(page)
    lat, lon = h3.cell_to_latlng(hottest)
    frame.locator("canvas").click(position=on(frame, lon, lat), delay=500)  # as long as a slow hand presses
    page.wait_for_url(f"**sel={hottest}*")
    assert without_choice(page) == before
    page.reload()
    seen.settle()
    assert link(page)["sel"] == [hottest]
    assert hottest in why.input_value()
    page.get_by_role("link", name="Overview").click()
    page.get_by_text(hottest).wait_for()
    assert link(page)["sel"] == [hottest]
    seen.assert_nothing_left_and_nothing_broke()


def test_a_corridor_tells_itself_in_bangla_and_a_click_on_it_is_kept_in_the_link(look, sample_store):
    corridor = _apart(sample_store)
    seen = look()
    frame = drawn(seen, "/corridors?lang=bn")
    page, at = seen.page, on(frame, *corridor["middle"])
    frame.locator("canvas").hover(position=at)
    page.wait_for_function("frame => !frame.querySelector('.tip').hidden", arg=frame.element_handle())
    assert frame.locator(".tip").inner_text() == corridor["tip"]
    assert latin(corridor["tip"]) == set()
    assert any("/app/static/map/labels-bn.png" in url for url in seen.requests)  # names as pictures
    assert not any("/app/static/map/labels-en" in url for url in seen.requests)
    frame.locator("canvas").click(position=at)
    seen.until(lambda: link(page).get("sel") == [corridor["sel"]])
    assert page.get_by_role("button", name="✕").count() == 1
    seen.assert_nothing_left_and_nothing_broke()


def _apart(store):
    """The piece of a corridor that lies farthest from every other corridor and crossing, with its middle."""
    answer = corridors.answer(database.open_current(store).select(Filters(), access.local_user()))
    told = layers.country(layers.corridors, answer, Text("bn"), LIGHT).layers
    pieces = next(each["data"] for each in told if each["id"] == "corridors")
    points = [row["at"] for each in told if each["id"] == "crossings" for row in each["data"]]
    pieces = [row | {"middle": [(a + b) / 2 for a, b in zip(row["a"], row["b"], strict=True)]} for row in pieces]

    def room(piece):
        others = [row["middle"] for row in pieces if row["sel"] != piece["sel"]]
        return min(math.dist(piece["middle"], at) for at in (*others, *points))

    return max(pieces, key=room)


def test_a_row_chosen_by_keyboard_does_the_same_and_keeps_the_focus(look):
    seen = look()
    drawn(seen, "/corridors?lang=en")
    page = seen.page
    _tab_to(page, "canvas[data-testid=data-grid-canvas]")
    seen.settle(0.3)  # a table takes the focus a moment after the canvas has it, and nobody presses a key sooner
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    page.wait_for_url("**sel=x-*")
    seen.settle()
    first = link(page)["sel"]
    assert page.get_by_role("button", name="✕").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    page.wait_for_function(
        "old => !location.search.includes(`sel=${old}`) && location.search.includes('sel=')", arg=first[0]
    )
    page.get_by_role("button", name="✕").click()
    page.wait_for_function("() => !location.search.includes('sel=')")


def _tab_to(page, selector):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_a_map_at_rest_asks_for_no_frame_and_wakes_under_the_pointer(look):
    seen = look()
    frame = drawn(seen, "/hotspots?lang=en")
    seen.page.wait_for_timeout(3_000)
    seen.page.evaluate(
        "() => { const ask = requestAnimationFrame; window.asked = 0;"
        " window.requestAnimationFrame = (then) => (window.asked++, ask(then)); }"
    )
    seen.page.wait_for_timeout(2_000)
    assert seen.page.evaluate("() => window.asked") == 0
    box = frame.bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seen.page.wait_for_function("() => window.asked > 2")
    zoom = float(frame.get_attribute("data-zoom"))
    frame.get_by_role("button", name="Closer").click()
    seen.page.wait_for_function("([frame, zoom]) => frame.dataset.zoom > zoom", arg=[frame.element_handle(), zoom])


def test_the_country_is_wholly_in_view_and_fills_the_map_at_every_width(look):
    seen = look(*WIDTHS[0])
    frame = drawn(seen, "/")
    for width, height in WIDTHS:
        seen.page.set_viewport_size({"width": width, "height": height})
        seen.page.wait_for_timeout(800)
        box = frame.locator("canvas").bounding_box()
        west, south, east, north = layers.COUNTRY
        corner, other = on(frame, west, north), on(frame, east, south)
        assert min(corner["x"], corner["y"], box["width"] - other["x"], box["height"] - other["y"]) >= 0
        fills = max((other["x"] - corner["x"]) / box["width"], (other["y"] - corner["y"]) / box["height"])
        assert fills > 0.9


def test_a_chosen_district_fills_the_map_and_home_leads_back_to_it(look):
    seen = look()
    frame = drawn(seen, "/hotspots?d=BD4041&lang=en")
    at_home = float(frame.get_attribute("data-zoom"))
    assert at_home > 8
    seen.page.get_by_role("button", name="Farther").click()
    assert math.isclose(float(frame.get_attribute("data-zoom")), at_home - 1, abs_tol=0.01)
    seen.page.get_by_role("button", name="Show all").click()
    assert math.isclose(float(frame.get_attribute("data-zoom")), at_home, abs_tol=0.01)


def test_a_layer_is_switched_off_and_on_in_the_language_of_the_page(look):
    seen = look()
    frame = drawn(seen, "/?lang=bn")
    page = seen.page
    whole = frame.locator("canvas").screenshot()
    page.locator("summary[aria-label=স্তর]").click()
    page.get_by_label("সেল", exact=True).uncheck()
    page.wait_for_timeout(500)
    page.locator("summary[aria-label=স্তর]").click()
    page.wait_for_timeout(300)
    assert frame.locator("canvas").screenshot() != whole


# Playback


@pytest.mark.parametrize(
    ("language", "theme", "width", "height"), [("en", "light", 1440, 900), ("bn", "dark", 390, 844)]
)
def test_playback_steps_plays_pauses_and_tells_where_it_stands(look, language, theme, width, height):
    seen = look(width=width, height=height, theme=theme)
    frame = drawn(seen, f"/playback?lang={language}")
    page, main = seen.page, seen.page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth") <= width
    if width > 1000:
        assert main.evaluate("main => main.scrollHeight") <= height
    last = frame.get_attribute("data-frame")
    frame.locator(".back").click()
    before = frame.get_attribute("data-frame")
    assert before < last
    told = frame.locator(".now").inner_text().split(" · ")[0]
    main.locator("strong", has_text=told).wait_for()  # Python lists the month that was stepped to
    frame.locator(".play").click()  # to the last frame, where it stops
    page.wait_for_function("([frame, last]) => frame.dataset.frame === last", arg=[frame.element_handle(), last])
    frame.locator(".play").click()  # from the first one of the range
    page.wait_for_function("([frame, last]) => frame.dataset.frame < last", arg=[frame.element_handle(), before])
    frame.locator(".play").click()
    paused = frame.get_attribute("data-frame")
    page.wait_for_timeout(1200)
    assert frame.get_attribute("data-frame") == paused
    main.locator("strong", has_text=frame.locator(".now").inner_text().split(" · ")[0]).wait_for()
    seen.assert_nothing_left_and_nothing_broke()


STEPPING = """([frame, steps]) => new Promise(done => {
    const at = [];
    const seen = new MutationObserver(() => {
        at.push(performance.now());
        if (at.length === steps) { seen.disconnect(); done((at[steps - 1] - at[0]) / (steps - 1)); }
    });
    seen.observe(frame, {attributes: true, attributeFilter: ['data-frame']});
    frame.querySelector('.play').click();
})"""


def test_weeks_are_played_and_their_speed_is_chosen(look):
    text, seen = Text("bn"), look()
    drawn(seen, "/playback?lang=bn")
    page = seen.page
    page.get_by_role("radio", name=text("Weeks")).click()
    page.get_by_test_id("stMain").locator("strong", has_text=text("week to {day}", day="").strip()).wait_for()
    frame = page.locator(".frame[data-drawn]")
    frame.wait_for()
    assert date.fromisoformat(frame.get_attribute("data-frame")).weekday() == 0
    frame.locator("select").nth(1).select_option(index=0)  # from the first week of all
    frame.locator(".speed").select_option(label="×" + text.number(0.5))
    slow = page.evaluate(STEPPING, [frame.element_handle(), 2])
    frame.locator(".speed").select_option(label="×" + text.number(4))  # while it plays
    frame.locator(".play").click()  # stands
    fast = page.evaluate(STEPPING, [frame.element_handle(), 4])
    assert slow >= 1500  # a timer is never early: 1.6 s a step, and 0.2 s
    assert fast < slow / 2
    seen.assert_nothing_left_and_nothing_broke()


def test_who_prefers_less_motion_is_given_steps(look):
    seen = look()
    seen.page.emulate_media(reduced_motion="reduce")
    frame = drawn(seen, "/playback?lang=en")
    frame.get_by_label("From").select_option(index=0)
    frame.locator(".back").click()
    stood = frame.get_attribute("data-frame")
    frame.locator(".back").click()
    frame.locator(".play").click()
    assert frame.get_attribute("data-frame") == stood
    seen.page.wait_for_timeout(1200)
    assert frame.get_attribute("data-frame") == stood
    assert seen.page.get_by_text("asks for less motion").is_visible()


def test_a_step_sends_no_rows_of_the_map_again_and_its_month_can_become_the_period(look):
    seen, sent = look(), []
    seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sent.append(len(payload))))
    frame = drawn(seen, "/playback?lang=en")
    seen.settle()
    sent.clear()
    frame.locator(".back").click()
    seen.settle()
    assert 0 < sum(sent) < 100_000
    month = frame.get_attribute("data-frame")
    seen.page.get_by_role("button", name="Make ").click()
    seen.page.wait_for_url(f"**from={month}*")
