"""The two places that hold colours agree, and text can be read on its ground."""

import tomllib
from dataclasses import fields
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


TEXT, GRAPHIC = 4.5, 3.0
GROUNDS = ("ground", "panel")
ON_MAP = ("land", "neighbours", "sea")
# Each colour that says something: how strong it must be on what it stands on.
READ = {
    "text": (TEXT, (*GROUNDS, *ON_MAP)),
    "muted": (TEXT, (*GROUNDS, *ON_MAP)),
    "accent": (GRAPHIC, (*GROUNDS, *ON_MAP)),
    "change": (GRAPHIC, ("ground", *ON_MAP)),
    "label": (GRAPHIC, ("ground", "land")),
    "hot": (GRAPHIC, ("ground", "land")),
    "steps": (GRAPHIC, ("ground", "land")),
    "history": (GRAPHIC, ("ground", "land")),
    "precision": (GRAPHIC, ("ground",)),
    "before": (GRAPHIC, ("ground",)),
    "fewer": (GRAPHIC, ("ground", "land")),
}
# Paler than that by design, and never the only way in which a thing is told: why, and what tells it too.
PALER = {
    "label.TIP_AND_SOM": "the ribbon's merged part; its words are in the tooltip and the table",
    "label.mixed": "the ribbon's merged part; its words are in the tooltip and the table",
    "label.NEITHER": "drawn nowhere alone; the table has its count",
    "hot.0": "an ink line frames hot cells; the table has the class",
    "hot.1": "an ink line frames hot cells; the table has the class",
    "steps": "less is paler; the table has each count, a tooltip each cell",
    "history": "less is paler; the table has the class of each cell",
    "precision": "less exact is paler; each piece has its share and its words under it",
    "before": "the period compared stands back; the table has it",
    "fewer": "the legend's word and the table's class tell it",
}
SURFACES = {"ground", "panel", "sea", "land", "neighbours", "grid", "district_line", "national_line"}


def colours(theme, name):
    """A token's colours by name: text; hot.0, hot.1, hot.2; label.TIP …"""
    value = getattr(theme, name)
    if isinstance(value, str):
        return {name: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {f"{name}.{key}": colour for key, colour in pairs}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_every_colour_can_be_told_from_the_grounds_it_stands_on(theme):
    assert {field.name for field in fields(theme)} - {"name"} == READ.keys() | SURFACES
    weak = {
        key
        for name, (least, grounds) in READ.items()
        for key, colour in colours(theme, name).items()
        if min(contrast(colour, getattr(theme, ground)) for ground in grounds) < least
    }
    assert {key for key in weak if key not in PALER and key.split(".")[0] not in PALER} == set()


def test_no_colour_is_excused_that_needs_no_excuse():
    for excused in PALER:
        name = excused.split(".")[0]
        least, grounds = READ[name]
        drawn = [
            contrast(colour, getattr(theme, ground))
            for theme in (LIGHT, DARK)
            for key, colour in colours(theme, name).items()
            if excused in (key, name)
            for ground in grounds
        ]
        assert min(drawn) < least, excused


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_what_streamlit_writes_can_be_read(theme):
    told = CONFIG["theme"][theme.name]
    assert contrast(told["primaryColor"], "#FFFFFF") >= TEXT  # white on a button and on what is chosen in a list
    assert contrast(told["primaryColor"], theme.ground) >= GRAPHIC  # the line under a tab, the frame of a view
    faded = mixed(theme.text, theme.ground, 0.6)  # a caption
    assert contrast(faded, theme.ground) >= TEXT
    chosen = mixed(told["primaryColor"], theme.ground, 0.1)  # the ground of a view that is chosen
    assert contrast(theme.text, chosen) >= TEXT
    for name in ("linkColor", "redColor"):
        assert contrast(told[name], theme.ground) >= TEXT
    strong = 0.85 if theme is LIGHT else 1.15  # words of a badge: 15 % darker or lighter than its colour
    words = "#" + "".join(f"{min(255, round(c * strong)):02x}" for c in rgba(told["orangeColor"])[:3])
    badge = mixed(told["orangeColor"], theme.ground, 0.1 if theme is LIGHT else 0.2)
    assert contrast(words, badge) >= TEXT


def mixed(colour, ground, alpha):
    """A colour of some transparency over a ground."""
    over, under = rgba(colour)[:3], rgba(ground)[:3]
    return "#" + "".join(f"{round(a * alpha + b * (1 - alpha)):02x}" for a, b in zip(over, under, strict=True))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_hotter_is_always_further_from_the_ground(theme):
    steps = [contrast(colour, theme.land) for colour in theme.hot]
    assert steps == sorted(steps)


def test_every_font_is_served_from_this_machine():
    for face in CONFIG["theme"]["fontFaces"]:
        assert (ROOT / face["url"].removeprefix("app/")).is_file()


def test_only_public_geometry_fonts_and_the_maps_code_are_served_to_everybody():
    kinds = {path.suffix for path in (ROOT / "static").rglob("*") if path.is_file()}
    assert kinds <= {".ttf", ".woff2", ".txt", ".geojson", ".json", ".png", ".svg", ".js", ".css"}
    assert not any("incident" in path.read_text(encoding="utf-8") for path in (ROOT / "static" / "map").glob("*json"))
