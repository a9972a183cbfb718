"""The pages, in the order of the menu."""

from collections.abc import Mapping
from typing import TypeVar

from dashboard.i18n import Text
from dashboard.page import Page
from dashboard.pages import (
    corridors,
    district,
    help,
    hotspots,
    law,
    overview,
    plan,
    playback,
    practice,
    quality,
    response,
    trails,
    trends,
    warning,
)

MENU: tuple[Page, ...] = (
    overview.PAGE,
    hotspots.PAGE,
    corridors.PAGE,
    trends.PAGE,
    playback.PAGE,
    warning.PAGE,
    district.PAGE,
    trails.PAGE,
    response.PAGE,
    law.PAGE,
    plan.PAGE,
    practice.PAGE,
    quality.PAGE,
    help.PAGE,
)
BY_NAME = {page.name: page for page in MENU}

Place = TypeVar("Place")


def grouped(places: Mapping[str, Place], text: Text) -> dict[str, list[Place]]:
    """Places by the words of the menu that they stand under, by page name; those that stand by themselves first."""
    groups: dict[str, list[Place]] = {"": []}
    for name, place in places.items():
        group = BY_NAME[name].group if name in BY_NAME else None
        groups.setdefault(text(group) if group else "", []).append(place)
    return groups
