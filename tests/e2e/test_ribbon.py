"""The border ribbon as a browser draws it: no two words touch, on a desk and on a phone."""

import pytest

WORDS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart =>
    [...chart.querySelectorAll('.role-mark text')].filter(each => each.textContent).map(each => {
        const box = each.getBoundingClientRect();
        return [each.textContent, box.left, box.right, box.top, box.bottom];
    }))"""


@pytest.mark.parametrize(
    ("path", "language", "width"),
    [("/", "en", 390), ("/corridors", "en", 390), ("/corridors", "bn", 390), ("/corridors", "en", 1440)],
)
def test_no_two_words_of_the_ribbon_touch(look, path, language, width):
    page = look(width=width, height=844).open(f"{path}?lang={language}", 2)
    page.wait_for_selector("[data-testid=stVegaLiteChart] text")
    words = max(page.evaluate(WORDS), key=len)
    assert len(words) >= 3
    inside = page.evaluate("document.documentElement.clientWidth")
    for at, (word, left, right, top, bottom) in enumerate(words):
        assert left >= 0
        assert right <= inside
        for other, other_left, other_right, other_top, other_bottom in words[:at]:
            apart = right <= other_left or other_right <= left or bottom <= other_top + 3 or other_bottom <= top + 3
            assert apart, (word, other)
