"""Response, return: persons from rescue to return, step by step, how long it took, and where it stops."""

import streamlit as st

from dashboard.charts import response as pictured
from dashboard.charts import shown
from dashboard.components import pictures, switches, untold, words
from dashboard.disclosure import HIDDEN, Answer
from dashboard.i18n import N_, Text

BARS_PX, TABLE_PX = 222, 178
STEPS = ("identified", "screened", "referred", "sheltered", "medical", "legal_aid", "repatriated", "reunited")
SCREENING = ("actual", "possible", "not_victim", "not_screened")
AGE = {"child": N_("under 18"), "adult": N_("adult"), "unknown": N_("unknown")}


def headline(answer: Answer, text: Text) -> str:
    """Persons at the first steps, and how many detections have no step on record."""
    if nothing := words.none_match(answer, text):
        return nothing
    rows, name = answer.rows("reached"), answer.label(text.language)
    told = [row for row in rows if row["n_persons"]]
    said = ", ".join(f"{name('outcome_step', row['step'])} {text.number(row['n_persons'])}" for row in told)
    first = (
        text("Persons who reached each step: {steps}.", steps=said)
        if said
        else text("No step of care is on record that can be told.")
    )
    return f"{first} {_stop(answer, text)}".strip()


def _stop(answer: Answer, text: Text) -> str:
    rows = [row for row in answer.rows("stops") if not row["n" + HIDDEN] and row["n"]]
    if not rows:
        return ""
    most = max(rows, key=lambda row: row["n"])
    if most["step"] is None:
        return text("Most detections, {n}, have no step on record.", n=most["n"])
    step = answer.label(text.language)("outcome_step", most["step"])
    return text("Most detections, {n}, have come no further than: {step}.", n=most["n"], step=step)


def draw(answer: Answer, text: Text) -> None:
    """Steps as bars and as a table left; where it stops, and by whom and where, right."""
    left, right = st.columns([0.46, 0.54], gap="medium")
    with left:
        _steps(answer, text)
    with right:
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("Where it stops: the last step on record, in detections") + "**")
            pictures.table(_stops(answer, text), text, text("Where it stops"))
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("Persons by crossing, agency, sex, and as child or adult") + "**")
            _broken_down(answer, text)
    (skipped,) = answer.rows("skipped")
    missing = text(
        "Detections with an earlier step of care not on record: {n}. Steps are counted as told; none is filled in.",
        n=shown(skipped, "n_skipped", text),
    )
    st.caption(f"{missing} {untold.left_out(answer, 'care', text)}")


def _steps(answer: Answer, text: Text) -> None:
    rows, name, theme = answer.rows("reached"), answer.label(text.language), pictures.shown_theme()
    words_ = text("persons")
    drawn = [
        {
            "name": name("outcome_step", row["step"]),
            "part": words_,
            "n": row["n_persons"],
            "tip": f"{name('outcome_step', row['step'])}: {text.number(row['n_persons'])}",
        }
        for row in rows
        if row["n_persons"] is not None
    ]
    st.markdown("**" + text("Persons who reached each step") + "**")
    if any(row["n"] for row in drawn):
        alt = text("A bar a step for the persons who reached it; the table under it has the same.")
        chart = pictured.stacked(drawn, [words_], [theme.accent], text, theme, BARS_PX - 40)
        pictures.draw(chart, alt)
    columns: dict[str, list[object]] = {
        text("Step"): [name("outcome_step", row["step"]) for row in rows],
        text("Persons"): [shown(row, "n_persons", text) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Median days"): [untold.days(row, "median_d", text) for row in rows],
        text("Dated"): [untold.timed(row, text) for row in rows],
        text("No number told"): [shown(row, "n_untold", text) for row in rows],
    }
    pictures.table(columns, text, text("Persons who reached each step, and days from the event"))


def _stops(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("stops"), answer.label(text.language)
    return {
        text("Last step on record"): [
            text("none") if row["step"] is None else name("outcome_step", row["step"]) for row in rows
        ],
        text("Detections"): [untold.beside_total(row, "n", text) for row in rows],
    }


def _broken_down(answer: Answer, text: Text) -> None:
    tabs = switches.tabs([text("Crossing"), text("Agency"), text("Sex"), text("Child or adult")])
    with tabs[0]:
        pictures.table(
            _reached(answer, "by_crossing", "crossing", "crossing", text), text, text("Persons by crossing"), TABLE_PX
        )
    with tabs[1]:
        pictures.table(
            _reached(answer, "by_agency", "detecting_agency", "agency", text), text, text("Persons by agency"), TABLE_PX
        )
    name = answer.label(text.language)
    sexes = [name("sex", row["sex"]) for row in answer.rows("by_sex")]
    ages = [text(AGE[row["age"]]) for row in answer.rows("by_age")]
    for tab, table, named in ((tabs[2], "by_sex", sexes), (tabs[3], "by_age", ages)):
        with tab:
            pictures.table(_screened(answer, table, named, text), text, text("Persons by screening"), TABLE_PX - 38)
            st.caption(text("Outcomes hold no sex and no age: by these only detection and screening are known."))


def _reached(answer: Answer, table: str, column: str, codes: str, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows(table), answer.label(text.language)
    return {
        text("Agency") if codes == "agency" else text("Crossing"): [
            text("unknown") if row[column] is None else name(codes, row[column]) for row in rows
        ],
        **{name("outcome_step", step): [shown(row, f"n_{step}", text) for row in rows] for step in STEPS},
    }


def _screened(answer: Answer, table: str, named: list[str], text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows(table), answer.label(text.language)
    return {
        text("Persons"): [*named],
        text("All"): [shown(row, "n", text) for row in rows],
        **{
            name("screening_status", state): [untold.beside_total(row, f"n_{state}", text) for row in rows]
            for state in SCREENING
        },
        text("not told"): [untold.beside_total(row, "n_not_told", text) for row in rows],
    }
