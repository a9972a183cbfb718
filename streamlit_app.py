"""The front door: who looks, at what, on which page."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import admission, meters, session
from dashboard.components import frame
from dashboard.errors import NotAdmitted, SimantaError
from dashboard.i18n import N_, Text
from dashboard.pages import BY_NAME, MENU, audit, door, grouped, snapshot, trouble


def safely(draw: Callable[[], None], name: str) -> None:
    """What is on a page, or why it cannot be drawn."""
    try:
        meters.drawing(name)(draw)()
    except NotAdmitted as refusal:
        door.show(refusal)
    except SimantaError as error:
        trouble.show(error)
    except Exception as error:  # noqa: BLE001  # the last stop: nobody is shown a traceback
        trouble.fault(error)


def menu(text: Text, may: Callable[[str], bool]) -> None:
    """The pages that a role opens; behind every other address a plain word that it does not."""
    places: dict[str, StreamlitPage] = {}  # a page may lead to another, so each is given all of them
    draws = {page.name: (page.title, page.needs, partial(frame.run, page, places)) for page in MENU}
    draws["audit"] = (N_("Audit"), "audit", partial(audit.run, BY_NAME))
    draws["snapshot"] = (N_("Snapshot"), "open", partial(snapshot.run, BY_NAME))
    opening = [name for name, (_, needs, _) in draws.items() if needs is None or may(needs)]
    shown = {n: partial(safely, run, n) if n in opening else partial(door.closed, n) for n, (*_, run) in draws.items()}
    for name, (title, *_) in draws.items():
        seen = "visible" if name in opening and name != "snapshot" else "hidden"
        is_first = name == opening[0]
        places[name] = st.Page(shown[name], title=text(title), url_path=name, default=is_first, visibility=seen)
    chosen = st.navigation(grouped(places, text), position="top")
    # The picture is a file of the visitor's own, that nobody else is given.
    st.set_page_config(page_title=f"{chosen.title} · {text('Simanta')}", page_icon="static/favicon.png")
    (shown["snapshot"] if "snapshot" in st.query_params else chosen.run)()


def main() -> None:
    """Lets the visitor in and runs the page that is open; to others every address shows the same door."""
    st.set_page_config(page_title="Simanta", layout="wide")
    st.logo("static/logo-dark.svg" if st.context.theme.type == "dark" else "static/logo-light.svg", size="small")
    try:
        menu(Text(session.language()), admission.principal().may)
    except NotAdmitted as refusal:
        paths = (*BY_NAME, "snapshot", "audit")
        doors = [st.Page(partial(door.show, refusal), title="Simanta", url_path=path) for path in paths]
        st.navigation(doors, position="hidden").run()
    except SimantaError as error:  # the configuration cannot be read: nothing else can be said before it is mended
        st.error(str(error))


main()
