"""Plan: strengths, weaknesses, opportunities and threats from the numbers, and the training that follows from them."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import admission, session
from dashboard.access import leaving
from dashboard.answers import plan
from dashboard.components import caveat, handout, strengths, switches, training, words
from dashboard.disclosure import Answer
from dashboard.figures import workshop
from dashboard.figures.training import INSTITUTIONS
from dashboard.i18n import N_, Text
from dashboard.page import Page

SWOT = "swot"  # in the link (`sel`); the training plan is there by its institution


def headline(answer: Answer, text: Text) -> str:
    """The finding of the part that is open."""
    return training.headline(answer, text) if _is_training() else strengths.headline(answer, text)


def _is_training() -> bool:
    return session.chosen_place() in INSTITUTIONS


def draw(answer: Answer, text: Text) -> None:
    """One part at a time on a screen; on paper the one page that a workshop uses."""
    if session.is_on_paper():
        st.subheader(strengths.headline(answer, text))
        if answer.figure("n") != 0:
            strengths.on_paper(answer, text)
    else:
        _chosen(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _chosen(answer: Answer, text: Text) -> None:
    above = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts = {SWOT: N_("SWOT"), training.chosen(): N_("Training plan")}
        part = switches.kept(text("Part"), parts, text, "plan-parts")
        if part == SWOT:
            strengths.to_add(answer, text)
            _to_print(answer, text)
        else:
            training.to_take(PAGE, answer, text)
    if part != SWOT:
        switches.kept(text("Institution"), words.INSTITUTIONS, text, "plan-institution")
    above.subheader(headline(answer, text))
    if answer.figure("n") != 0:
        strengths.draw(answer, text) if part == SWOT else training.draw(answer, text)


def _to_print(answer: Answer, text: Text) -> None:
    """The sheet carries the page's counts, so it is made for whom a file of the page may be made."""
    if not PAGE.may_leave(leaving(admission.principal(), answer.reader)):
        return
    noted = admission.taking()

    def made() -> bytes:
        noted(f"{PAGE.name} pdf v{answer.version:06d}", answer.filters.to_link())
        return handout.brief(PAGE, answer, text, datetime.now(UTC))

    st.download_button(
        text("One page to print (PDF)"),
        made,
        file_name=f"simanta_swot_v{answer.version:06d}.pdf",
        mime="application/pdf",
        icon=":material/print:",
        key="plan-print",
        on_click="ignore",
    )


PAGE = Page("plan", N_("Plan"), plan.answer, draw, group=N_("Action"), state=workshop.state)
