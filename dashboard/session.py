"""What this visitor has in hand: principal, store, filters, language; kept in the address bar, so a reload keeps it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import access, admission, database
from dashboard.access import EXACT, PROTECTED
from dashboard.database import Selected, Store
from dashboard.disclosure import Answer
from dashboard.figures import period
from dashboard.filters import Filters, read_link
from dashboard.i18n import Text, languages
from dashboard.settings import settings

CHOSEN = "chosen"  # the visitor's Filters, unsettled: what was never touched keeps following the data
VERSION = "version"  # the data version in hand: a page never mixes two, and a newer one is offered, not imposed
WRITTEN = "written"  # the link that we last wrote: another one in the address bar is the visitor's own
PLACE = "sel"  # what is chosen on the map or in a table beside it: a cell, crossing, corridor or district; no filter
A_PLACE = re.compile(r"[0-9A-Za-z_~-]{1,80}")


@dataclass(frozen=True)
class Visit:
    """store, principal and filters choose the records; text is the language.

    ignored: what of the link was not read.   gone: data versions that were asked for and are no longer kept.
    """

    store: Store
    newest: int
    principal: access.Principal
    filters: Filters
    text: Text
    ignored: tuple[str, ...]
    gone: tuple[str, ...]
    reader: str

    @property
    def selected(self) -> Selected:
        """The records of this visit."""
        return Selected(self.store, self.filters, self.principal, self.reader)

    @property
    def codes(self) -> Mapping[str, frozenset[str]]:
        """List name to the codes that this visitor may choose from."""
        return self.store.codes_for(self.principal)


def visit() -> Visit:
    """This run's visit. Raises NotAdmitted, StoreEmpty or StoreUnreadable."""
    principal = admission.principal()
    folder, link = settings().store, _address()
    newest, published = database.versions(folder)
    is_followed = bool(link) and link != st.session_state.get(WRITTEN)
    broken, gone = _follow(link, published) if is_followed else ((), ())
    broken += _place_of(link) if is_followed else ()
    if st.session_state.get(VERSION, newest) not in published:  # pruned, or the store was made anew, while it was read
        gone += (str(st.session_state.pop(VERSION)),)
    store = database.open_store(folder, st.session_state.setdefault(VERSION, newest))
    if is_followed:
        filters, unread = read_link(link, store.codes_for(principal))
        st.session_state[CHOSEN] = _as_chosen(filters, store, principal)
        broken += unread
    return Visit(store, newest, principal, chosen(), Text(language()), broken, gone, reader())


def chosen() -> Filters:
    """What the visitor has chosen so far; the rest follows the data."""
    filters: Filters = st.session_state.get(CHOSEN, Filters())
    return filters


def _as_chosen(filters: Filters, store: Store, principal: access.Principal) -> Filters:
    """A link spells defaults out; read back, each default is one again, so that a reload changes nothing."""
    undated = replace(filters, date_from=None, date_to=None)
    loose = undated if _settled(undated, store, principal) == filters else filters
    freer = replace(loose, resolution=None)
    return freer if _settled(freer, store, principal) == filters else loose


def _settled(filters: Filters, store: Store, principal: access.Principal) -> Filters:
    return period.settle(store.select(filters, principal))[0].filters


