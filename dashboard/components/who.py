"""Who is signed in here, as what, over which districts; and the way out."""

from collections.abc import Callable

import streamlit as st

from dashboard import admission
from dashboard.access import Principal
from dashboard.i18n import N_, Text
from dashboard.settings import settings

ROLES = {
    "commander": N_("Commander"),
    "planner": N_("Planner"),
    "data_officer": N_("Data officer"),
    "administrator": N_("Administrator"),
    "recipient": N_("Recipient of snapshots"),
    "auditor": N_("Auditor"),
}
NAMED = 3  # districts that are told by name


def is_here(who: Principal, text: Text, name: Callable[[str, str], str]) -> None:
    """A word in the head of a page, which opens to all that is known of who looks. name: a code's label."""
    label = text("Local user") if who.is_local else who.subject.split("@")[0]
    with st.popover(label, type="tertiary", icon=":material/person:"):
        if who.is_local:
            st.write(text("There is no sign-in here: whoever sits at this machine sees every district."))
            return
        st.code(who.subject, language=None)
        st.write(f"{text(ROLES[who.role])} · {districts(who, text, name)}")
        sign_out(text)


def sign_out(text: Text) -> None:
    """The way out; where a proxy signs people in, it is the proxy's."""
    if settings().access.adapter == "oidc":
        st.button(text("Sign out"), on_click=admission.sign_out, key="sign-out")
    else:
        st.caption(text("Sign out where you signed in, then close this window."))


def districts(who: Principal, text: Text, name: Callable[[str, str], str]) -> str:
    """The districts in words."""
    if who.districts is None:
        return text("all districts")
    if not who.districts:
        return text("no district")
    words = ", ".join(name("district", code) for code in who.districts[:NAMED])
    more = len(who.districts) - NAMED
    return text("{words} and {n} more", words=words, n=more) if more > 0 else words
