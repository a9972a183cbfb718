"""Trends: is it more or less than before, by label and by district?"""

import streamlit as st

from dashboard.answers import trends
from dashboard.charts import shown
from dashboard.components import caveat, pictures, words
from dashboard.disclosure import Answer
from dashboard.i18n import N_, Text
from dashboard.page import Page


def headline(answer: Answer, text: Text) -> str:
    """The total against the period before, and the districts with evidence of change."""
    found = f"{words.total(answer, text)} {_districts_said(answer, text)}"
    return words.none_match(answer, text) or found


def _districts_said(answer: Answer, text: Text) -> str:
    name = answer.label(text.language)
    rows = [row for row in answer.rows("districts") if row["verdict"] in ("rise", "fall")]
    if not rows:
        tested = any(row["verdict"] == "no_evidence" for row in answer.rows("districts"))
        none = text("No district has evidence of change.")
        return none if tested else text("Too few in any district to compare.")
    return text(
        "Evidence of change in {places}.",
        places=", ".join(name("district", str(r["adm2"])) for r in rows[:4]),
    )


def draw(answer: Answer, text: Text) -> None:
    """Charts left, the same figures by label and by district right."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.58, 0.42], gap="medium")
    week = answer.notes["unit"] == "week"
    with left, st.container(border=True, gap="xxsmall"):
        st.markdown(
            "**" + (text("Detections a week, named by its last day") if week else text("Detections a month")) + "**"
        )
        pictures.bars(answer.rows("times"), text, text("Bars: now. Dashed line: the period compared."), 165)
        st.markdown("**" + text("The same by label, on one scale") + "**")
        pictures.labelled_bars(
            answer.rows("labelled"),
            text,
            answer,
            text("Bars by label; a pale bar hides a count under 5."),
            320,
        )
        pictures.legend(_legend(text))
    with right:
        st.markdown("**" + text("By label") + "**")
        pictures.table(
            _changes(answer, "labels", "crime_label", text("Label"), text),
            text,
            text("Labels now and before."),
        )
        st.markdown("**" + text("By district") + "**")
        pictures.table(
            _changes(answer, "districts", "adm2", text("District"), text),
            text,
            text("Districts now and before."),
            350,
        )
        if answer.figure("n_not_dated") != 0:
            st.caption(
                text(
                    "{n} detections are dated too coarsely for these bars.",
                    n=caveat.count(answer, "n_not_dated", text),
                )
            )
        st.caption(text("Detections also change when patrols change; no effort report is loaded."))
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _changes(answer: Answer, table: str, key: str, heading: str, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows(table), answer.label(text.language)
    of = {"crime_label": "crime_label", "adm2": "district"}[key]
    return {
        heading: [name(of, str(row[key])) for row in rows],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): [words.verdict(row, text) for row in rows],
    }


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    return [
        ("cell", theme.text, text("now")),
        ("line", theme.accent, text("the period compared")),
        ("cell", theme.before, text("under 5: drawn at one height, hidden to protect people")),
    ]


PAGE = Page("trends", N_("Trends"), trends.answer, draw)
