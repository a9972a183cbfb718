"""Response, hand-overs: what was asked of whom, whose turn it is, what the law's terms would have, who is who."""

import streamlit as st

from dashboard.charts import response as pictured
from dashboard.charts import shown
from dashboard.components import pictures, switches, untold, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.filters import Label
from dashboard.i18n import N_, Text

SPANS_PX, TABLE_PX, WIDE_PX = 190, 178, 214
STATES = {
    "n_done": N_("Done"),
    "n_accepted": N_("Accepted, not done"),
    "n_waiting": N_("No answer yet"),
    "n_refused": N_("Refused"),
    "n_overdue": N_("Overdue"),
}
TO_DO = {"no_answer": N_("to answer"), "not_done": N_("to hand over")}
UNIT = {
    "hours": N_("{n} hours"),
    "days": N_("{n} days"),
    "working_days": N_("{n} working days"),
    "months": N_("{n} months"),
}
KIND = {
    "force": N_("force"),
    "ministry": N_("ministry"),
    "court": N_("court"),
    "office": N_("office"),
    "committee": N_("committee"),
    "ngo": N_("NGO"),
    "intergovernmental": N_("intergovernmental"),
    "other": N_("other"),
}


def headline(answer: Answer, text: Text) -> str:
    """How many hand-overs wait, for whom most, and how many are past a term of the law."""
    if nothing := words.none_match(answer, text):
        return nothing
    if not answer.rows("handovers"):
        return text("No hand-over is on record for these detections.")
    name = answer.label(text.language)
    row = next((row for row in answer.rows("waiting") if not row["n" + HIDDEN]), None)
    if row is None:
        return text("On {day} no turn has as many hand-overs waiting as can be told.", day=answer.as_of)
    said = text(
        "On {day} most hand-overs wait for {agency} {what}: {n} of {pair}, for {days} days (median).",
        day=answer.as_of,
        agency=name("stakeholder", row["turn"]),
        what=text(TO_DO[row["state"]]),
        n=row["n"],
        pair=_pair(row, name),
        days=untold.days(row, "median_d", text),
    )
    return f"{said} {_late(answer, text)}".strip()


def _late(answer: Answer, text: Text) -> str:
    rows = [row for row in answer.rows("clocks") if row["n_overdue"] and not row["n_overdue" + HIDDEN]]
    return " ".join(
        text("{n} have waited longer than the term for: {term}.", n=row["n_overdue"], term=row[f"name_{text.language}"])
        for row in rows
    )


def draw(answer: Answer, text: Text) -> None:
    """Pairs of agencies and their days left; whose turn it is, and the terms, right; the directory behind a tab."""
    pairs, clocks, directory = switches.tabs([text("Hand-overs"), text("Terms of the law"), text("Who is who")])
    with pairs:
        left, right = st.columns([0.58, 0.42], gap="medium")
        with left:
            _pairs(answer, text)
        with right:
            _days(answer, text)
            st.markdown("**" + text("What waits now, and whose turn it is") + "**")
            pictures.table(_waiting(answer, text), text, text("What waits now, and whose turn it is"), TABLE_PX)
    with clocks:
        pictures.table(_clocks(answer, text), text, text("Terms of the law"))
        st.caption(_how_counted(answer, text))
    with directory:
        pictures.table(_directory(answer, text), text, text("Who is who"), 470)
        st.caption(text("Offices, not persons: no name, telephone or address is kept here. Write to the office."))


def _pairs(answer: Answer, text: Text) -> None:
    rows, name = answer.rows("handovers"), answer.label(text.language)
    st.markdown("**" + text("Asked of one another, by pair of agencies") + "**")
    columns: dict[str, list[object]] = {
        text("Hand-over"): [_pair(row, name) if row["from_agency"] else text("all pairs") for row in rows],
        text("Asked"): [untold.beside_total(row, "n", text) for row in rows],
        **{text(said): [untold.beside_total(row, state, text) for row in rows] for state, said in STATES.items()},
    }
    pictures.table(columns, text, text("Asked of one another, by pair of agencies"), 400 if len(rows) > 10 else None)
    st.caption(
        text("Overdue: neither done nor refused within the term. Where no law that was read sets one, none is overdue.")
        + " "
        + untold.left_out(answer, "handover", text)
    )


def _pair(row: Row, name: Label) -> str:
    return f"{name('stakeholder', row['from_agency'])} → {name('stakeholder', row['to_agency'])}"


