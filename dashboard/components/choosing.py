"""A table whose chosen row is what is chosen on the map: the keyboard's way to what a click on the map does."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from pandas import DataFrame
from pandas.io.formats.style import Styler

from dashboard import exports, session
from dashboard.components import pictures
from dashboard.i18n import Text
from dashboard.theme import legible

Columns = Mapping[str, Sequence[object]]
Places = Sequence[Sequence[str]]  # per row all that it stands for; the first is what choosing the row chooses


def table(
    columns: Columns,
    places: Places,
    text: Text,
    alt: str,
    key: str,
    height_px: int | None = None,
    default: int | None = None,
    config: Mapping[str, Any] | None = None,
) -> None:
    """Texts under translated headings; the row of what is chosen is marked, or the default one where none is."""
    if not places:
        st.caption(text("Nothing to list."))
        return
    at = _row_of(session.chosen_place(), places, default)
    st.dataframe(
        {heading: [exports.cell(value) for value in values] for heading, values in columns.items()},
        hide_index=True,
        height="content" if height_px is None else height_px,
        on_select=partial(_choose, key, places),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if at is None else [at], "columns": [], "cells": []}},
        column_config=config,
        key=_mounted(key, at),
        alt=alt,
    )


def _row_of(place: str | None, places: Places, default: int | None) -> int | None:
    return next((i for i, names in enumerate(places) if place in names), default)


def _mounted(key: str, at: int | tuple[int, str] | None) -> str:
    """The table's key: another one only where the choice came from elsewhere, so that a keyboard keeps its place.

    What is chosen in a table on the screen cannot be set from here; a table that is new begins with it.
    """
    seen, times = st.session_state.get(_seen(key), (at, 0))
    if seen != at:
        times += 1
    st.session_state[_seen(key)] = (at, times)
    return f"{key}-{times}"


def _seen(key: str) -> str:
    return f"{key}-seen"


def _choose(key: str, places: Places) -> None:
    _, times = st.session_state[_seen(key)]
    rows: Collection[int] = st.session_state[f"{key}-{times}"]["selection"]["rows"]
    at = next((row for row in rows if row < len(places)), None)
    st.session_state[_seen(key)] = (at, times)
    session.choose_place(None if at is None else places[at][0])


def cells(
    columns: Columns,
    names: Sequence[Sequence[str]],
    shades: Sequence[Sequence[str | None]],
    text: Text,
    alt: str,
    key: str,
    default: str | None = None,
) -> None:
    """A grid of which each cell can be chosen, by a click or the arrow keys; its width is the page's.

    names, shades: (rows, columns) what choosing a cell chooses, and its ground as a hex colour or None.
    default: what is marked where nothing in the grid is chosen.
    """
    heads = list(columns)
    where = [(name, (row, heads[at])) for row, each in enumerate(names) for at, name in enumerate(each)]
    known = {name for name, _ in where}
    place = session.chosen_place() if session.chosen_place() in known else default
    kept, _ = st.session_state.get(_seen(key), (None, 0))  # of two cells that choose the same, the one that was taken
    at = next((cell for name, cell in where if name == place and cell == kept), dict(where).get(place or ""))
    st.dataframe(
        _shaded(columns, shades),
        hide_index=True,
        height="content",
        on_select=partial(_choose_cell, key, heads, names),
        selection_mode="single-cell",
        selection_default={"selection": {"rows": [], "columns": [], "cells": [] if at is None else [at]}},
        key=_mounted(key, at),
        alt=alt,
    )


def _shaded(columns: Columns, shades: Sequence[Sequence[str | None]]) -> Styler:
    """The texts as a table whose cells have a ground, and letters of the theme that can be read on it."""
    told = DataFrame({heading: [exports.cell(value) for value in values] for heading, values in columns.items()})
    theme = pictures.shown_theme()
    styles = [
        ["" if shade is None else f"background-color:{shade};color:{legible(shade, theme)}" for shade in row]
        for row in shades
    ]
    return told.style.apply(lambda _: DataFrame(styles, told.index, told.columns), axis=None)


def _choose_cell(key: str, heads: Sequence[str], names: Sequence[Sequence[str]]) -> None:
    _, times = st.session_state[_seen(key)]
    cells_: Sequence[tuple[int, str]] = st.session_state[f"{key}-{times}"]["selection"]["cells"]
    at = (cells_[0][0], cells_[0][1]) if cells_ else None
    st.session_state[_seen(key)] = (at, times)
    session.choose_place(None if at is None else names[at[0]][heads.index(at[1])])
