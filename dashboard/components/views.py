"""Saved views: filters and their page under a name, for whoever saved them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import streamlit as st

from dashboard import ledger
from dashboard.components import words
from dashboard.components.onward import Places
from dashboard.disclosure import Answer
from dashboard.errors import SimantaError
from dashboard.filters import read_link
from dashboard.i18n import Text
from dashboard.session import Visit
from dashboard.settings import settings

LONGEST_NAME = 60
CHANGED = "view-changed"  # the view that is being renamed or deleted, and which of the two


def saved(answer: Answer, visit: Visit, places: Places) -> None:
    """The list of one's own views, each a link, and a field that saves this one."""
    text = visit.text
    with st.popover(text("Views"), type="tertiary", icon=":material/bookmark:", key="open-views"):
        try:
            _save(answer, visit)
            _list(visit, places)
        except SimantaError:  # the ledger alone is damaged: the page stays
            st.error(text("The saved views cannot be read or written. Restore the ledger from its backup."))


def _list(visit: Visit, places: Places) -> None:
    text = visit.text
    views = ledger.list_views(ledger.open_ledger(settings().store), visit.principal.subject)
    if not views:
        st.caption(text("None is saved yet."))
    for view in views:
        with st.container(gap=None):
            _row(view, visit, places)


def _save(answer: Answer, visit: Visit) -> None:
    """A period that nobody chose can follow the data; one that was chosen stays as it is."""
    text = visit.text
    with st.form("save-view", border=False):
        name = st.text_input(text("Save what is shown now as"), max_chars=LONGEST_NAME, key="view-name")
        can_follow = visit.filters.date_from is None
        follows = can_follow and st.checkbox(text("With the newest 12 weeks whenever it is opened"), value=True)
        if st.form_submit_button(text("Save")) and _is_name(name, text):
            link = answer.filters.to_link()
            kept = {part: codes for part, codes in link.items() if not (follows and part in ("from", "to"))}
            view = {"owner": visit.principal.subject, "name": name.strip(), "page": answer.question}
            view |= {"link": urlencode(kept, doseq=True), "saved_at": datetime.now(UTC).isoformat(timespec="seconds")}
            ledger.keep_view(ledger.open_ledger(settings().store), view)


def _is_name(name: str, text: Text) -> bool:
    """Whether a view may be called so; one that holds a number or a name of a person is refused."""
    if not name.strip():
        st.error(text("Give it a name."))
    elif found := ledger.personal(name):
        st.error(text(words.PERSONAL[found]))
    return bool(name.strip()) and not ledger.personal(name)


def _row(view: Mapping[str, str], visit: Visit, places: Places) -> None:
    text, name = visit.text, view["name"]
    link = parse_qs(view["link"])
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        target = places.get(view["page"])
        if target is not None:
            told = {**link, "lang": [text.language]}
            st.page_link(target, label=words.as_written(name), query_params=told, icon=":material/bookmark:")
        st.space("stretch")
        for action, said in (("rename", text("Rename")), ("delete", text("Delete"))):
            st.button(said, key=f"{action}-{name}", type="tertiary", on_click=_begin, args=(action, name))
    st.caption(_said(link, visit))
    if st.session_state.get(CHANGED) == ("rename", name):
        _rename(name, visit)
    if st.session_state.get(CHANGED) == ("delete", name):
        _delete(name, visit)


def _said(link: Mapping[str, list[str]], visit: Visit) -> str:
    """Its page, and what it chooses."""
    text, filters = visit.text, read_link(link, visit.codes)[0]
    label = visit.store.label(text.language)
    loose = filters.date_from is None
    parts = [part for part in filters.touched() if part not in ("res",)]
    said = [filters.part(part, text, label) for part in parts]
    return " · ".join([text("the newest 12 weeks"), *said] if loose else said)


def _begin(action: str, name: str) -> None:
    st.session_state[CHANGED] = (action, name)


def _end() -> None:
    st.session_state.pop(CHANGED, None)


def _rename(name: str, visit: Visit) -> None:
    text = visit.text
    new = st.text_input(text("New name"), value=name, max_chars=LONGEST_NAME, key=f"new-{name}")
    if st.button(text("Take this name"), key=f"do-rename-{name}") and _is_name(new, text):
        ledger.rename_view(ledger.open_ledger(settings().store), visit.principal.subject, name, new.strip())
        _end()
        st.rerun()


def _delete(name: str, visit: Visit) -> None:
    text = visit.text
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(text("Delete this view?"))
        if st.button(text("Yes, delete"), key=f"do-delete-{name}", type="primary"):
            ledger.drop_view(ledger.open_ledger(settings().store), visit.principal.subject, name)
            _end()
            st.rerun()
        st.button(text("Keep"), key=f"keep-{name}", on_click=_end)
