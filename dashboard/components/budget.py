"""What heads an answer about places: how exactly its detections are placed, and what may honestly be told of where."""

import streamlit as st

from dashboard.components import caveat
from dashboard.disclosure import Answer
from dashboard.i18n import N_, Text

UNIT = {
    "place": N_("The smallest honest unit for this view is the named place."),
    "union": N_("The smallest honest unit for this view is the union."),
    "upazila": N_("The smallest honest unit for this view is the upazila."),
    "district": N_("The smallest honest unit for this view is the district."),
}


def head(answer: Answer, text: Text) -> None:
    """One line: n, the shares by precision, the smallest honest unit, and a resolution that was refused."""
    if answer.figure("n") != 0:
        st.caption(" ".join([_shares(answer, text), *smallest_unit(answer, text), *_refused(answer, text)]))


def smallest_unit(answer: Answer, text: Text) -> list[str]:
    """The finest unit to which 8 in 10 of the detections are known, as a sentence; none of under five."""
    (budget,) = answer.rows("budget")
    if budget["n_hidden"] or not budget["n"]:
        return []
    unit = budget["smallest_unit"]
    return [text(UNIT[unit]) if unit else text("Not even the district is known of 8 in 10 of them.")]


def _shares(answer: Answer, text: Text) -> str:
    """66 detections: 50% village or better, 20% upazila or union, 30% district only. A part under 5 is <5."""
    n = answer.figure("n")
    parts = [
        f"{text.percent(part / n) if n and part else caveat.count(answer, name, text)} {text(words)}"
        for name, words in caveat.PRECISION
        if (part := answer.figure(name)) != 0
    ]
    return text("{n} detections: {parts}.", n=caveat.count(answer, "n", text), parts=", ".join(parts) or "–")


def _refused(answer: Answer, text: Text) -> list[str]:
    asked = answer.notes.get("refused_resolution")
    if not asked:
        return []
    return [
        text(
            "Cells of resolution {asked} are refused: 8 in 10 placed detections carry no finer than {used}.",
            asked=int(asked),
            used=answer.filters.resolution,
        )
    ]
