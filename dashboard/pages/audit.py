"""Audit: who did what, when, from where; whether the chain of lines is whole; and who may do what."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import streamlit as st

from dashboard import admission, audit, ledger, session
from dashboard.audit import Line
from dashboard.components import frame, when, who
from dashboard.i18n import N_, Text
from dashboard.ledger import Ledger
from dashboard.page import Page
from dashboard.periods import DAY, Period
from dashboard.settings import settings

MOST, HEIGHT_PX, WHO_PX = 1000, 430, 320
PROVEN = "audit-proven"  # the last line, and what the walk up to it found
DEEDS = {
    "sign_in": N_("signed in"),
    "sign_out": N_("signed out"),
    "denied": N_("was refused"),
    "open": N_("opened"),
    "filter": N_("filtered"),
    "ask": N_("asked by command"),
    "export": N_("exported"),
    "share": N_("shared"),
    "revoke": N_("revoked"),
    "judge": N_("judged a statement"),
    "load": N_("loaded"),
    "correct": N_("dismissed refused rows"),
    "erase": N_("erased"),
    "encrypt": N_("encrypted versions"),
    "rollback": N_("went back to a version"),
    "prune": N_("removed versions"),
    "backup": N_("made a backup"),
    "restore": N_("restored a backup"),
    "key": N_("made a new key to sign with"),
}


SAID = {"done": N_("done"), "this machine": N_("this machine"), "terminal": N_("terminal")}
CHOSEN = "audit-days"


def run(pages: Mapping[str, Page]) -> None:
    """The lines, the last first; that they are read is one of them. pages: by the names that are written down."""
    text, book = Text(session.language()), ledger.open_ledger(settings().store)
    admission.note_page("audit")
    chain = _proven(book)
    frame.corner(text, admission.principal())
    st.subheader(_headline(chain, text))
    st.caption(text("No figure and no name of a victim is in it. Times are UTC."))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = sorted({line.subject for line in audit.lines(book, most=MOST)})
        person = st.selectbox(
            text("Who"), names, index=None, placeholder=text("everybody"), key="audit-who", width=WHO_PX
        )
        first, last = _days(book, text)
    _table(audit.lines(book, person, first.isoformat(), MOST, (last + DAY).isoformat()), text, pages)
    _anchor(chain, text)
    _grants(text)


def _proven(book: Ledger) -> audit.Chain:
    """The walk along all lines: once for each new one, such as that this page was opened, and when it is asked for."""
    last = audit.lines(book, most=1)
    if st.session_state.get(PROVEN, (None,))[0] != last:
        st.session_state[PROVEN] = (last, audit.verify(book))
    chain: audit.Chain = st.session_state[PROVEN][1]
    return chain


def _forget() -> None:
    st.session_state.pop(PROVEN, None)


def _headline(chain: audit.Chain, text: Text) -> str:
    if chain.broken_at is not None:
        return text("The chain is broken at line {n}: what stands there is not what was written.", n=chain.broken_at)
    return text("{n} lines, and the chain is whole.", n=chain.n)


def _days(book: Ledger, text: Text) -> Period:
    """The days whose lines are shown: all of them until others are chosen."""
    today = datetime.now(UTC).date()
    reach = (audit.begun_on(book) or today, today)
    first, last = st.session_state.get(CHOSEN, reach)
    with st.popover(f"{text.day(first)} – {text.day(last)}", key="audit-open"):
        when.pick("audit", (first, last), reach, text, _choose, N_("Up to today"))
    return first, last


def _choose(days: Period) -> None:
    st.session_state[CHOSEN] = days


def _moment(at: str, text: Text) -> str:
    return f"{text.day(date.fromisoformat(at[:10]))} {text.digits(at[11:19])}"


def _word(written: str, text: Text) -> str:
    return text(SAID[written]) if written in SAID else written


def _object(written: str, text: Text, pages: Mapping[str, Page]) -> str:
    """On what, with a page by its title; versions, numbers and codes as they were written."""
    first, *rest = written.split(" ")
    titles = {name: page.title for name, page in pages.items()} | {"audit": N_("Audit"), "snapshot": N_("Snapshot")}
    return " ".join([text(titles[first]) if first in titles else first, *rest])


def _table(lines: list[Line], text: Text, pages: Mapping[str, Page]) -> None:
    if not lines:
        st.write(text("Nothing was written for this choice."))
        return
    columns = {
        text("Line"): [text.number(line.seq) for line in lines],
        text("When"): [_moment(line.at, text) for line in lines],
        text("Who"): [line.subject for line in lines],
        text("Role"): [
            text(who.ROLES[line.role]) if line.role in who.ROLES else _word(line.role, text) for line in lines
        ],
        text("From where"): [_word(line.address, text) for line in lines],
        text("Did"): [text(DEEDS[line.action]) for line in lines],
        text("What"): [_object(line.object, text, pages) for line in lines],
        text("Outcome"): [_word(line.outcome, text) for line in lines],
        text("Filters"): [line.question[:12] for line in lines],
    }
    st.dataframe(columns, hide_index=True, height=HEIGHT_PX, alt=text("Lines of the audit, the last first."))


def _anchor(chain: audit.Chain, text: Text) -> None:
    st.caption(text("Write this down elsewhere each day: it shows whether later the last lines were cut off."))
    st.code(f"{chain.n} {chain.last}", language=None, wrap_lines=True)
    st.button(text("Prove the chain again"), on_click=_forget, type="tertiary", key="audit-again")


def _grants(text: Text) -> None:
    rules = settings().access
    granted = [*rules.people.items(), *rules.groups.items()]
    if not granted:
        return
    st.markdown("**" + text("Who may do what") + "**")
    columns = {
        text("Person or group"): [name for name, _ in granted],
        text("Role"): [text(who.ROLES[grant.role]) for _, grant in granted],
        text("Districts"): [
            text("all districts") if grant.districts == "all" else ", ".join(grant.districts) for _, grant in granted
        ],
    }
    st.dataframe(columns, hide_index=True, alt=text("Who may do what"))
