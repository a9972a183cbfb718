"""What this visitor has in hand: principal, store, filters, language; kept in the address bar, so a reload keeps it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import access, database, figures
from dashboard.database import Selected, Store
from dashboard.disclosure import Answer
from dashboard.filters import Filters, read_link
from dashboard.i18n import Text, languages
from dashboard.settings import settings

CHOSEN = "chosen"  # the visitor's Filters, unsettled: what was never touched keeps following the data
VERSION = "version"  # the data version in hand: a page never mixes two, and a newer one is offered, not imposed
WRITTEN = "written"  # the link that we last wrote: another one in the address bar is the visitor's own


@dataclass(frozen=True)
class Visit:
    """store, principal and filters choose the records; text is the language; ignored: what of the link was not read."""

    store: Store
    newest: int
    principal: access.Principal
    filters: Filters
    text: Text
    ignored: tuple[str, ...]

    @property
    def selected(self) -> Selected:
        """The records of this visit."""
        return self.store.select(self.filters, self.principal)


def visit() -> Visit:
    """This run's visit. Raises StoreEmpty or StoreUnreadable."""
    folder, link = settings().store, _address()
    newest, published = database.versions(folder)
    broken: tuple[str, ...] = ()
    if link and link != st.session_state.get(WRITTEN):
        broken = _follow(link, published)
    store = database.open_store(folder, st.session_state.setdefault(VERSION, newest))
    if link and link != st.session_state.get(WRITTEN):
        filters, unread = read_link(link, store.codes)
        st.session_state[CHOSEN] = _as_chosen(filters, store)
        broken += unread
    return Visit(store, newest, access.local_user(), chosen(), Text(language()), broken)


def chosen() -> Filters:
    """What the visitor has chosen so far; the rest follows the data."""
    filters: Filters = st.session_state.get(CHOSEN, Filters())
    return filters


def _as_chosen(filters: Filters, store: Store) -> Filters:
    """A link spells defaults out; read back, a default is a default again, so that a reload changes nothing."""
    loose = replace(filters, date_from=None, date_to=None, resolution=None)
    settled, _ = figures.settle(store.select(loose, access.local_user()))
    return loose if settled.filters == filters else filters


def _follow(link: Mapping[str, list[str]], published: Collection[int]) -> tuple[str, ...]:
    """Goes to the data version that a link names, so that it shows the numbers it was made on; tells if it cannot."""
    asked, tongue = link.get("v", [""])[0], link.get("lang", [])
    unread = tuple(f"lang={code}" for code in tongue if code not in languages())
    if re.fullmatch(r"\d{1,9}", asked, re.ASCII) and int(asked) in published:
        st.session_state[VERSION] = int(asked)
        return unread
    st.session_state.pop(VERSION, None)
    return (f"v={asked}", *unread) if asked else unread


def refresh() -> None:
    """Leaves the data version in hand for the newest one."""
    st.session_state.pop(VERSION, None)


def language() -> str:
    """The language that the link or the visitor chose, else the installation's."""
    asked = st.query_params.get("lang") or st.session_state.get("lang")
    return next((code for code in (asked, settings().language) if code in languages()), "en")


def speak(code: str) -> None:
    """Changes the language; place and filters stay."""
    st.session_state["lang"] = code
    st.query_params["lang"] = code
    st.session_state[WRITTEN] = _address()


def choose(filters: Filters) -> None:
    """Changes the filters; the next run writes them into the address bar."""
    st.session_state[CHOSEN] = filters
    st.session_state[WRITTEN] = _address()


def ask(name: str, question: Callable[[Selected], Answer], visit: Visit) -> Answer:
    """A question's Answer, from the cache where the same principal asked the same of the same version."""
    known_by = (name, visit.store.identity, visit.filters.to_link(), visit.principal)
    return _ask(known_by, question, visit)


@st.cache_data(max_entries=200, show_spinner=False)
def _ask(known_by: tuple[object, ...], _question: Callable[[Selected], Answer], _visit: Visit) -> Answer:
    return _question(_visit.selected)


def write_link(answer: Answer, text: Text) -> None:
    """Puts every filter, also the defaults, and the data version into the address bar."""
    full = answer.filters.to_link() | {"v": [str(answer.version)], "lang": [text.language]}
    if _address() != full:
        st.query_params.from_dict(full)
    st.session_state[WRITTEN] = full


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
