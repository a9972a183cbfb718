"""Corridors: where along the border, through which crossing, from where to where; what changed, and did it move?"""

import streamlit as st

from dashboard import layers
from dashboard.answers import corridors
from dashboard.charts import shown
from dashboard.components import caveat, choosing, explained, moved, pictures, words
from dashboard.disclosure import Answer, Row
from dashboard.filters import Label
from dashboard.i18n import N_, Text
from dashboard.page import Page
from dashboard.ribbon import HEAT_BREAKS, heat_colours

BARS_PX, LOWER_PX = 68, 260
CLASS = {"hot": N_("hot"), "peak": N_("lone peak"), "none": N_("not hot"), "undefined": N_("not tested")}

PARTS = {
    "origin": N_("Origin district"),
    "border": N_("Place on the border"),
    "destination": N_("Destination country"),
    "legs": N_("Legs, two a detection"),
}


def headline(answer: Answer, text: Text) -> str:
    """Which crossings rose or fell, else the corridor with most detections; and what an operation did."""
    if nothing := words.none_match(answer, text):
        return nothing
    said = [_changed(answer, text) or _first(answer, text), moved.sentence(answer, text)]
    return " ".join(filter(None, said))


def _first(answer: Answer, text: Text) -> str:
    name = answer.label(text.language)
    tested = any(row["verdict"] == "no_evidence" for row in answer.rows("crossings"))
    none = text("No evidence of change at any crossing.") if tested else text("Too few at any crossing to compare.")
    row = next((r for r in answer.rows("corridors") if layers.has_line(r) and r["origin_adm2"]), None)
    if row is None:
        return f"{text('No corridor has five detections with a known origin.')} {none}"
    most = text(
        "Most detections on one corridor: {origin} through {crossing}, {n}.",
        origin=name("district", str(row["origin_adm2"])),
        crossing=layers.border_place(row, text, name),
        n=row["n"],
    )
    return f"{most} {none}"


def known(answer: Answer, text: Text) -> str:
    """How much of the journeys the figures rest on: the share of each part that is known, and of the legs."""
    shares = {row["part"]: text.percent(row["share"]) for row in answer.rows("legs")}
    return text(
        "Of {n} detections the origin is known in {origin}, the place on the border in {border}, the destination in "
        "{destination}; {legs} of the legs are known at both ends.",
        n=caveat.count(answer, "n", text),
        **shares,
    )


def _changed(answer: Answer, text: Text) -> str:
    """The crossings of which the table says that they rose or fell; empty where it says so of none."""
    name = answer.label(text.language)
    said = {
        verdict: [
            f"{name('crossing', str(row['crossing']))} ({words.now_and_before(row, text)})"
            for row in answer.rows("crossings")
            if row["verdict"] == verdict
        ]
        for verdict in ("rise", "fall")
    }
    parts = [
        (N_("Evidence of a rise at {places}."), said["rise"]),
        (N_("Evidence of a fall at {places}."), said["fall"]),
    ]
    return " ".join(text(words_, places=", ".join(places)) for words_, places in parts if places)


