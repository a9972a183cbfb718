"""What a page shows to a reader of protected figures: the part of its question that the lattice carries."""

from datetime import date

import streamlit as st

from dashboard import cell_layers, layers
from dashboard.components import caveat, choosing, pictures, words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

BARS_PX, MAP_PX, LIST_PX = 190, 476, 420
NAMED = {
    "labels": (N_("Labels"), "crime_label", "crime_label"),
    "districts": (N_("Districts"), "adm2", "district"),
    "crossings": (N_("Crossings"), "crossing", "crossing"),
}
SERIES = {"months": (N_("By month"), "month"), "quarters": (N_("By quarter"), "quarter")}
NOT_CARRIED = {
    "type": N_("event types"),
    "agency": N_("agencies"),
    "prec": N_("how exactly a place is known"),
    "effort": N_("recorded effort"),
}


def drawn(page: Page, answer: Answer, text: Text) -> None:
    """An Answer, live or frozen, as its page draws it for this reader."""
    (page.draw if page.is_whole_for(answer.reader) else draw)(answer, text)


def draw(answer: Answer, text: Text) -> None:
    """The finding, how these figures are made, and each table; or that this page tells nothing to this reader."""
    if not answer.notes["carried"]:
        st.subheader(text("This page is not shown to readers of protected figures."))
        st.write(text("What it tells cannot be made of rounded counts without giving small ones away."))
        return
    if answer.tables["totals"].num_columns < 3:
        st.subheader(text("No detections match. No record here is not the same as no event."))
        return
    (totals,) = answer.rows("totals")
    st.subheader(headline(answer, totals, text))
    st.caption(" ".join(_made(answer, text)))
    series = [name for name in SERIES if name in answer.tables]
    for name, column in zip(series, st.columns(max(len(series), 1), gap="medium"), strict=False):
        with column, st.container(border=True, gap="xxsmall"):
            _over_time(answer, name, text)
    if "cells" in answer.tables:
        _on_a_map(answer, text)
    listed = [name for name in NAMED if name in answer.tables]
    for name, column in zip(listed, st.columns(len(listed), gap="medium"), strict=True):
        with column:
            _compared(answer, name, text)
    st.caption(
        " · ".join(
            [
                text("As of {day}", day=answer.as_of),
                text("data") + f" v{answer.version:06d}",
                text("detections, not persons and not prevalence"),
                text("policy") + f" {answer.notes['policy']}",
            ]
        )
    )
    if answer.notes["is_practice"]:
        caveat.invented(answer, text)


def headline(answer: Answer, totals: Row, text: Text) -> str:
    """About how many, against about how many, and what that says."""
    said = text(
        "{n} detections, {period}; {before} in the period compared.",
        n=about(totals, text),
        period=answer.filters.period(text),
        before=about(totals, text, "_before"),
    )
    verdict = text(words.VERDICT[totals["verdict"]])
    ratio = words.ratio(totals, text)
    return f"{said[:1].upper()}{said[1:]} {verdict[:1].upper()}{verdict[1:]}{'' if ratio == '–' else f', {ratio}'}."


def about(row: Row, text: Text, when: str = "") -> str:
    """about 15 (11–19); <5 where it may be none."""
    return caveat.told(row, "n" + when, text)


def _made(answer: Answer, text: Text) -> list[str]:
    """Of what these figures are made, and what was asked and is not in them."""
    said = [
        text(
            "Protected figures: rounded, so that no small count can be found by subtracting. In brackets what it is in "
            "95 of 100 cases; what is shown as under a number may be none."
        ),
        text("They are of whole quarters."),
    ]
    if left_out := answer.notes["left_out"]:
        names = ", ".join(text(NOT_CARRIED[each]) for each in left_out.split(","))
        said.append(text("They are not told apart by {names}: those filters are left out here.", names=names))
    return said


