"""What surrounds a live page: the filter sentence, sharing, the language, and what the visitor must be told first."""

import re

import streamlit as st

from dashboard import database, session
from dashboard.access import Principal
from dashboard.components import onward, protected, sentence, sharing, taken_away, views, ways_out, who, words
from dashboard.disclosure import Answer
from dashboard.errors import SimantaError
from dashboard.filters import Label
from dashboard.i18n import Text, languages
from dashboard.page import Page
from dashboard.session import Visit
from dashboard.settings import settings

DRAWN = "drawn"  # the page that stands on the screen: another one is announced by its shape
SHAPE = ((34,), (60,), (560, 560))  # heights in pixels of what a page is made of, row by row
LOOK_EVERY_S = 10


def told_first(visit: Visit) -> None:
    """What of the link was not understood or is no longer kept, and whether other data is in force."""
    text = visit.text
    for gone in visit.gone:
        told = text("Data version {version} is no longer kept.", version=words.as_written(gone[:9]))
        st.warning(told + " " + text("This page shows the newest data instead: its figures may differ."))
    if visit.ignored:
        st.warning(
            text("Parts of this link were not understood and are ignored:") + " " + _harmless(visit.ignored, text)
        )
    _watch(visit)


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(visit: Visit) -> None:
    """Looks now and then whether another version is in force: it is offered, and never mixed into this page."""
    text, version = visit.text, visit.store.version
    try:
        newest, _ = database.versions(settings().store)
    except SimantaError:
        return  # a store that is being replaced: this page stays as it is, the next choice says what is wrong
    if newest != version:
        with st.container(horizontal=True, vertical_alignment="center"):
            newer = text("Newer data is ready. You are reading an older version.")
            back = text("This data version was taken back. An older one is in force.")
            st.info(newer if version < newest else back, width=520)
            if st.button(text("Read the newest data"), type="primary"):
                session.refresh()
                st.rerun()


def _harmless(ignored: tuple[str, ...], text: Text) -> str:
    """What was ignored, without any sign that could become markup, a link or a picture."""
    shown = [f"`{re.sub(r'[^0-9A-Za-z_=.:-]', '·', each)[:40]}`" for each in dict.fromkeys(ignored)]
    more = text("and {n} more", n=len(shown) - 8) if len(shown) > 8 else ""
    return " ".join([", ".join(shown[:8]), more]).strip()


def corner(text: Text, visitor: Principal | None = None) -> None:
    """Who looks, and the language, in the upper right corner of a page without filters; before a sign-in nobody."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        if visitor is not None:
            who.is_here(visitor, text, _label(text))
        language(text)


def _label(text: Text) -> Label:
    """The words of the newest data; codes stand for themselves where there are none."""
    try:
        return database.open_current(settings().store).label(text.language)
    except SimantaError:
        return lambda _, code: code


def language(text: Text) -> None:
    """A button for each other language; place and filters stay."""
    for code, own_name in languages().items():
        if code != text.language:
            st.button(own_name, on_click=session.speak, args=(code,), type="tertiary", key=f"speak-{code}")


def _answered(page: Page, visit: Visit) -> Answer:
    """The page's Answer; while it is made, the shape of the page where none of it was drawn before."""
    text, waiting = visit.text, st.empty()
    is_new = st.session_state.get(DRAWN) != page.name
    with waiting.container(), st.spinner(text("Counting and testing…")):
        if is_new:
            for columns in SHAPE:
                for column, height_px in zip(st.columns(len(columns)), columns, strict=True):
                    column.skeleton(height_px)
        state = page.state(visit.selected) if page.state else ""
        answer = session.ask(page.name, page.question(visit.reader), visit, state)
    waiting.empty()
    st.session_state[DRAWN] = page.name
    return answer


def run(page: Page, places: onward.Places) -> None:
    """A live page: the answer to its question, its filters, and the page drawn from the answer."""
    visit = session.visit()
    text, draft = visit.text, sharing.draft_of(page, visit)
    answer = _answered(page, sharing.as_they_see(draft, visit))
    if draft is None:
        session.write_link(answer, text, page.has_filters)
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        if page.has_filters:
            sentence.sentence(answer, visit)
        st.space("stretch")
        if page.has_filters:
            views.saved(answer, visit, places)
            if visit.principal.may("export") and draft is None:
                taken_away.offer(page, answer, visit)
            if visit.principal.may("share") and draft is None:
                sharing.offer(page, answer, visit)
        who.is_here(visit.principal, text, visit.store.label(text.language))
        language(text)
    told_first(visit)
    if draft is not None:
        sharing.before_it_is_made(page, answer, visit, draft)
    if page.has_filters and draft is None:
        ways_out.offered(answer, visit)
    if page.choose and page.is_whole_for(answer.reader):
        page.choose(answer, text)
    with onward.leading_to(places):
        protected.drawn(page, answer, text)
