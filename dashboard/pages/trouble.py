"""What a visitor sees where there is nothing to draw: no data yet, an unreadable store, a fault of ours."""

import logging

import streamlit as st

from dashboard import meters, session
from dashboard.components import frame
from dashboard.errors import SimantaError, StoreEmpty
from dashboard.i18n import Text


def show(error: SimantaError) -> None:
    """Says what is missing or broken, and the command that mends it."""
    text = Text(session.language())
    frame.corner(text)
    if isinstance(error, StoreEmpty):
        st.subheader(text("No data has been loaded yet."))
        st.write(text("Load a sheet, or the shipped sample, on this machine:"))
        st.code("simanta load FILE.xlsx\nsimanta demo", language=None)
        st.write(text("If data was here before, it is being replaced or its folder was moved: try again in a minute."))
    else:
        st.subheader(text("The data cannot be read."))
        st.error(_told(error, text))
        st.write(text("Nothing was changed. See what is broken, and go back to an older version:"))
        st.code("simanta check\nsimanta versions\nsimanta rollback VERSION", language=None)
    _again(text)


def _told(error: SimantaError, text: Text) -> str:
    """The code of a refusal, and its sentence for whoever reads that: it has one language, that of the commands."""
    code = text("Error {code}.", code=error.code)
    return f"{code} `{error.message}`" if text.language == "en" else code


def fault(error: Exception) -> None:
    """A fault of ours: told to the server's log in full, to the visitor in words."""
    meters.FAULTS.inc()
    logging.getLogger(__name__).error("a page could not be drawn", exc_info=error)
    text = Text(session.language())
    st.subheader(text("This page could not be drawn. That is a fault of ours."))
    st.write(text("Your data is unharmed. Try again, or take back what you chose last."))
    st.write(text("What went wrong is in the server's log."))
    _again(text)


def _again(text: Text) -> None:
    """A run of the script reads the store anew."""
    st.button(text("Try again"), type="primary", key="try-again")
