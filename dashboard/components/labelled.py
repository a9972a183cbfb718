"""Response, labels: what it was called first and is called now, by whom, how soon, and what decides it."""

import streamlit as st

from dashboard.charts import response as pictured
from dashboard.charts import shown
from dashboard.components import pictures, switches, untold, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

BUBBLES_PX, BARS_PX, TABLE_PX = 262, 150, 178
CRIME = {"TIP": N_("TIP"), "SOM": N_("SOM")}
STATUSES = ("presumed", "screened", "confirmed")


def headline(answer: Answer, text: Text) -> str:
    """The share never decided, and the change of label that is most frequent, with its median days."""
    if nothing := words.none_match(answer, text):
        return nothing
    (row,) = answer.rows("decided")
    return " ".join(filter(None, [_undecided(row, text), _changed(answer, text), _pushed_in(answer, row, text)]))


def _undecided(row: Row, text: Text) -> str:
    if row["share"] is None:
        return text(
            "Labels never decided: {n} of {total}.", n=shown(row, "n_undecided", text), total=shown(row, "n", text)
        )
    return text(
        "{share} of labels were never decided: {n} of {total} detections.",
        share=text.percent(row["share"]),
        n=row["n_undecided"],
        total=row["n"],
    )


def _changed(answer: Answer, text: Text) -> str:
    name = answer.label(text.language)
    row = next((row for row in answer.rows("pairs") if row["first_label"] != row["label_now"]), None)
    if row is None:
        return text("No change of label is frequent enough to be told.")
    ends = {end: name("crime_label", row[column]) for end, column in (("first", "first_label"), ("now", "label_now"))}
    if row["median_d"] is None:
        return text("{n} were first labelled {first} and are now {now}.", n=row["n"], **ends)
    return text(
        "{n} were first labelled {first} and are now {now}: decided {days} days after the event (median of {timed}).",
        n=row["n"],
        days=untold.days(row, "median_d", text),
        timed=untold.timed(row, text),
        **ends,
    )


def _pushed_in(answer: Answer, row: Row, text: Text) -> str:
    if row["n_pushed_in"] == 0:
        return ""
    n = shown(row, "n_pushed_in", text)
    if "pushed_in" in answer.filters.choices["type"]:
        return text("Events of persons pushed in are among them, as the filter asks: {n}.", n=n)
    return text("Events of persons pushed in stand apart and are in no figure here: {n}.", n=n)


def draw(answer: Answer, text: Text) -> None:
    """Bubbles and who decided left; states of labels and what is needed to decide right."""
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("First label (down) and label now (across), in detections") + "**")
            picture, table = switches.tabs([text("Picture"), text("Table")])
            _bubbles(answer, text, picture)
            with table:
                title = text("First label and label now")
                pictures.table(_pairs(answer, text), text, title, BUBBLES_PX)
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("Who decided the label in force") + "**")
            pictures.table(_deciders(answer, text), text, text("Who decided the label in force"), TABLE_PX)
    with right:
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("Label now, and how sure") + "**")
            _statuses(answer, text)
        with st.container(gap="xxsmall"):
            st.markdown("**" + text("What is needed to decide") + "**")
            elements(answer, text)
    st.caption(
        text("Pairs that are not drawn have none, or too few to be told beside the sums of their row and column.")
        + " "
        + untold.left_out(answer, "labels", text)
    )


def _bubbles(answer: Answer, text: Text, place: st.delta_generator.DeltaGenerator) -> None:
    rows = answer.rows("pairs")
    if not rows:
        place.caption(text("No pair has enough detections to be told."))
        return
    chart = pictured.bubbles(rows, text, answer.label(text.language), pictures.shown_theme(), BUBBLES_PX)
    alt = text("A circle a first label and label now, larger for more; the table behind it has the same.")
    with place:
        pictures.draw(chart, alt)


def _pairs(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("pairs"), answer.label(text.language)
    return {
        text("First label"): [name("crime_label", row["first_label"]) for row in rows],
        text("Label now"): [name("crime_label", row["label_now"]) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Median days"): [untold.days(row, "median_d", text) for row in rows],
        text("Dated"): [untold.timed(row, text) for row in rows],
    }


def _deciders(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("deciders"), answer.label(text.language)
    return {
        text("Who decided"): [_decider(row, text) or name("decider_org", row["decider_org"]) for row in rows],
        text("Detections"): [untold.beside_total(row, "n", text) for row in rows],
        text("Median days"): [untold.days(row, "median_d", text) for row in rows],
        text("Dated"): [untold.timed(row, text) for row in rows],
    }


def _decider(row: Row, text: Text) -> str:
    return text("not on record") if row["decider_org"] is None else ""


def _statuses(answer: Answer, text: Text) -> None:
    name, theme = answer.label(text.language), pictures.shown_theme()
    states = {code: name("label_status", code) for code in STATUSES}
    rows = [
        {
            "name": name("crime_label", row["crime_label"]),
            "part": states[row["label_status"]],
            "n": row["n"],
            "tip": f"{name('crime_label', row['crime_label'])}, {states[row['label_status']]}: {text.number(row['n'])}",
        }
        for row in answer.rows("statuses")
        if not row["n" + HIDDEN]
    ]
    if not rows:
        st.caption(text("No state of a label has enough detections to be told."))
        return
    colours = theme.precision[2::-1]
    alt = text("Bars a label by its status; those too few to be told are not drawn.")
    chart = pictured.stacked(rows, list(states.values()), colours, text, theme, BARS_PX - 40)
    pictures.draw(chart, alt)
    pictures.legend([("cell", colour, said) for colour, said in zip(colours, states.values(), strict=True)])


def elements(answer: Answer, text: Text) -> None:
    """The questions that decide a label, each with its section; what no section of this version reaches is said."""
    rows = [row for row in answer.rows("elements") if row["crime"] in CRIME]
    columns = {
        text("Crime"): [text(CRIME[row["crime"]]) for row in rows],
        text("Question"): [_question(row, text) for row in rows],
        text("Section"): [
            text("no such section here") if row["section"] is None else text.digits(row["section"]) for row in rows
        ],
    }
    st.table(columns, border="horizontal", hide_index=True, alt=text("What is needed to decide"))
    law = next((row[f"title_{text.language}"] for row in rows if row["section"]), "")
    st.caption(
        text("All of a crime's yes: that crime; of both: both. One unknown: undetermined. Else neither.") + f" {law}"
    )


def _question(row: Row, text: Text) -> str:
    note = row[f"note_{text.language}"]
    return f"{row[f'question_{text.language}']} {note or ''}".strip()
