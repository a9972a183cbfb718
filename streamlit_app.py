"""The front door: who looks, at what, on which page."""

from functools import partial

import streamlit as st

from dashboard import session
from dashboard.components import frame
from dashboard.errors import SimantaError
from dashboard.i18n import Text
from dashboard.page import Page
from dashboard.pages import BY_NAME, MENU, snapshot, trouble


def live(page: Page) -> None:
    """A page of the menu, or why it cannot be drawn."""
    try:
        frame.run(page)
    except SimantaError as error:
        trouble.show(error)


def main() -> None:
    """Lays out the menu and runs the page that is open."""
    st.set_page_config(page_title="Simanta", page_icon="static/favicon.png", layout="wide")
    try:
        text = Text(session.language())
    except SimantaError as error:  # the configuration cannot be read: nothing else can be said before it is mended
        st.error(str(error))
        return
    st.logo("static/logo-dark.svg" if st.context.theme.type == "dark" else "static/logo-light.svg", size="small")
    pages = [
        st.Page(partial(live, page), title=text(page.title), url_path=page.name, default=page is MENU[0])
        for page in MENU
    ]
    show_frozen = partial(snapshot.run, BY_NAME)
    frozen = st.Page(show_frozen, title=text("Snapshot"), url_path="snapshot", visibility="hidden")
    chosen = st.navigation([*pages, frozen], position="top")
    if "snapshot" in st.query_params:
        show_frozen()
    else:
        chosen.run()


main()
