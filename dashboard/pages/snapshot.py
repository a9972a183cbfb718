"""Snapshot: a frozen Answer, drawn by the page that it was frozen from, with what identifies it."""

from collections.abc import Mapping

import streamlit as st

from dashboard import ledger, session, snapshots
from dashboard.errors import SimantaError
from dashboard.i18n import Text
from dashboard.page import Page
from dashboard.settings import settings
from dashboard.snapshots import Snapshot

COOKIE = "simanta_snapshot_"


def asked_for() -> str | None:
    """The id in `/?snapshot=ID`, or the one that `/s/ID` put into a cookie to keep it out of the address."""
    return st.query_params.get("snapshot") or st.context.cookies.get(COOKIE + st.query_params.get("h", ""))


def run(pages: Mapping[str, Page]) -> None:
    """Opens the snapshot that is asked for on the page that it was frozen from, or says why it does not open."""
    text = Text(session.language())
    try:
        snapshot = snapshots.open_snapshot(ledger.open_ledger(settings().store), asked_for() or "")
    except SimantaError as error:
        refused(error, text)
        return
    _face(snapshot, text)
    pages[snapshot.page].draw(snapshot.answer, text)
    _citation(snapshot, text)


def refused(error: SimantaError, text: Text) -> None:
    """An unknown or altered snapshot: what is wrong and what to do, and no figure."""
    if error.code == "SNAPSHOT_UNKNOWN":
        st.subheader(text("There is no such snapshot."))
        st.write(text("The link is incomplete, or it was made on another machine. Ask its sender for the link."))
        return
    altered = error.code == "SNAPSHOT_ALTERED"
    st.subheader(text("This snapshot was altered.") if altered else text("The snapshots cannot be read."))
    st.error(f"{error.code}: {error}")
    st.write(text("Its figures are not shown. Ask its sender for a new one."))


def _face(snapshot: Snapshot, text: Text) -> None:
    answer = snapshot.answer
    st.warning(
        text("Frozen view. It does not update.")
        + f" {text('data')} v{answer.version:06d} · "
        + text("As of {day}", day=answer.as_of)
        + " · "
        + text("Local: made by the single user of this machine, unsigned."),
        icon=":material/lock_clock:",
    )
    st.caption(text("Showing") + " " + answer.filters.sentence(text, answer.label(text.language)))


def _citation(snapshot: Snapshot, text: Text) -> None:
    with st.container(border=True, gap="xxsmall"):
        st.markdown("**" + text("Cite as") + "**")
        st.code(
            f"Simanta snapshot {snapshot.id}, data v{snapshot.answer.version:06d}, code {snapshot.code_version}, "
            f"{snapshot.created_at}\nsha256 {snapshot.content_hash}",
            language=None,
            wrap_lines=True,
        )
        st.caption(text("Counts under 5 are hidden. Aggregates only; no record is in this snapshot."))
