"""A map, a chart, a table: each with what it shows in one sentence for those who cannot see it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import admission, charts, exports, layers, session
from dashboard import ribbon as border
from dashboard.charts import trends
from dashboard.charts.border import along_border
from dashboard.components import maps
from dashboard.disclosure import Answer
from dashboard.i18n import Text
from dashboard.theme import Theme, theme

LEVEL = 0.05  # of p, below which a change of level is drawn


def shown_theme() -> Theme:
    """The theme that this visitor's browser shows."""
    return theme(st.context.theme.type)


def map_of(answer: Answer, text: Text, drawn: layers.Drawn, alt: str, height_px: int) -> None:
    """The country's map, or that of the districts in view. The key is fixed, so that a filter keeps the place."""
    drawn_ = layers.country(drawn, answer, text, shown_theme(), session.chosen_place())
    maps.show(drawn_, text, alt, height_px, f"map-{answer.question}")


def legend(entries: Sequence[tuple[str, str, str]]) -> None:
    """What the map's colours and shapes mean: (shape, colour, words); shape: a name of SHAPES."""
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:2px 14px;font-size:11.5px;line-height:1.5">'
        + "".join(_entry(*entry) for entry in entries)
        + "</div>"
    )


SHAPES = {
    "cell": "width:12px;height:12px;background:{0};border-radius:2px",
    "outlined": "width:10px;height:10px;background:{0};border:1.5px solid currentColor",
    "line": "width:18px;height:3px;background:{0}",
    "frame": "width:9px;height:9px;border:2px solid {0}",
    "hatch": "width:14px;height:12px;background:repeating-linear-gradient(135deg,{0} 0 1.5px,transparent 1.5px 5px)",
    "ring": "width:9px;height:9px;border:2px solid {0};border-radius:50%",
    "dot": "width:9px;height:9px;background:{0};border-radius:50%",
    "none": "width:0;height:0",
    "point": "width:9px;height:9px;border:1.5px solid {0};border-radius:50%",
}


def _entry(shape: str, colour: str, words: str) -> str:
    style = SHAPES[shape].format(colour)
    return (
        f'<span style="white-space:nowrap"><span style="display:inline-block;{style};margin-right:5px;'
        f'vertical-align:middle"></span>{words}</span>'
    )


def draw(chart: Any, alt: str) -> None:
    """A chart of Altair, not checked against the whole schema of Vega-Lite at every draw: the tests do that."""
    st.vega_lite_chart(spec=chart.to_dict(validate=False), theme=None, alt=alt)


def bars(rows: charts.Rows, text: Text, alt: str, height_px: int, top: int = 0) -> None:
    """Counts over time with the period before. top: a count that the scale holds at least."""
    draw(charts.over_time(rows, text, shown_theme(), height_px, top), alt)


def ranges(rows: charts.Rows, column: str, text: Text, alt: str, height_px: int) -> None:
    """Rounded counts over time, each with what it may be."""
    draw(charts.ranges(rows, column, text, shown_theme(), height_px), alt)


def weekly(answer: Answer, text: Text, alt: str, height_px: int) -> None:
    """Weeks with their usual range, and the week where the level changed, where that is evident."""
    (fit,) = answer.rows("trend")
    week = fit["change_week"] if fit["change_week"] and fit["change_p"] < LEVEL else None
    chart = trends.weekly(answer.rows("weeks"), week, text, shown_theme(), height_px)
    draw(chart, alt)


def monthly(answer: Answer, text: Text, alt: str, height_px: int) -> None:
    """Months with their usual range."""
    draw(trends.monthly(answer.rows("months"), text, shown_theme(), height_px), alt)


def calendar(rows: charts.Rows, text: Text, alt: str, height_px: int) -> None:
    """A square a day."""
    draw(trends.calendar(rows, text, shown_theme(), height_px), alt)


def districts(answer: Answer, text: Text, alt: str, height_px: int) -> None:
    """The districts' periods, three districts a chart, so that a narrow screen has them below one another."""
    rows = answer.rows("periods")
    codes, top = list(dict.fromkeys(row["adm2"] for row in rows)), charts.highest(rows, ("n",))
    name = answer.label(text.language)
    for i in range(0, len(codes), 3):
        if i % 6 == 0:
            columns = st.columns(2, gap="small")
        some = [row for row in rows if row["adm2"] in codes[i : i + 3]]
        chart = trends.districts(some, top, name, text, shown_theme(), height_px)
        with columns[i // 3 % 2]:
            draw(chart, alt)


def ribbon(answer: Answer, text: Text, alt: str, bars_px: int) -> None:
    """The border as one line; with a row a past period where the answer has them."""
    tables = {name: answer.rows(name) for name in ("stretches", "marks", "periods", "past") if name in answer.tables}
    shapes = border.draw(border.Ribbon(**tables), text, answer.label(text.language), shown_theme(), bars_px)
    draw(along_border(shapes, shown_theme(), text), alt)


def figures(rows: Sequence[tuple[str, str, str]]) -> None:
    """Key figures side by side, in more than one line where they have no room: a name, a figure, what it is beside."""
    with st.container(horizontal=True, gap="xsmall"):
        for row in rows:
            st.metric(*row, delta_color="off", delta_arrow="off", border=True)


def table(columns: Mapping[str, Sequence[object]], text: Text, alt: str, height_px: int | None = None) -> None:
    """A table of texts under translated headings; nothing is sorted or computed here, nor where it is taken away."""
    if not columns or not next(iter(columns.values())):
        st.caption(text("Nothing to list."))
        return
    told = {heading: [exports.cell(value) for value in values] for heading, values in columns.items()}
    st.dataframe(told, hide_index=True, height="content" if height_px is None else height_px, alt=alt)


def download(answer: Answer, table: str, text: Text) -> None:
    """A table to take away as CSV, for who may: a file's name says of which version it is."""
    if session.is_on_paper() or not admission.principal().may("export"):
        return
    noted = admission.taking()

    def made() -> bytes:
        noted(f"{answer.question} {table} v{answer.version:06d} {answer.reader}", answer.filters.to_link())
        return exports.as_csv(answer, table)

    st.download_button(
        "CSV",
        made,
        file_name=f"simanta-v{answer.version:06d}-{answer.question}-{table}.csv",
        mime="text/csv",
        type="tertiary",
        icon=":material/download:",
        key=f"download-{table}",
        help=text("Download this table as CSV"),
        on_click="ignore",
    )
