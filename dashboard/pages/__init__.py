"""The pages, in the order of the menu."""

from dashboard.page import Page
from dashboard.pages import corridors, hotspots, overview, trends

MENU: tuple[Page, ...] = (overview.PAGE, hotspots.PAGE, corridors.PAGE, trends.PAGE)
BY_NAME = {page.name: page for page in MENU}
