"""Help: what each number means and cannot say, the words, the laws in short, and where all that was read."""

import streamlit as st

from dashboard.answers import help as laws
from dashboard.components import switches
from dashboard.components.meanings import GLOSSARY, NUMBERS, OURS
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

UNIT = {
    "hours": N_("{n} hours"),
    "days": N_("{n} days"),
    "working_days": N_("{n} working days"),
    "months": N_("{n} months"),
}


def headline(answer: Answer, text: Text) -> str:
    """What the pages count, and what no number of theirs can say."""
    return text("Every figure counts detections. None says how much there is, who is guilty, or that a place is safe.")


def draw(answer: Answer, text: Text) -> None:
    """Four tables behind one another, so that each is read on one screen."""
    st.subheader(headline(answer, text))
    titles = (text("What each number means"), text("Words"), text("Laws in short"), text("Terms that laws set"))
    numbers, words, sections, clocks = switches.tabs(titles)
    tables = (_numbers(text), _words(text), _sections(answer, text), _clocks(answer, text))
    for tab, title, columns in zip((numbers, words, sections, clocks), titles, tables, strict=True):
        with tab:
            _table(columns, title, text)
    cited = {row["source"] for row in answer.rows("sections")}
    sections.caption(
        text("Short facts in our words, not the law: read the text before you act. Sources:")
        + " "
        + " · ".join(f"{row['source']}: {row['what']}" for row in answer.rows("sources") if row["source"] in cited)
    )
    st.caption(f"{text('As of {day}', day=answer.as_of)} · {text('data')} v{answer.version:06d}")


def _table(columns: dict[str, list[str]], title: str, text: Text) -> None:
    """Sentences in cells that wrap; the page scrolls, for a box within it could not be scrolled by its keys."""
    if next(iter(columns.values())):
        st.table(columns, border="horizontal", hide_index=True, alt=title)
    else:
        st.caption(text("Nothing to list."))


def _numbers(text: Text) -> dict[str, list[str]]:
    return {
        text("Shown as"): [f"**{text(name)}**" for name, *_ in NUMBERS],
        text("What it means"): [text(means) for _, means, _, _ in NUMBERS],
        text("What it cannot say"): [text(limit) for _, _, limit, _ in NUMBERS],
        text("Method by"): [text(OURS) if by == OURS else by for *_, by in NUMBERS],
    }


def _words(text: Text) -> dict[str, list[str]]:
    return {
        text("Word"): [f"**{text(word)}**" for word, _ in GLOSSARY],
        text("What is meant"): [text(means) for _, means in GLOSSARY],
    }


def _sections(answer: Answer, text: Text) -> dict[str, list[str]]:
    rows = answer.rows("sections")
    return {
        text("Law"): [str(row[f"title_{text.language}"]) for row in rows],
        text("In force"): [_in_force(row, text) for row in rows],
        text("Section"): [text.digits(row["section"]) for row in rows],
        text("What it says"): [str(row[f"fact_{text.language}"]) for row in rows],
        text("Source"): [row["source"] for row in rows],
    }


def _in_force(row: Row, text: Text) -> str:
    """From and to; a day that nobody saw is unknown."""
    start, end = row["effective_from"], row["effective_to"]
    if end:
        return text("until {day}", day=end)
    return text("since {day}", day=start) if start else text("since a day not seen")


def _clocks(answer: Answer, text: Text) -> dict[str, list[str]]:
    rows = answer.rows("clocks")
    laws_of = {f"{part['instrument']}:{part['section']}": part for part in answer.rows("sections")}
    return {
        text("Term"): [str(row[f"name_{text.language}"]) for row in rows],
        text("How long"): [_term(row["term"], row, text) for row in rows],
        text("Prolonged by"): [_term(row["extension"], row, text) if row["extension"] else "–" for row in rows],
        text("Law"): [str(laws_of[row["section_id"]][f"title_{text.language}"]) for row in rows],
        text("Section"): [str(laws_of[row["section_id"]]["section"]) for row in rows],
        text("In force"): [_in_force(row, text) for row in rows],
    }


def _term(n: int, row: Row, text: Text) -> str:
    return text("one month") if (n, row["unit"]) == (1, "months") else text(UNIT[row["unit"]], n=n)


PAGE = Page("help", N_("Help"), laws.answer, draw, has_filters=False, has_records=False, needs=None)
