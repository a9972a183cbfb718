"""Response: which crime it was, from rescue to return, between agencies, by pillar, and of those first accused."""

from collections.abc import Callable

import streamlit as st

from dashboard import session
from dashboard.answers import response
from dashboard.components import accused, caveat, coordination, labelled, pillars, returned, switches
from dashboard.disclosure import Answer
from dashboard.i18n import N_, Text
from dashboard.page import Page

Said = Callable[[Answer, Text], str]
Drawn = Callable[[Answer, Text], None]
# Part -> its words, its finding and its drawing. The part stands in the link (`sel`).
PARTS: dict[str, tuple[str, Said, Drawn]] = {
    "labels": (N_("Labels"), labelled.headline, labelled.draw),
    "return": (N_("Return"), returned.headline, returned.draw),
    "handover": (N_("Hand-overs"), coordination.headline, coordination.draw),
    "pillars": (N_("3P"), pillars.headline, pillars.draw),
    "accused": (N_("Non-punishment"), accused.headline, accused.draw),
}


def headline(answer: Answer, text: Text, part: str = "labels") -> str:
    """The finding of a part, made from the rows below it."""
    return PARTS[part][1](answer, text)


def draw(answer: Answer, text: Text) -> None:
    """One part at a time on a screen; on paper all, one after another."""
    if session.is_on_paper():
        for part, (words, _, drawn) in PARTS.items():
            st.subheader(f"{text(words)}: {headline(answer, text, part)}")
            drawn(answer, text)
    else:
        _chosen(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _chosen(answer: Answer, text: Text) -> None:
    above = st.container()
    part = switches.kept(text("Part"), {code: words for code, (words, *_) in PARTS.items()}, text, "response-part")
    above.subheader(headline(answer, text, part))
    if answer.figure("n") != 0:
        PARTS[part][2](answer, text)


PAGE = Page("response", N_("Response"), response.answer, draw, group=N_("Action"))
