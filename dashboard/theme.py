"""Colour tokens of both themes, as the map and the charts use them. `.streamlit/config.toml` has the rest."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Hex colours. hot: q at most 0.05, 0.01, 0.001, or P(hot) from 0.1, 0.5, 0.8; label: by crime label;
    steps: counts by fixed breaks; history: by class of an emerging hot spot, cold ones apart."""

    name: str
    ground: str
    panel: str
    text: str
    muted: str
    accent: str
    grid: str
    sea: str
    land: str
    neighbours: str
    district_line: str
    national_line: str
    before: str
    fewer: str
    hot: tuple[str, str, str]
    label: dict[str, str]
    steps: tuple[str, ...]
    precision: tuple[str, str, str, str]
    history: dict[str, str]
    change: dict[str, str]


LIGHT = Theme(
    name="light", ground="#FFFFFF", panel="#F4F5F2", text="#0F1A22", muted="#55636E", accent="#0B5F6B",
    grid="#E6EAEA", sea="#E9EFF2", land="#FFFFFF", neighbours="#F7F7F4",
    district_line="#D3D9DA", national_line="#8C99A3", before="#C9CFD2", fewer="#7FB0BF",
    hot=("#F7D58A", "#E9912F", "#B8430F"),
    label={"TIP": "#B3265B", "SOM": "#1D6FA8", "TIP_AND_SOM": "#9A92AE", "UNDETERMINED": "#66717B",
           "NEITHER": "#C9CFD2", "mixed": "#9A92AE"},
    steps=("#FAE5B5", "#F2B85C", "#E9912F", "#B8430F", "#6E1A06"),
    precision=("#0B5F6B", "#4B8F99", "#9BC0CD", "#DADFE0"),
    history={"new": "#6E1A06", "intensifying": "#B8430F", "consecutive": "#B8430F", "persistent": "#E9912F",
             "sporadic": "#F7D58A", "oscillating": "#F7D58A", "diminishing": "#7FB0BF", "historical": "#D8DEDF"},
    change={"rise": "#B8430F", "fall": "#0B5F6B"},
)  # fmt: skip

DARK = Theme(
    name="dark", ground="#0F1720", panel="#18222D", text="#E8EDF1", muted="#9FB0BD", accent="#5CC5D1",
    grid="#24313C", sea="#0B1219", land="#1C2833", neighbours="#141D26",
    district_line="#33424F", national_line="#6D7F8D", before="#44525E", fewer="#3E7F95",
    hot=("#80490F", "#D98527", "#FFE0A3"),
    label={"TIP": "#FF6F9C", "SOM": "#6BB6EA", "TIP_AND_SOM": "#7E78A0", "UNDETERMINED": "#C3CCD3",
           "NEITHER": "#44525E", "mixed": "#7E78A0"},
    steps=("#5A3A10", "#80490F", "#CC7B24", "#EE9A3A", "#FFE0A3"),
    precision=("#5CC5D1", "#3C8792", "#2D5F66", "#2C3945"),
    history={"new": "#FFF0CC", "intensifying": "#F6B763", "consecutive": "#F6B763", "persistent": "#CC7B24",
             "sporadic": "#80490F", "oscillating": "#80490F", "diminishing": "#3E7F95", "historical": "#33424F"},
    change={"rise": "#EE9A3A", "fall": "#5CC5D1"},
)  # fmt: skip


def theme(name: str | None) -> Theme:
    """The theme that a browser says it shows; light where it does not say."""
    return DARK if name == "dark" else LIGHT


def legible(ground: str, theme: Theme) -> str:
    """The colour of letters on a ground: the theme's text or its ground, whichever has more contrast (WCAG 2)."""
    return max((theme.text, theme.ground), key=lambda each: contrast(each, ground))


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgba(colour: str, alpha: int = 255) -> list[int]:
    """'#B8430F' as [184, 67, 15, alpha], the form that deck.gl takes."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]
