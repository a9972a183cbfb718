"""Views of one page behind a switch or behind tabs, whose words can be read also where they are the chosen ones."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import session
from dashboard.components import pictures
from dashboard.i18n import Text


def switch(named: str, views: Mapping[str, str], text: Text, key: str) -> str:
    """The code of the view that is chosen, the first until another is. views: code to its words in English."""
    first = next(iter(views))
    chosen: str | None = st.segmented_control(
        named,
        list(views),
        default=first,
        required=True,
        format_func=lambda code: readable(text(views[code])),
        key=key,
        label_visibility="collapsed",
    )
    return chosen or first


def kept(named: str, views: Mapping[str, str], text: Text, key: str) -> str:
    """A switch whose chosen view stands in the address (`sel`), so that a link opens it again."""
    place = session.chosen_place()
    st.session_state[key] = place if place in views else next(iter(views))
    st.segmented_control(
        named,
        list(views),
        required=True,
        format_func=lambda code: readable(text(views[code])),
        key=key,
        on_change=lambda: session.choose_place(st.session_state[key]),
        label_visibility="collapsed",
    )
    return str(st.session_state[key])


def tabs(titles: Sequence[str]) -> Sequence[DeltaGenerator]:
    """A tab for each title."""
    return st.tabs([readable(title) for title in titles])


def readable(words: str) -> str:
    """Words in the colour of text: Streamlit writes the chosen ones in its accent, which in dark is 3:1 on the ground.

    The accent cannot be lighter: white is written on it elsewhere.
    """
    return f':color[{words}]{{foreground="{pictures.shown_theme().text}"}}'
