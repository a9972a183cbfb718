"""A map, a chart, a table: each with what it shows in one sentence for those who cannot see it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import charts, layers
from dashboard.disclosure import Answer
from dashboard.i18n import Text
from dashboard.theme import Theme, theme


def shown_theme() -> Theme:
    """The theme that this visitor's browser shows."""
    return theme(st.context.theme.type)


def map_of(answer: Answer, text: Text, drawn: layers.Drawn, alt: str, height_px: int) -> None:
    """The country's map. The key is fixed, so that a filter keeps the place."""
    deck = layers.country(drawn, answer, text, shown_theme())
    st.pydeck_chart(deck, height=height_px, key=f"map-{answer.question}", alt=alt)


def legend(entries: Sequence[tuple[str, str, str]]) -> None:
    """What the map's colours and shapes mean: (shape, colour, words); shape: cell, line, ring, outline."""
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:2px 14px;font-size:11.5px;line-height:1.5">'
        + "".join(_entry(*entry) for entry in entries)
        + "</div>"
    )


SHAPES = {
    "cell": "width:12px;height:12px;background:{0};border-radius:2px",
    "outlined": "width:10px;height:10px;background:{0};border:1.5px solid currentColor",
    "line": "width:18px;height:3px;background:{0}",
    "ring": "width:9px;height:9px;border:2px solid {0};border-radius:50%",
    "none": "width:0;height:0",
    "point": "width:9px;height:9px;border:1.5px solid {0};border-radius:50%",
}


def _entry(shape: str, colour: str, words: str) -> str:
    style = SHAPES[shape].format(colour)
    return (
        f'<span style="white-space:nowrap"><span style="display:inline-block;{style};margin-right:5px;'
        f'vertical-align:middle"></span>{words}</span>'
    )


def bars(rows: charts.Rows, text: Text, alt: str, height_px: int) -> None:
    """Counts over time with the period before."""
    st.altair_chart(charts.over_time(rows, text, shown_theme(), height_px), theme=None, alt=alt)


def labelled_bars(rows: charts.Rows, text: Text, answer: Answer, alt: str, height_px: int) -> None:
    """Counts over time, a row a label."""
    for chart in charts.by_label(rows, text, answer.label(text.language), shown_theme(), height_px):
        st.altair_chart(chart, theme=None, alt=alt)


def table(columns: Mapping[str, Sequence[object]], text: Text, alt: str, height_px: int | None = None) -> None:
    """A table of texts under translated headings; nothing is sorted or computed here."""
    if not columns or not next(iter(columns.values())):
        st.caption(text("Nothing to list."))
        return
    st.dataframe(columns, hide_index=True, height="content" if height_px is None else height_px, alt=alt)
