"""Playback: where detections were week by week or month by month, as far as each count may be told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard import layers, session
from dashboard.answers import playback
from dashboard.charts import shown
from dashboard.components import caveat, choosing, maps, pictures, switches, words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX, TABLE_PX, MOST_ROWS = 404, 395, 11
SLICES = {"month": N_("Months"), "week": N_("Weeks")}
SHORTEST = 6  # frames, below which the range that is played begins at the first of all
KEY = "slice"


def headline(answer: Answer, text: Text) -> str:
    """The month and cell with most detections, of those that may be told; or that none may."""
    if nothing := words.none_match(answer, text):
        return nothing
    for slice_ in SLICES:
        if rows := [row for row in answer.rows("framed") if row["slice"] == slice_]:
            most = max(rows, key=lambda row: (row["n"], row["first_day"]))
            place = answer.label(text.language)("district", most["adm2"])
            said = N_("Most on one cell in a month: {n} around {place}, {when}.")
            if slice_ == "week":
                said = N_("Most on one cell in a week: {n} around {place}, {when}.")
            return text(said, n=most["n"], place=place, when=_when(_frame(answer, most), text))
    return text("No cell has five detections in a week or month that may be told.")


def _frame(answer: Answer, row: Row) -> Row:
    """The frame of a cell's row."""
    same = ("slice", "first_day")
    return next(each for each in answer.rows("frames") if all(each[name] == row[name] for name in same))


def _when(frame: Row, text: Text) -> str:
    if frame["slice"] == "month":
        return text.month(frame["first_day"])
    return text("week to {day}", day=frame["last_day"])


def choose(answer: Answer, text: Text) -> None:
    """Takes the week or month at which the playback stands as the period of every page."""
    slice_ = str(st.session_state.get(KEY) or "month")
    frame = _standing(_frames(answer, slice_), maps.standing(_key(slice_)))
    if frame is not None:
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button(
                text("Make {when} the period of every page", when=_when(frame, text)),
                on_click=lambda: session.choose(
                    replace(session.chosen(), date_from=frame["first_day"], date_to=frame["last_day"])
                ),
                type="tertiary",
                key="take-frame",
            )


def _key(slice_: str) -> str:
    return f"playback-{slice_}"


def _frames(answer: Answer, slice_: str) -> list[Row]:
    return [row for row in answer.rows("frames") if row["slice"] == slice_]


def _standing(frames: Sequence[Row], key: str | None) -> Row | None:
    """The frame of a key; the last one where it has none."""
    found = (each for each in frames if each["first_day"].isoformat() == key)
    return next(found, frames[-1] if frames else None)


def draw(answer: Answer, text: Text) -> None:
    """The map that plays left; right the frame at which it stands, as a table."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.54, 0.46], gap="medium")
    with left:
        slice_ = switches.switch(text("What one step is"), SLICES, text, KEY)
        frames = _frames(answer, slice_)
        frame = _standing(frames, _played(answer, frames, slice_, text) if frames else None)
        pictures.legend(_legend(text))
    with right:
        if frame is None:
            st.caption(text("The data hold no whole week or month yet."))
        else:
            _table(answer, frame, text)
            st.caption(_how(answer, slice_, frames, text))
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _played(answer: Answer, frames: Sequence[Row], slice_: str, text: Text) -> str | None:
    """The player; its range begins with the period of the page, where that is long enough to be played."""
    told = [
        {
            "key": row["first_day"].isoformat(),
            "name": _when(row, text),
            "note": text("reports are still coming") if row["is_filling"] else "",
        }
        for row in frames
    ]
    start = answer.filters.date_from or date.min
    first = sum(row["first_day"] < start for row in frames)
    return maps.play(
        layers.played(answer, slice_, text, pictures.shown_theme(), session.chosen_place()),
        told,
        first if len(frames) - first >= SHORTEST else 0,
        text,
        text("Map that plays cells over time. The table beside it lists the week or month at which it stands."),
        MAP_PX,
        _key(slice_),
    )


def _table(answer: Answer, frame: Row, text: Text) -> None:
    same = ("slice", "first_day")
    rows = [row for row in answer.rows("framed") if all(row[name] == frame[name] for name in same)]
    rows.sort(key=lambda row: (-row["n"], row["cell"]))
    name = answer.label(text.language)
    st.markdown(f"**{_when(frame, text)}**")
    counted = text(
        "{n} detections on any cell; on the {cells} cells shown {told}.",
        n=shown(frame, "n", text),
        cells=len(rows),
        told=shown(frame, "n_told", text),
    )
    filling = text("Reports for it are still coming.") if frame["is_filling"] else ""
    st.markdown(" ".join(filter(None, [counted, filling])))
    columns = {
        text("Around"): [name("district", row["adm2"]) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Cell"): [layers.h3_of(row["cell"]) for row in rows],
    }
    alt = text("Cells of this week or month with their detections.")
    height_px = TABLE_PX if len(rows) > MOST_ROWS else None
    choosing.table(columns, [[layers.h3_of(row["cell"])] for row in rows], text, alt, "playback-cells", height_px)


def _how(answer: Answer, slice_: str, frames: Sequence[Row], text: Text) -> str:
    """How coarse the cells are and why, and how much of the detections is seen."""
    n, told = (sum(row[name] or 0 for row in frames) for name in ("n", "n_told"))
    seen = text.percent(told / n) if n else text.value(None)
    return " ".join(
        [
            text(
                "Cells of resolution {r}, coarse enough that counts can be told. {share} of the detections are on a "
                "cell that is shown; the others are under {k} on their cell, or would give such a count away.",
                r=int(answer.notes[f"resolution_{slice_}"] or 0),
                share=seen,
            ),
            text("An empty place is not a place without detections. Colours mean the same at every step."),
        ]
    )


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    breaks = layers.break_words()[1:]
    return [
        *[("cell", colour, text.digits(each)) for colour, each in zip(theme.steps[1:], breaks, strict=True)],
        ("none", "", text("detections on the cell in the week or month")),
    ]


PAGE = Page("playback", N_("Playback"), playback.answer, draw, choose)