def _follow(link: Mapping[str, list[str]], published: Collection[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Goes to the data version that a link names, so that it shows the numbers it was made on.

    Gives what of the link cannot be read, and the version where it is no longer kept.
    """
    asked, tongue = link.get("v", [""])[0], link.get("lang", [])
    unread = tuple(f"lang={code}" for code in tongue if code not in languages())
    is_number = re.fullmatch(r"\d{1,9}", asked, re.ASCII) is not None
    if is_number and int(asked) in published:
        st.session_state[VERSION] = int(asked)
        return unread, ()
    st.session_state.pop(VERSION, None)
    if is_number:
        return unread, (asked,)
    return ((f"v={asked}", *unread) if asked else unread), ()


def _place_of(link: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Takes up what a link has chosen on the map; tells if that cannot be the name of a place."""
    place = link.get(PLACE, [""])[0]
    st.session_state[PLACE] = place if A_PLACE.fullmatch(place) else None
    return (f"{PLACE}={place}",) if place and not st.session_state[PLACE] else ()


def chosen_place() -> str | None:
    """What is chosen on the map: a cell's id, a crossing's or district's code, or a corridor as `layers` names it."""
    place: str | None = st.session_state.get(PLACE)
    return place


def choose_place(place: str | None) -> None:
    """Chooses a place, or none; the next run writes it into the address bar."""
    st.session_state[PLACE] = place if place and A_PLACE.fullmatch(place) else None
    st.session_state[WRITTEN] = _address()


def refresh() -> None:
    """Leaves the data version in hand for the newest one."""
    st.session_state.pop(VERSION, None)


def language() -> str:
    """The language that the link or the visitor chose, else the installation's; kept, as the menu's links name none."""
    asked = (st.query_params.get("lang"), st.session_state.get("lang"), settings().language)
    st.session_state["lang"] = next((code for code in asked if code in languages()), "en")
    return str(st.session_state["lang"])


def speak(code: str) -> None:
    """Changes the language; place and filters stay."""
    st.session_state["lang"] = code
    st.query_params["lang"] = code
    st.session_state[WRITTEN] = _address()


def reader() -> str:
    """For whom the page is drawn: the visitor, or the reader that they look as, who is told less."""
    asked = st.query_params.get("for") or st.session_state.get("for")
    st.session_state["for"] = asked if asked in PROTECTED else EXACT
    return str(st.session_state["for"])


def look_as(code: str) -> None:
    """Draws the pages as another reader is shown them; filters stay."""
    st.query_params["for"] = st.session_state["for"] = code
    st.session_state[WRITTEN] = _address()


def choose(filters: Filters) -> None:
    """Changes the filters; the next run writes them into the address bar."""
    st.session_state[CHOSEN] = filters
    st.session_state[WRITTEN] = _address()


def drop(part: str) -> None:
    """Takes one part of the filter sentence back."""
    choose(chosen().without(part))


def ask(name: str, question: Callable[[Selected], Answer], visit: Visit, state: str = "") -> Answer:
    """A question's Answer, from the cache where one of the same reach asked the same of the same version.

    state: of what else it is made of (`Page`). That it is asked is written down first. Raises SimantaError where it
    cannot be.
    """
    admission.note_question(name, visit.store.version, visit.filters)
    known_by = (name, visit.store.identity, visit.filters.to_link(), visit.principal.reach, visit.reader, state)
    return _ask(known_by, question, visit)


def prepare(name: str, question: Callable[[Selected], Answer]) -> Answer:
    """A question's Answer under no filter, into the cache, before a visitor who sees every district asks.

    Raises SimantaError where there are no data.
    """
    store, who = database.open_current(settings().store), access.local_user()
    known_by = (name, store.identity, Filters().to_link(), who.reach, EXACT, "")
    return _ask(known_by, question, Visit(store, store.version, who, Filters(), Text("en"), (), (), EXACT))


@st.cache_data(max_entries=200, show_spinner=False)
def _ask(known_by: tuple[object, ...], _question: Callable[[Selected], Answer], _visit: Visit) -> Answer:
    return _question(_visit.selected)


def write_link(answer: Answer, text: Text, has_filters: bool = True) -> None:
    """Puts every filter, also the defaults, and the data version into the address bar; the version alone without."""
    filters = answer.filters.to_link() if has_filters else {}
    full = filters | {"v": [str(answer.version)], "lang": [text.language]}
    full |= {} if answer.reader == EXACT else {"for": [answer.reader]}
    if place := chosen_place():
        full |= {PLACE: [place]}
    if _address() != full:
        st.query_params.from_dict(full)
    st.session_state[WRITTEN] = full


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def is_on_paper() -> bool:
    """Whether a page is being heard for a file (`components.recorder`), where no browser draws anything."""
    context = get_script_run_ctx()
    return context is not None and context.session_id == "paper"
