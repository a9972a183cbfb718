"""Corridors: from which district, through which crossing, to where; and which crossing changed."""

import streamlit as st

from dashboard import layers
from dashboard.answers import corridors
from dashboard.charts import shown
from dashboard.components import caveat, pictures, words
from dashboard.disclosure import Answer, Row
from dashboard.filters import Label
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX = 560


def headline(answer: Answer, text: Text) -> str:
    """The corridor with most detections, and which crossings rose or fell."""
    if nothing := words.none_match(answer, text):
        return nothing
    return " ".join(filter(None, [_first(answer, text), _changed(answer, text)]))


def _first(answer: Answer, text: Text) -> str:
    name = answer.label(text.language)
    row = next((r for r in answer.rows("corridors") if r["n"] and r["origin_adm2"]), None)
    if row is None:
        return text("No corridor has five detections with a known origin.")
    return text(
        "Most detections on one corridor: {origin} through {crossing}, {n}.",
        origin=name("district", str(row["origin_adm2"])),
        crossing=name("crossing", str(row["crossing"])),
        n=row["n"],
    )


def _changed(answer: Answer, text: Text) -> str:
    name = answer.label(text.language)
    said = {
        verdict: [name("crossing", str(r["crossing"])) for r in answer.rows("crossings") if r["verdict"] == verdict]
        for verdict in ("rise", "fall")
    }
    if not any(said.values()):
        tested = any(row["verdict"] == "no_evidence" for row in answer.rows("crossings"))
        none = text("No evidence of change at any crossing.")
        return none if tested else text("Too few at any crossing to compare.")
    parts = [
        (N_("Evidence of a rise at {places}."), said["rise"]),
        (N_("Evidence of a fall at {places}."), said["fall"]),
    ]
    return " ".join(text(words_, places=", ".join(places)) for words_, places in parts if places)


def draw(answer: Answer, text: Text) -> None:
    """Map left; the crossings with their change, and the corridors, as tables right."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        pictures.map_of(
            answer,
            text,
            layers.corridors,
            text("Map of corridors from origin district to crossing. The tables beside it say the same."),
            MAP_PX,
        )
        pictures.legend(_legend(text))
    with right:
        st.markdown("**" + text("Crossings, most detections first") + "**")
        pictures.table(
            _crossings(answer, text), text, text("Crossings now and before, with the ratio of the two."), 275
        )
        st.markdown("**" + text("Corridors: origin, crossing, destination") + "**")
        pictures.table(_corridors(answer, text), text, text("Corridors by number of detections."), 245)
        st.caption(
            text(
                "{n} of {total} detections name a crossing. A line is drawn from five detections on.",
                n=caveat.count(answer, "n_with_crossing", text),
                total=caveat.count(answer, "n", text),
            )
        )
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _crossings(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("crossings"), answer.label(text.language)
    return {
        text("Crossing"): [name("crossing", str(row["crossing"])) for row in rows],
        text("District"): [name("district", str(row["adm2"])) if row["adm2"] else "–" for row in rows],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): [words.verdict(row, text) for row in rows],
    }


def _corridors(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("corridors"), answer.label(text.language)
    unknown = text("unknown")
    return {
        text("Origin"): [name("district", str(row["origin_adm2"])) if row["origin_adm2"] else unknown for row in rows],
        text("Crossing"): [name("crossing", str(row["crossing"])) for row in rows],
        text("Destination"): [
            name("country", str(row["destination_country"])) if row["destination_country"] else unknown for row in rows
        ],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Mostly labelled"): [_majority(row, text, name) for row in rows],
    }


def _majority(row: Row, text: Text, name: Label) -> str:
    """The label of more than half, or that none has as many."""
    if row["label"] is None:
        return "–"
    return text("mixed") if row["label"] == "mixed" else name("crime_label", row["label"])


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    return [
        ("line", theme.label["TIP"], text("mostly TIP")),
        ("line", theme.label["SOM"], text("mostly SOM")),
        ("line", theme.label["UNDETERMINED"], text("mostly undetermined")),
        ("line", theme.label["mixed"], text("mixed")),
        ("point", theme.text, text("crossing, larger for more detections")),
        ("none", "", text("a line begins at its district's name, not at a home")),
    ]


PAGE = Page("corridors", N_("Corridors"), corridors.answer, draw)