def _over_time(answer: Answer, name: str, text: Text) -> None:
    heading, column = SERIES[name]
    rows = answer.rows(name)
    st.markdown("**" + text(heading) + "**")
    if not rows:
        st.caption(
            text("Months are told of the whole country and all labels alone, in quarters with enough detections.")
        )
        return
    pictures.ranges(rows, column, text, text("Bars: detections, rounded. Lines: what they may be."), BARS_PX)
    with st.expander(text("The same as a table")):
        told = [text.month(row[column]) if name == "months" else _quarter(row[column], text) for row in rows]
        shown = {text(heading): told, text("Detections"): [about(row, text) for row in rows]}
        pictures.table({key: values[::-1] for key, values in shown.items()}, text, text("Detections over time."), 245)


def _quarter(first: date, text: Text) -> str:
    """Jul 2026 to Sep 2026, by its first day."""
    return text("{first} to {last}", first=text.month(first), last=text.month(first.replace(month=first.month + 2)))


def _on_a_map(answer: Answer, text: Text) -> None:
    """Cells with a count, as a map and as a table; and what stands in them, and does not."""
    rows, theme = answer.rows("cells"), pictures.shown_theme()
    left, right = st.columns([0.55, 0.45], gap="medium")
    with left:
        alt = text("Map of cells by rounded count. The table beside it lists them.")
        pictures.map_of(answer, text, cell_layers.rounded, alt, MAP_PX)
        steps = zip(theme.steps[1:], layers.break_words()[1:], strict=True)
        pale = ("cell", f"{theme.steps[-1]}40", text("counted with the cell beside it"))
        pictures.legend([*(("outlined", colour, text.digits(each)) for colour, each in steps), pale])
    with right:
        st.markdown("**" + text("Cells") + "**")
        name = answer.label(text.language)
        columns = {
            text("Around"): [name("district", row["adm2"]) for row in rows],
            text("Detections"): [about(row, text) for row in rows],
            text("Cell"): [layers.h3_of(row["cell"]) for row in rows],
        }
        alt = text("Cells with their rounded count, most first.")
        places = [cell_layers.cells_of(row) for row in rows]
        choosing.table(columns, places, text, alt, "protected-cells", LIST_PX if len(rows) > 11 else None)
        pictures.download(answer, "cells", text)
        st.caption(" ".join(_in_cells(answer, text)))


def _in_cells(answer: Answer, text: Text) -> list[str]:
    """What a count of a cell holds, what it does not, and why no cluster is named."""
    said = [
        text(
            "A cell holds what is placed well enough for it, and what names a crossing in it; what is known to its "
            "district only lies on no cell. A cell under half of which is land of the country is counted with the "
            "next one."
        ),
        text("No cell is tested, and no cluster named: of rounded counts that would find the rounding."),
    ]
    if answer.notes["is_of_some_labels"]:
        said.append(text("Cells are told of all labels together."))
    if answer.filters.choices.get("d"):
        said.append(text("A cell that reaches beyond a district also holds what lies there."))
    if answer.filters.choices.get("x"):
        said.append(text("Cells are told of all that lies in them, at whichever crossing."))
    if not_placed := answer.notes["not_placed"]:
        days = [_quarter(date.fromisoformat(day), text) for day in not_placed.split(",")]
        said.append(text("No cell is told of these quarters: {quarters}.", quarters="; ".join(days)))
    return said


def _compared(answer: Answer, name: str, text: Text) -> None:
    heading, key, codes = NAMED[name]
    rows, label = answer.rows(name), answer.label(text.language)
    st.markdown("**" + text(heading) + "**")
    pictures.table(
        {
            text(heading): [label(codes, str(row[key])) for row in rows],
            text("Now"): [about(row, text) for row in rows],
            text("Before"): [about(row, text, "_before") for row in rows],
            text("Change"): [words.verdict(row, text) for row in rows],
        },
        text,
        text("Counts now and before, rounded."),
        420 if len(rows) > 11 else None,
    )
    pictures.download(answer, name, text)
