"""What a visitor sees where there is nothing to draw: no data yet, an unreadable store, a fault of ours."""

import streamlit as st

from dashboard import session
from dashboard.errors import SimantaError, StoreEmpty
from dashboard.i18n import Text


def show(error: SimantaError) -> None:
    """Says what is missing or broken, and the command that mends it."""
    text = Text(session.language())
    if isinstance(error, StoreEmpty):
        st.subheader(text("No data has been loaded yet."))
        st.write(text("Load a sheet, or the shipped sample:"))
        st.code("simanta load FILE.xlsx\nsimanta demo", language=None)
    else:
        st.subheader(text("The data cannot be read."))
        st.error(f"{error.code}: {error.message}")
        st.write(text("Nothing was changed. Go back to an older version:"))
        st.code("simanta versions\nsimanta rollback VERSION", language=None)