def _days(answer: Answer, text: Text) -> None:
    terms = {row["clock"]: row["term"] / 24 for row in answer.rows("clocks") if row["unit"] == "hours"}
    name, theme = answer.label(text.language), pictures.shown_theme()
    drawn = [
        {
            "name": _pair(row, name),
            "median_d": row["median_d"],
            "p90_d": row["p90_d"],
            "term_d": terms.get(row["clock"]),
            "tip": _reach(row, text),
        }
        for row in answer.rows("handovers")
        if row["median_d"] is not None and row["from_agency"]
    ]
    st.markdown("**" + text("Days from asked to done") + "**")
    if not drawn:
        st.caption(text("No pair has enough hand-overs done to be told."))
        return
    alt = text(
        "A dot at the median, a bar to nine of ten and a tick at the term, by pair; the table beside has the counts."
    )
    pictures.draw(pictured.against_terms(drawn, text, theme, SPANS_PX - 40), alt)
    pictures.legend(
        [
            ("point", theme.accent, text("median")),
            ("cell", theme.before, text("9 of 10 within")),
            ("line", theme.change["rise"], text("term of the law, as a yardstick")),
        ]
    )


def _reach(row: Row, text: Text) -> str:
    return text(
        "median {median} days, 9 of 10 within {most}, of {n}",
        median=untold.days(row, "median_d", text),
        most=untold.days(row, "p90_d", text),
        n=untold.timed(row, text),
    )


def _waiting(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("waiting"), answer.label(text.language)
    return {
        text("Whose turn"): [f"{name('stakeholder', row['turn'])} {text(TO_DO[row['state']])}" for row in rows],
        text("Hand-over"): [_pair(row, name) for row in rows],
        text("Waiting"): [untold.beside_total(row, "n", text) for row in rows],
        text("Median days"): [untold.days(row, "median_d", text) for row in rows],
    }


def _clocks(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("clocks")
    counts = {"n_in_time": N_("In time"), "n_late": N_("Late"), "n_running": N_("Running"), "n_overdue": N_("Overdue")}
    return {
        text("Term"): [row[f"name_{text.language}"] for row in rows],
        text("How long"): [_term(row, text) for row in rows],
        text("Section"): [row["section_id"].split(":", 1)[1] for row in rows],
        text("In force"): [_in_force(row, text) for row in rows],
        text("Begun"): [shown(row, "n", text) if _is_measured(row) else "–" for row in rows],
        **{
            text(said): [untold.beside_total(row, state, text) if _is_measured(row) else "–" for row in rows]
            for state, said in counts.items()
        },
        text("Median days"): [untold.days(row, "median_d", text) for row in rows],
        text("What is measured"): [_reading(row, text) for row in rows],
    }


def _is_measured(row: Row) -> bool:
    return row["kind"] in ("handover", "step")


def _reading(row: Row, text: Text) -> str:
    return str(row[f"reading_{text.language}"] or text("No record could tell: no list says what it is measured by."))


def _in_force(row: Row, text: Text) -> str:
    start, end = row["effective_from"], row["effective_to"]
    if end:
        return text("until {day}", day=end)
    return text("since {day}", day=start) if start else text("since a day not seen")


def _term(row: Row, text: Text) -> str:
    n = row["term"]
    said = text("one month") if (n, row["unit"]) == (1, "months") else text(UNIT[row["unit"]], n=n)
    return f"{said} + {text.number(row['extension'])}" if row["extension"] else said


def _how_counted(answer: Answer, text: Text) -> str:
    return text(
        "Now is {day}, the day of this data version. A day without its hour is counted to its end. Working days by the "
        "calendar {sign}: Friday and Saturday are free unless it says otherwise; feasts by the moon are forecasts.",
        day=answer.as_of,
        sign=str(answer.notes["working_days"]),
    )


def _directory(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("stakeholders"), answer.label(text.language)
    return {
        text("Office"): [name("stakeholder", row["stakeholder"]) for row in rows],
        text("Kind"): [text(KIND.get(row["kind"], "other")) for row in rows],
        text("What it does"): [row[f"duty_{text.language}"] or "–" for row in rows],
        text("Legal basis"): [_basis(row, text) for row in rows],
    }


def _basis(row: Row, text: Text) -> str:
    if row["section"] is None:
        return text("not read")
    return text("{law}, section {section}", law=row[f"title_{text.language}"], section=text.digits(row["section"]))
