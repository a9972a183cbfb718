"""The Share popover: for whom, until when; the page is redrawn as those see it, and the link is made of that."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

import streamlit as st

from dashboard import admission, ledger, session, snapshots
from dashboard.access import EXACT, Audience
from dashboard.components import frozen
from dashboard.components.words import as_written
from dashboard.disclosure import Answer
from dashboard.errors import SimantaError
from dashboard.i18n import N_
from dashboard.page import Page
from dashboard.session import Visit
from dashboard.settings import settings

READERS = {EXACT: N_("as I see it"), "inside": N_("as readers inside see it"), "outside": N_("as outsiders see it")}
MOST_NAMES = 20  # people named in one snapshot
DRAFT = "share-draft"  # what is to be shared, while the page shows it as those see it for whom it is


@dataclass(frozen=True)
class Draft:
    """For whom and for how many days; of what, so that it ends where the visitor goes on to something else."""

    named: Audience
    days: int
    of: tuple[object, ...]


def _of(page: str, visit: Visit) -> tuple[object, ...]:
    return page, visit.store.version, visit.reader, visit.filters


def draft_of(page: Page, visit: Visit) -> Draft | None:
    """What is being shared of this very view; None while nothing is."""
    draft: Draft | None = st.session_state.get(DRAFT)
    if draft is not None and draft.of != _of(page.name, visit):
        st.session_state.pop(DRAFT)
        return None
    return draft


def as_they_see(draft: Draft | None, visit: Visit) -> Visit:
    """The visit as those see it for whom a view is shared; the visitor's own while nothing is."""
    if draft is None:
        return visit
    theirs = snapshots.for_audience(visit.selected, draft.named, settings().access)
    return replace(visit, principal=theirs.principal, reader=theirs.reader)


def offer(page: Page, answer: Answer, visit: Visit) -> None:
    """A popover: nobody is chosen beforehand but the maker, and no snapshot is without an end."""
    text = visit.text
    shown = text("Share") if visit.reader == EXACT else f"**{text(READERS[visit.reader])}**"
    with st.popover(shown, type="tertiary", icon=":material/share:"):
        _look_as(visit)
        st.write(text("Freezes what this page shows: whoever opens it sees those figures and no others."))
        named = _audience(visit)
        days = st.number_input(
            text("Days until it ends"), 1, snapshots.MOST_DAYS, snapshots.DAYS, key="share-days", width=160
        )
        try:
            reader = snapshots.for_audience(visit.selected, named, settings().access).reader
        except SimantaError:
            st.caption(
                text("No district of theirs is in these figures. Choose other districts, here or in the filter.")
            )
            return
        if not page.may_leave(reader):
            st.caption(text("What this page tells cannot be given to others without giving small counts away."))
        elif reader == EXACT:
            if st.button(text("Make the link"), type="primary"):
                _make(page, answer, visit, named, int(days))
        else:
            st.caption(text("First the page is shown as they will see it: in figures that are rounded for them."))
            draft = Draft(named, int(days), _of(page.name, visit))
            st.button(text("See it as they will"), type="primary", on_click=_begin, args=(draft,))


def _begin(draft: Draft) -> None:
    st.session_state[DRAFT] = draft


def _end() -> None:
    st.session_state.pop(DRAFT, None)


def before_it_is_made(page: Page, answer: Answer, visit: Visit, draft: Draft) -> None:
    """Over a page that is shown as others will see it: for whom it is; to make the link, or to go back."""
    text, name = visit.text, answer.label(visit.text.language)
    others = tuple(each for each in draft.named.people if each != visit.principal.subject)
    who = as_written(frozen.audience(replace(draft.named, people=others), name, text) or text("yourself"))
    with st.container(border=True):
        st.markdown("**" + text("So it will look to: {audience}.", audience=who) + "**")
        with st.container(horizontal=True, gap="small"):
            is_made = st.button(text("Make the link"), type="primary", key="share-make")
            st.button(text("Back to what I see"), on_click=_end, key="share-back")
        if is_made:
            _make(page, answer, visit, draft.named, draft.days)


def _look_as(visit: Visit) -> None:
    """Whose figures are drawn: one's own, or those that another reader is shown."""
    with st.container(horizontal=True, gap="small"):
        for code, said in READERS.items():
            st.button(
                visit.text(said),
                on_click=session.look_as,
                args=(code,),
                type="tertiary",
                key=f"look-{code}",
                disabled=code == visit.reader,
            )


def _audience(visit: Visit) -> Audience:
    text, label = visit.text, visit.store.label(visit.text.language)
    roles = st.multiselect(
        text("For these roles"),
        list(frozen.ROLES),
        key="share-roles",
        format_func=lambda role: text(frozen.ROLES[role]),
        placeholder=text("none"),
    )
    districts = st.multiselect(
        text("For everybody of these districts"),
        sorted(visit.codes["district"]),
        key="share-districts",
        format_func=lambda code: label("district", code),
        placeholder=text("none"),
    )
    people = st.text_input(text("For these people, as they sign in, with commas between"), key="share-people")
    names = [each.strip().lower() for each in people.split(",") if each.strip()][:MOST_NAMES]
    return Audience((visit.principal.subject, *names), tuple(roles), tuple(districts))


def _make(page: Page, answer: Answer, visit: Visit, named: Audience, days: int) -> None:
    text, now = visit.text, datetime.now(UTC)
    try:
        terms = snapshots.Terms.of(admission.principal().subject, named, now, days)
        book = ledger.open_ledger(settings().store)
        made, content_hash = snapshots.freeze(
            book, page.name, answer, version("simanta"), now, terms, admission.deed("share")
        )
    except SimantaError as error:
        st.error(error.message + " " + error.fix)
        return
    st.code(f"/s/{made}", language=None)
    st.caption(
        text("Until {end}. Whoever has the link and is not named here opens nothing.", end=terms.expires_at)
        + f" sha256 {content_hash[:16]}…"
    )