def draw(answer: Answer, text: Text) -> None:
    """The border; then map, crossings and the operation; below them the same as tables."""
    st.subheader(headline(answer, text))
    st.caption(known(answer, text))
    with st.container(border=True, gap="xxsmall"):
        st.markdown(
            "**"
            + text(
                "The border from the Sundarbans round: detections in each 25 km; below, eight periods, newest on top"
            )
            + "**"
        )
        pictures.ribbon(
            answer,
            text,
            text("The border as one line: bars up now, down in the period compared. The table below says the same."),
            BARS_PX,
        )
        pictures.legend(_legend(text))
        st.caption(
            " ".join(
                [
                    moved.concentration(answer, text),
                    moved.shift(answer, text),
                    *_unknown(answer, text),
                    words.still_coming(answer, text),
                ]
            )
        )
    left, middle, right = st.columns([0.23, 0.39, 0.38], gap="small")
    with left:
        pictures.map_of(
            answer,
            text,
            layers.corridors,
            text("Map of corridors from origin district to crossing. The tables beside it say the same."),
            LOWER_PX,
        )
    with middle:
        alt = text("Crossings now and before, with the ratio of the two.")
        codes = [[str(row["crossing"])] for row in answer.rows("crossings")]
        choosing.table(_crossings(answer, text), codes, text, alt, "corridors-crossings", LOWER_PX)
    with right:
        if not explained.chosen(answer, text):
            with st.container(border=True, gap="xxsmall"):
                moved.card(answer, text)
    with st.expander(text("Corridors, the border by 25 km and same origins, as tables")):
        _tables(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _unknown(answer: Answer, text: Text) -> list[str]:
    """That some of the eight periods lie before all data, or after them, if so."""
    unknown = sum(not row["is_covered"] for row in answer.rows("periods"))
    return (
        [text("The data do not reach over {n} of the eight periods: unknown, not none.", n=unknown)] if unknown else []
    )


def _tables(answer: Answer, text: Text) -> None:
    """What the map and the ribbon say, and what the card rests on."""
    st.markdown("**" + text("Corridors: origin, crossing, destination") + "**")
    names = [[layers.corridor_of(row)] for row in answer.rows("corridors")]
    alt = text("Corridors by number of detections.")
    choosing.table(_corridors(answer, text), names, text, alt, "corridors-all", 245)
    st.caption(
        text(
            "Where no crossing is named, 25 km of the border stand for it. Corridors with fewer than five are together "
            "as others of their border district. A line is drawn where the border is known; it begins at its "
            "district's name, not at a home."
        )
    )
    st.markdown("**" + text("What is known of the journeys") + "**")
    pictures.table(_legs(answer, text), text, text("Parts of the journeys, known and not."))
    st.markdown("**" + text("The border, by 25 km") + "**")
    pictures.table(_stretches(answer, text), text, text("Stretches of the border with a detection."), 245)
    st.caption(
        text(
            "km along the simplified border, never its official length. A label's part under {k} is in the mixed one, "
            "with all other labels."
        )
    )
    if len(answer.rows("operations")) > 1:
        st.markdown("**" + text("Operations that began in this period") + "**")
        pictures.table(
            moved.operations(answer, text), text, text("Operations, the latest first, and what is said of each.")
        )
    if answer.rows("origins"):
        st.markdown("**" + text("Same origins, other crossings") + "**")
        pictures.table(
            moved.origins(answer, text), text, text("Crossings that the same origins used before and after.")
        )


def _crossings(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("crossings"), answer.label(text.language)
    return {
        text("Crossing"): [name("crossing", str(row["crossing"])) for row in rows],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): [words.verdict(row, text) for row in rows],
        text("District"): [name("district", str(row["adm2"])) if row["adm2"] else "–" for row in rows],
    }


def _corridors(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("corridors"), answer.label(text.language)
    return {
        text("Origin"): [_end(row, "origin_adm2", "district", text, name) for row in rows],
        text("Crossing"): [layers.border_place(row, text, name) for row in rows],
        text("Destination"): [_end(row, "destination_country", "country", text, name) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Mostly labelled"): [_majority(row, text, name) for row in rows],
    }


def _end(row: Row, column: str, codes: str, text: Text, name: Label) -> str:
    """An end of a corridor by its name; a dash where several corridors are together."""
    if row["is_other"]:
        return "–"
    return name(codes, row[column]) if row[column] else text("unknown")


def _legs(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("legs")
    return {
        text("Part"): [text(PARTS[row["part"]]) for row in rows],
        text("Known"): [shown(row, "n_known", text) for row in rows],
        text("Unknown"): [shown(row, "n_unknown", text) for row in rows],
        text("Share known"): [text.percent(row["share"]) for row in rows],
    }


def _majority(row: Row, text: Text, name: Label) -> str:
    """The label of more than half, or that none has as many."""
    if row["label"] is None:
        return "–"
    return text("mixed") if row["label"] == "mixed" else name("crime_label", row["label"])


def _stretches(answer: Answer, text: Text) -> dict[str, list[object]]:
    name = answer.label(text.language)
    rows = [row for row in answer.rows("stretches") if shown(row, "n", text) != text.number(0) or row["n_before"] != 0]
    return {
        text("km"): [f"{text.number(round(row['start_km']))}–{text.number(round(row['end_km']))}" for row in rows],
        text("District"): [name("district", row["adm2"]) for row in rows],
        text("Across"): [
            name("neighbour", row["neighbour"]) if row["neighbour"] else text("Bay of Bengal") for row in rows
        ],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Interval (95%)"): [_interval(row, text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("TIP"): [text.value(row["n_tip"]) for row in rows],
        text("SOM"): [text.value(row["n_som"]) for row in rows],
        text("undetermined"): [text.value(row["n_undetermined"]) for row in rows],
        text("mixed"): [shown(row, "n_mixed", text) for row in rows],
        text("Class"): [text(CLASS[row["class"]]) for row in rows],
    }


def _interval(row: Row, text: Text) -> str:
    if row["low"] is None:
        return "–"
    return f"{text.number(row['low'], '#,##0.0')}–{text.number(row['high'], '#,##0.0')}"


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    steps = zip(
        heat_colours(theme),
        zip((1, *HEAT_BREAKS), (*(each - 1 for each in HEAT_BREAKS), None), strict=True),
        strict=True,
    )
    return [
        ("line", theme.label["TIP"], text("TIP")),
        ("line", theme.label["SOM"], text("SOM")),
        ("line", theme.label["UNDETERMINED"], text("undetermined")),
        ("line", theme.label["mixed"], text("mixed: other labels, and parts under {k}")),
        ("line", theme.before, text("down: the period compared")),
        ("none", "", "▲ " + text("port or check post")),
        ("point", theme.text, text("crossing with {k} or more")),
        ("dot", theme.change["rise"], text("rise")),
        ("dot", theme.change["fall"], text("fall")),
        *(
            ("cell", colour, f"{text.number(a)}–{text.number(b)}" if b else f"{text.number(a)}+")
            for colour, (a, b) in steps
        ),
    ]


PAGE = Page("corridors", N_("Corridors"), corridors.answer, draw)
