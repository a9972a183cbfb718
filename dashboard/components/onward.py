"""A link from a page to another page, and whatever else is on the live pages and nowhere else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import session
from dashboard.disclosure import Answer
from dashboard.i18n import Text

Places = Mapping[str, StreamlitPage]  # the pages of the menu by their names

NOWHERE: Places = {}  # from a snapshot or on paper nothing leads on
_places: ContextVar[Places] = ContextVar("places", default=NOWHERE)


@contextmanager
def leading_to(places: Places) -> Iterator[None]:
    """Within, what is drawn may lead to these pages."""
    before = _places.set(places)
    try:
        yield
    finally:
        _places.reset(before)


def is_live() -> bool:
    """Whether what is drawn is a live page: no snapshot, and nothing on paper."""
    return bool(_places.get())


def to_page(name: str, label: str, answer: Answer, text: Text, place: str | None = None) -> None:
    """Leads to a page that this person may open, with the filters, and with a place or view of it chosen."""
    if (page := _places.get().get(name)) is None or page.visibility == "hidden":
        return
    link = answer.filters.to_link() | {"v": [str(answer.version)], "lang": [text.language]}
    if place:
        link |= {session.PLACE: [place]}
    st.page_link(page, label=label, query_params=link, icon=":material/arrow_forward:")


def to_brief(adm2: str | None, answer: Answer, text: Text) -> None:
    """Leads to the brief of a district, with the filters and what is chosen; from there to itself leads nothing."""
    brief = _places.get().get("district")
    if brief is None or adm2 is None or answer.notes.get("district") == adm2:
        return
    link = answer.filters.choose("d", [adm2]).to_link() | {"v": [str(answer.version)], "lang": [text.language]}
    if place := session.chosen_place():
        link |= {session.PLACE: [place]}
    name = answer.label(text.language)("district", adm2)
    told = text("Open the brief of {district}", district=name)
    st.page_link(brief, label=told, query_params=link, icon=":material/arrow_forward:", width="stretch")
