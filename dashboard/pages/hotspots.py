"""Hotspots: where detections cluster more than chance would give, and what no cell can hold."""

import streamlit as st

from dashboard import layers
from dashboard.answers import hotspots
from dashboard.charts import shown
from dashboard.components import caveat, pictures, words
from dashboard.disclosure import Answer
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX = 570
WITHHELD = N_("withheld: a count is under 5")
CLASS = {
    "hot": N_("hot"),
    "peak": N_("lone peak"),
    "cold": N_("fewer than expected"),
    "none": N_("not hot"),
    "undefined": N_("not tested"),
}


def headline(answer: Answer, text: Text) -> str:
    """How many cells are hot, in which district most of them lie, or why no test was made."""
    if nothing := words.none_match(answer, text):
        return nothing
    if refusal := words.untested(answer, text):
        return refusal
    return " ".join(filter(None, [_found(answer, text), _withheld(answer, text)]))


def _found(answer: Answer, text: Text) -> str:
    hot = [row for row in answer.rows("cells") if row["class"] == "hot"]
    if not hot:
        return text("No evidence that any cell has more detections than chance would give.")
    name, districts = answer.label(text.language), [str(row["adm2"]) for row in hot]
    most = name("district", max(sorted(set(districts)), key=districts.count))
    if len(hot) == 1:
        return text("One cell is hot at q ≤ 0.05, in {district}.", district=most)
    return text("{n} cells are hot at q ≤ 0.05; most of them in {district}.", n=len(hot), district=most)


def _withheld(answer: Answer, text: Text) -> str:
    """Cells whose class would give a small count back; a cell abroad was never tested."""
    n = sum(row["class"] is None for row in answer.rows("cells"))
    return text("The class of {n} more is withheld: under 5 detections there.", n=n) if n else ""


def draw(answer: Answer, text: Text) -> None:
    """Map left, the same cells as a table right."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.46, 0.54], gap="medium")
    with left:
        pictures.map_of(
            answer,
            text,
            layers.hotspots,
            text("Map of cells by class. The table beside it lists the same cells."),
            MAP_PX,
        )
        pictures.legend(_legend(text))
    with right:
        st.markdown("**" + text("The same cells, surest first") + "**")
        pictures.table(_cells(answer, text), text, text("Cells with count, class and q."), 400)
        with st.container(border=True, gap="xxsmall"):
            st.markdown("**" + text("How sure") + "**")
            caveat.strip(answer, text, pictures.shown_theme())
            st.caption(" ".join(filter(None, [_method(answer, text), words.placed(answer, text)])))
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _cells(answer: Answer, text: Text) -> dict[str, list[object]]:
    """Hot cells first, then by q and count; cell ids never change their digits."""
    order = {"hot": 0, "peak": 1}
    rows = sorted(
        answer.rows("cells"),
        key=lambda r: (
            order.get(str(r["class"]), 2),
            1.0 if r["q"] is None else r["q"],
            -(r["n"] or 0),
            r["cell"],
        ),
    )
    name = answer.label(text.language)
    return {
        text("District"): [layers.place_of(row, text, name) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("With neighbours"): [shown(row, "n_near", text) for row in rows],
        text("Class"): [text(CLASS[row["class"]] if row["class"] else WITHHELD) for row in rows],
        "q": [_q(row["q"], text) for row in rows],
        text("Cell"): [format(row["cell"], "x") for row in rows],
    }


def _q(q: float | None, text: Text) -> str:
    if q is not None and q < 0.001:
        return "<" + text.number(0.001, "0.000")
    return text.number(q, "0.000")


def _method(answer: Answer, text: Text) -> str:
    return text(
        "Gi* with exact p over all cells of the area, empty ones too; resolution {r}, {n} detections placed. "
        "No effort report is loaded: no cell is called cold.",
        r=answer.filters.resolution,
        n=caveat.count(answer, "n_placed", text),
    )


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    breaks = ("<5", "5–9", "10–19", "20–39", "40+")
    return [
        ("outlined", theme.hot[2], text("hot, q ≤ 0.001")),
        ("outlined", theme.hot[1], text("hot, q ≤ 0.01")),
        ("outlined", theme.hot[0], text("hot, q ≤ 0.05")),
        *[("cell", colour, text.digits(words_)) for colour, words_ in zip(theme.steps, breaks, strict=True)],
        ("outlined", "transparent", text("lone peak: many here, neighbours not")),
        ("ring", theme.accent, text("known to the district only")),
    ]


PAGE = Page("hotspots", N_("Hotspots"), hotspots.answer, draw)
