"""What Streamlit itself would let a visitor take along, past rounding and audit: it is not offered."""

import pytest

from dashboard.i18n import Text
from dashboard.shell import NOT_OFFERED


@pytest.mark.parametrize(
    ("path", "language", "of"), [("/corridors", "bn", "stDataFrame"), ("/trends", "en", "stVegaLiteChart")]
)
def test_no_toolbar_has_a_way_to_take_figures_along(look, path, language, of):
    text = Text(language)
    page = look().open(f"{path}?lang={language}")
    page.get_by_test_id(of).locator("visible=true").first.hover(timeout=20_000)
    shown = page.get_by_test_id("stElementToolbarButton").locator("button")
    shown.and_(page.get_by_label(text("Fullscreen"))).locator("visible=true").first.wait_for()  # the control
    names = [each.get_attribute("aria-label") for each in shown.all()]
    for word in NOT_OFFERED:
        there = shown.and_(page.locator(f'[aria-label^="{text(word)}"]'))
        assert there.locator("visible=true").count() == 0
    assert any(name.startswith(text(word)) for word in NOT_OFFERED for name in names)  # hidden, not renamed
