"""What is seen from outside: the way to sign in, and in plain words why someone is not let in."""

import streamlit as st

from dashboard import admission, session
from dashboard.components import frame, who
from dashboard.errors import NotAdmitted
from dashboard.i18n import N_, Text
from dashboard.settings import settings

SAID = {
    "SIGNED_OUT": (N_("Sign in to read."), N_("The link that you followed opens after it.")),
    "EXPIRED": (N_("Your session has ended."), N_("Sign in again. The page that you read opens after it.")),
    "NO_ROLE": (N_("You are known, and have no role here."), N_("Ask your administrator for one. Nothing is shown.")),
    "NO_ADDRESS": (N_("Your sign-in names no verified e-mail address."), N_("Ask your administrator.")),
    "FORGED": (N_("This is not the way in."), N_("Use the address that your administrator gave you.")),
    "NOT_LOCAL": (
        N_("Without sign-in Simanta serves the user of its own machine alone."),
        N_("Ask your administrator for the address with a sign-in."),
    ),
}
WITH_SIGN_IN = ("SIGNED_OUT", "EXPIRED", "FORGED")


def show(refusal: NotAdmitted) -> None:
    """Why nothing is shown, and what to do. Of the data not a word."""
    text = Text(session.language())
    said, fix = SAID[refusal.code]
    frame.corner(text)
    st.subheader(text(said))
    st.write(text(fix))
    if settings().access.adapter != "oidc":
        return
    if refusal.code in WITH_SIGN_IN:
        st.button(text("Sign in"), type="primary", on_click=admission.sign_in)
    elif refusal.subject:
        st.code(refusal.subject, language=None)
        who.sign_out(text)


def closed(page: str) -> None:
    """A page that the visitor's role does not open: written down, and said without what is on it."""
    text, visitor = Text(session.language()), admission.principal()
    admission.note_page(page, "ROLE")
    frame.corner(text, visitor)
    st.subheader(text("Your role does not open this page."))
    st.write(text("You are signed in as {role}.", role=text(who.ROLES[visitor.role])))
    if visitor.role == "recipient":
        st.write(text("Open the links that were sent to you."))
