"""Response, 3P: outcomes by pillar, dated national figures beside them, and what a plan's points need."""

import streamlit as st

from dashboard.charts import response as pictured
from dashboard.charts import shown
from dashboard.components import pictures, words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text

BARS_PX, STEPS_PX, FIGURES_PX = 178, 285, 250
STATUSES = {"n_done": N_("done"), "n_open": N_("open"), "n_refused": N_("refused"), "n_dropped": N_("dropped")}


def headline(answer: Answer, text: Text) -> str:
    """The step that was done most often in each pillar."""
    if nothing := words.none_match(answer, text):
        return nothing
    name, said = answer.label(text.language), []
    for pillar in dict.fromkeys(row["pillar"] for row in answer.rows("outcomes")):
        told = [row for row in answer.rows("outcomes") if row["pillar"] == pillar and row["n_done"]]
        if told:
            most = max(told, key=lambda row: row["n_done"])
            step = name("outcome_step", most["step"])
            said.append(f"{name('pillar', pillar)}: {step} {text.number(most['n_done'])}")
    if not said:
        return text("No step of any pillar is on record that can be told.")
    return text(
        "Most frequent step done, by pillar: {steps}. Steps are rows of the records, not cases or persons.",
        steps="; ".join(said),
    )


def draw(answer: Answer, text: Text) -> None:
    """Steps left; national figures and the plan right."""
    left, right = st.columns([0.44, 0.56], gap="medium")
    with left:
        _outcomes(answer, text)
    with right:
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("National figures as printed, each with its unit; never to be added up") + "**")
            pictures.table(_indicators(answer, text), text, text("National figures as printed"), FIGURES_PX)
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("What a national plan of action asks for, and what the records show of it") + "**")
            pictures.table(_plan(answer, text), text, text("What a national plan of action asks for"))
            st.caption(
                text("Pillars as in the plan of 2012–14; that of 2018–22 ran to 2025, and none after it was found.")
            )


def _outcomes(answer: Answer, text: Text) -> None:
    rows, name, theme = answer.rows("outcomes"), answer.label(text.language), pictures.shown_theme()
    st.markdown("**" + text("Steps done and due, by pillar") + "**")
    states = [text("done"), text("open")]
    drawn = [
        {
            "name": name("outcome_step", row["step"]),
            "part": part,
            "n": row[column],
            "tip": f"{name('outcome_step', row['step'])}, {part}: {text.number(row[column])}",
        }
        for row in _told(rows)
        for part, column in zip(states, ("n_done", "n_open"), strict=True)
        if row[column]
    ]
    if drawn:
        alt = text("Bars a step of what is done and what is open; the table under it has the same.")
        colours = [theme.accent, theme.before]
        pictures.draw(pictured.stacked(drawn, states, colours, text, theme, BARS_PX), alt)
        pictures.legend([("cell", colour, said) for colour, said in zip(colours, states, strict=True)])
    columns: dict[str, list[object]] = {
        text("Pillar"): [name("pillar", row["pillar"]) for row in rows],
        text("Step"): [name("outcome_step", row["step"]) for row in rows],
        **{text(said): [shown(row, column, text) for row in rows] for column, said in STATUSES.items()},
        text("Persons"): [shown(row, "n_persons", text) for row in rows],
    }
    pictures.table(columns, text, text("Steps done and due, by pillar"), STEPS_PX)


def _told(rows: list[Row]) -> list[Row]:
    """The steps that have most on record, as many as a picture has room for, in the order of the screen."""
    most = sorted(rows, key=lambda row: -((row["n_done"] or 0) + (row["n_open"] or 0)))[:8]
    return [row for row in rows if row in most]


def _indicators(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, language = answer.rows("indicators"), text.language
    return {
        text("Figure"): [row[f"name_{language}"] for row in rows],
        text("Value"): [text.number(int(row["value"])) for row in rows],
        text("Unit"): [row[f"unit_{language}"] for row in rows],
        text("Of when"): [row[f"period_{language}"] for row in rows],
        text("Done here"): [shown(row, "n_here", text) for row in rows],
        text("Source"): [row[f"source_{language}"] for row in rows],
    }


def _plan(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, language = answer.rows("plan"), text.language
    return {
        text("Asks for"): [row[f"asks_{language}"] for row in rows],
        text("Rows that tell of it"): [shown(row, "n_here", text) for row in rows],
        text("What they cannot show"): [row[f"cannot_{language}"] for row in rows],
    }
