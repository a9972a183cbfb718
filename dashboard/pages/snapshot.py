"""Snapshot: a frozen Answer, drawn by the page that it was frozen from, with what identifies it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard import admission, audit, database, differences, ledger, session, signing, snapshots
from dashboard.access import Principal, may_take_back
from dashboard.components import caveat, compared, frame, frozen, pictures, protected
from dashboard.components.words import PERSONAL, as_written
from dashboard.errors import SimantaError
from dashboard.i18n import Text
from dashboard.ledger import Ledger
from dashboard.page import Page
from dashboard.settings import settings
from dashboard.snapshots import COOKIE, Snapshot

FIRST, ROWS_PX, QR_PX = 3, 142, 120  # differences shown without scrolling, the table's height, the code's width


def asked_for() -> str | None:
    """The id in `/?snapshot=ID`, or the one that `/s/ID` put into a cookie to keep it out of the address."""
    return st.query_params.get("snapshot") or st.context.cookies.get(COOKIE + st.query_params.get("h", ""))


def run(pages: Mapping[str, Page]) -> None:
    """Opens the snapshot that is asked for on the page that it was frozen from, or says why it does not open."""
    text, principal, asked = Text(session.language()), admission.principal(), asked_for() or ""
    book = ledger.open_ledger(settings().store)
    frame.corner(text, principal)
    try:
        admission.before_opening()
        snapshot = snapshots.open_for(book, asked, principal, datetime.now(UTC))
    except SimantaError as error:
        if error.code != "PAUSED":
            admission.missed(asked, error.code)
        refused(error, text)
        return
    admission.note_page(audit.short(asked))
    page = pages[snapshot.page]
    _face(snapshot, text)
    _successor(book, snapshot, principal, text)
    protected.drawn(page, snapshot.answer, text)
    _since(page, snapshot, principal, text)
    _citation(page, snapshot, text)
    if may_take_back(principal, snapshot.terms.author):
        _take_back(book, snapshot, principal, text)


def refused(error: SimantaError, text: Text) -> None:
    """An unknown or altered snapshot: what is wrong and what to do, and no figure."""
    if error.code == "PAUSED":
        st.subheader(text("Too many links did not open."))
        st.write(text("Wait a minute, then open yours again."))
        return
    if error.code == "SNAPSHOT_UNKNOWN":
        st.subheader(text("There is no such snapshot."))
        st.write(text("The link is incomplete, or it was made on another machine. Ask its sender for the link."))
        return
    if error.code == "SNAPSHOT_OUTDATED":
        st.subheader(text("This snapshot was made by another release, or under another threshold for small counts."))
        st.write(text("Its figures cannot be drawn here. Ask its sender for a new one."))
        return
    if error.code == "SNAPSHOT_EXPIRED":
        st.subheader(text("This snapshot has ended."))
        st.write(text("Its sender gave it an end. Ask for a new one: the figures may have changed."))
        return
    if error.code == "SNAPSHOT_REVOKED":
        st.subheader(text("This snapshot was taken back."))
        st.write(text("Its figures are gone and must not be used, also not from a copy. Ask its sender."))
        st.caption(as_written(error.message))
        return
    altered = error.code == "SNAPSHOT_ALTERED"
    st.subheader(text("This snapshot was altered.") if altered else text("The snapshots cannot be read."))
    st.error(f"{error.code}: {error}")
    st.write(text("Its figures are not shown. Ask its sender for a new one."))


def _face(snapshot: Snapshot, text: Text) -> None:
    st.warning(" ".join(as_written(line) for line in frozen.banner(snapshot, text)), icon=":material/lock_clock:")
    st.caption(text("Showing") + " " + snapshot.answer.filters.sentence(text, snapshot.answer.label(text.language)))
    if snapshot.answer.scope != "all":
        label = snapshot.answer.label(text.language)
        districts = ", ".join(label("district", code) for code in snapshot.answer.scope.split(","))
        st.caption(text("Its figures are of these districts alone: {districts}.", districts=districts))


def _successor(book: Ledger, snapshot: Snapshot, principal: Principal, text: Text) -> None:
    """Says that another took its place, to those who may open that one too."""
    newer = ledger.find_successor(book, snapshot.id)
    if newer is None:
        return
    try:
        snapshots.open_for(book, newer, principal, datetime.now(UTC))
    except SimantaError:
        return
    st.info(text("A newer snapshot took the place of this one."))
    st.link_button(text("Open the newer one"), f"/s/{newer}")


def _since(page: Page, snapshot: Snapshot, principal: Principal, text: Text) -> None:
    """What the newest data say to the same question and the same reader, where they say something else.

    Only to who may look at pages: to a recipient the newest figures are not addressed.
    """
    if not principal.may("look"):
        return
    try:
        store = database.open_current(settings().store)
    except SimantaError:
        return
    if store.version <= snapshot.answer.version or not page.has_filters:
        return
    reader, scope = snapshot.answer.reader, snapshot.terms.audience.scope
    same = replace(principal, districts=scope) if scope else principal  # may_open: no more than the opener's own
    asked = session.Visit(store, store.version, same, snapshot.answer.filters, text, (), (), reader)
    now = session.ask(page.name, page.question(reader), asked)
    changed = differences.between(snapshot.answer, now)
    with st.container(border=True, gap="xxsmall"):
        st.markdown("**" + _how_many(len(changed), text) + "**")
        if changed:
            height = None if len(changed) <= FIRST else ROWS_PX
            pictures.table(compared.columns(changed, now, text), text, text("Figures, then and now."), height)


def _how_many(n: int, text: Text) -> str:
    if n == 0:
        return text("Newer data: none of these numbers changed.")
    return (
        text("Newer data: one of these numbers changed.")
        if n == 1
        else text("Newer data: {n} of these numbers changed.", n=n)
    )


def _citation(page: Page, snapshot: Snapshot, text: Text) -> None:
    with st.container(border=True, gap="xxsmall", horizontal=True):
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("Cite as") + "**")
            st.code("\n".join(frozen.citation(snapshot)), language=None, wrap_lines=True)
            st.caption(caveat.limits(snapshot.answer, text))
            with st.container(horizontal=True, gap="small"):
                for kind, words in (("html", text("Keep as one file (HTML)")), ("pdf", text("Keep to print (PDF)"))):
                    _keep(kind, words, page, snapshot, text)
        st.image(frozen.qr(snapshot), width=QR_PX, alt=text("QR code of the link and the hash"))


def _take_back(book: Ledger, snapshot: Snapshot, principal: Principal, text: Text) -> None:
    """Ends it for everybody, for a reason that those are told who could open it."""
    with st.popover(text("Take it back"), type="tertiary", icon=":material/undo:"):
        st.write(text("Its figures are gone for good, and its link says since when and why. Copies in files stay."))
        reason = st.text_input(text("Why? Name nobody."), max_chars=200, key="back-reason")
        if found := ledger.personal(reason):
            st.error(text(PERSONAL[found]))
        if st.button(text("Take it back for good"), disabled=bool(found) or not reason.strip(), key="back"):
            snapshots.revoke(book, snapshot.id, principal, reason, datetime.now(UTC), admission.deed("revoke"))
            st.rerun()


def _keep(kind: str, words: str, page: Page, snapshot: Snapshot, text: Text) -> None:
    """A copy, made when it is asked for: by then the snapshot may have ended or been taken back."""
    store, now, noted = settings().store, datetime.now, admission.taking("open")

    def made() -> bytes:
        who = noted(f"{audit.short(snapshot.id)} {kind}", None)
        opened = snapshots.open_for(ledger.open_ledger(store), snapshot.id, who, now(UTC))
        return frozen.file_of(page, opened, text, kind, signing.folder_of(store), now(UTC))

    st.download_button(
        words,
        made,
        file_name=f"simanta_snapshot_{snapshot.id[:6].strip('-_')}_{snapshot.created_at[:10]}.{kind}",
        mime="text/html" if kind == "html" else "application/pdf",
        key=f"keep-{kind}",
        on_click="ignore",
    )
