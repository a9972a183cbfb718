"""The two places that hold colours agree, and text can be read on its ground."""

import tomllib
from pathlib import Path

import pytest

from dashboard.theme import DARK, LIGHT, rgba

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(colour):
    channels = [c / 255 for c in rgba(colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_the_configuration_has_the_maps_colours(theme):
    told = CONFIG["theme"][theme.name]
    assert (told["backgroundColor"], told["secondaryBackgroundColor"], told["textColor"]) == (
        theme.ground,
        theme.panel,
        theme.text,
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_text_and_labels_can_be_read(theme):
    assert contrast(theme.text, theme.ground) >= 7
    assert min(contrast(theme.muted, ground) for ground in (theme.ground, theme.panel, theme.land)) >= 4.5
    assert all(contrast(theme.label[code], theme.land) >= 4.4 for code in ("TIP", "SOM", "UNDETERMINED"))
    assert contrast(CONFIG["theme"][theme.name]["primaryColor"], "#FFFFFF") >= 4.5  # Streamlit writes white on it


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_hotter_is_always_further_from_the_ground(theme):
    steps = [contrast(colour, theme.land) for colour in theme.hot]
    assert steps == sorted(steps)


def test_every_font_is_served_from_this_machine():
    for face in CONFIG["theme"]["fontFaces"]:
        assert (ROOT / face["url"].removeprefix("app/")).is_file()


def test_only_public_geometry_and_fonts_are_served_to_everybody():
    kinds = {path.suffix for path in (ROOT / "static").rglob("*") if path.is_file()}
    assert kinds <= {".woff2", ".txt", ".geojson", ".json", ".png", ".svg"}
    assert not any("incident" in path.read_text(encoding="utf-8") for path in (ROOT / "static" / "map").glob("*json"))
