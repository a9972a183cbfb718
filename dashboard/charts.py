"""An Answer's table as an Altair chart, in the words and digits of one language."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboard.disclosure import HIDDEN, K, Row
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

AXIS_PX = 22
STUB = K / 2  # every withheld count is drawn at this height, so that its bar says no more than its words
LABELS = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED", "NEITHER")

Rows = Sequence[Row]


def over_time(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """Bars of n a bin, and a line of the same bins in the period before. rows: day, n, n_before with hidden twins."""
    data = alt.InlineData(values=[_bin(row, text) for row in rows])
    order = [text.day(row["day"]) for row in rows]
    x = alt.X("day:O", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8))
    bars = (
        alt.Chart(data)
        .mark_bar(color=theme.text)
        .encode(
            x=x,
            y=_count_axis(_highest(rows)),
            opacity=alt.condition("datum.hidden", alt.value(0.2), alt.value(0.5)),
            tooltip=["day:N", "tip:N", "was:N"],
        )
    )
    line = alt.Chart(data).mark_line(
        color=theme.accent, strokeDash=[5, 3], strokeWidth=2.2, point={"size": 22, "color": theme.accent}
    )
    return _dressed(bars + line.encode(x=x, y="before:Q", tooltip=["day:N", "was:N"]), text, theme, height_px)


def by_label(rows: Rows, text: Text, name: Label, theme: Theme, height_px: int) -> list[alt.Chart]:
    """A chart a label, all on one scale; a withheld count is a pale stub. rows: day, crime_label, n."""
    present = [code for code in LABELS if any(row["crime_label"] == code for row in rows)]
    each_px = max(60, (height_px - AXIS_PX) // max(1, len(present)))
    return [
        _of_label(code, rows, text, name("crime_label", code), theme, each_px, code == present[-1]) for code in present
    ]


def _of_label(code: str, rows: Rows, text: Text, title: str, theme: Theme, height_px: int, is_last: bool) -> alt.Chart:
    """Only the last of the charts, which stand under one another, names the days."""
    mine = [row for row in rows if row["crime_label"] == code]
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8) if is_last else None
    chart = (
        alt.Chart(alt.InlineData(values=[_bin(row, text) for row in mine]))
        .mark_bar(color=theme.label[code])
        .encode(
            x=alt.X("day:O", sort=[text.day(row["day"]) for row in mine], title=None, axis=axis),
            y=_count_axis(_highest(rows)),
            opacity=alt.condition("datum.hidden", alt.value(0.35), alt.value(1)),
            tooltip=["day:N", "tip:N", "was:N"],
        )
    )
    titled = chart.properties(title=alt.TitleParams(title, anchor="start", fontSize=11, color=theme.text, offset=2))
    return _dressed(titled, text, theme, height_px + AXIS_PX * is_last)


def _count_axis(highest: int) -> alt.Y:
    return alt.Y(
        "n:Q",
        title=None,
        scale=alt.Scale(domain=[0, highest * 1.08]),
        axis=alt.Axis(tickCount=3, tickMinStep=1),
    )


def _highest(rows: Rows) -> int:
    counts = [row[column] for row in rows for column in ("n", "n_before")]
    return max([K, *(count for count in counts if isinstance(count, int))])


def _bin(row: Row, text: Text) -> dict[str, Any]:
    return {
        "day": text.day(row["day"]),
        "n": STUB if row["n" + HIDDEN] else row["n"],
        "before": STUB if row["n_before" + HIDDEN] else row["n_before"],
        "hidden": bool(row["n" + HIDDEN]),
        "tip": text("now: {n}", n=shown(row, "n", text)),
        "was": text("before: {n}", n=shown(row, "n_before", text)),
    }


def shown(row: Row, column: str, text: Text) -> str:
    """A count as it may be read: its number, `<5` where it is withheld, a dash where there is none."""
    if row[column + HIDDEN]:
        return "<" + text.number(K)
    value = row[column]
    return text.number(value if isinstance(value, int) else None)


def _number_locale(text: Text) -> dict[str, Any]:
    """Digits of the axes and tooltips."""
    numerals = [text.digits(str(n)) for n in range(10)]
    return {"decimal": ".", "thousands": ",", "grouping": [3, 2], "currency": ["", ""], "numerals": numerals}


def _dressed(chart: Any, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    size = chart.properties(height=height_px, background="transparent")
    dressed: alt.Chart = (
        size.configure(font="Simanta", locale={"number": _number_locale(text)})
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=theme.grid,
            labelColor=theme.muted,
            labelFontSize=11,
            domainColor=theme.muted,
            tickColor=theme.muted,
        )
    )
    return dressed
