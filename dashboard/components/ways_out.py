"""Where nothing matches or too little does: why that is no zero, and what to press to see more."""

from collections.abc import Sequence

import streamlit as st

from dashboard import periods, session
from dashboard.components.sentence import go, named, reach_of
from dashboard.disclosure import Answer
from dashboard.filters import BY_NAME
from dashboard.session import Visit

LONGER = ("52w", "all")  # periods that are offered, by their names


def offered(answer: Answer, visit: Visit) -> None:
    """A card where no detection matches, or too few for a test: each restriction with what lifts it."""
    text = visit.text
    if answer.figure("n") == 0:
        _card(_nothing(visit), answer, visit)
    elif answer.question == "hotspots" and answer.notes.get("untested"):  # of rounded counts none is made
        _card([text("For a test of where they cluster, choose a longer period or fewer restrictions.")], answer, visit)


def _nothing(visit: Visit) -> Sequence[str]:
    text = visit.text
    return (
        text("Nothing was recorded that fits all parts of the sentence above."),
        text("That is no proof that nothing happened: it may not have been seen, reported, or loaded yet."),
    )


def _card(said: Sequence[str], answer: Answer, visit: Visit) -> None:
    text, reach = visit.text, reach_of(visit)
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(" ".join(said))
        for part in visit.filters.touched():
            if part not in ("vs", "res"):
                st.button(
                    text("Without: {part}", part=_part(part, answer, visit)),
                    on_click=session.drop,
                    args=(part,),
                    key=f"lift-{part}",
                )
        for code in LONGER:
            period = periods.named(code, *reach)
            if period != answer.filters.span:
                st.button(text(periods.NAMES[code]), on_click=go, args=(period,), key=f"longer-{code}")


def _part(part: str, answer: Answer, visit: Visit) -> str:
    if part in BY_NAME:
        return named(BY_NAME[part], visit)
    return answer.filters.part(part, visit.text, visit.store.label(visit.text.language))
