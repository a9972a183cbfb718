"""An Answer's table as an Altair chart, in the words and digits of one language."""

from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils import schemapi

from dashboard.disclosure import ALIKE, HIDDEN, K, Row, under
from dashboard.i18n import N_, Text
from dashboard.theme import Theme

schemapi.disable_debug_mode()  # else every part of a chart is checked against the whole schema as it is made

STUB = K / 2  # every withheld count is drawn at this height, so that its bar says no more than its words

FILLING = N_("reports still coming")
# Of days that stand side by side as many are named as have room, and none that the edge would cut.
DAYS = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, labelBound=True)

Rows = Sequence[Row]


def over_time(rows: Rows, text: Text, theme: Theme, height_px: int, top: int = 0) -> alt.Chart:
    """Bars of n a bin, and a line of the same bins in the period before. rows: day, n, n_before with hidden twins.

    is_provisional, where a row has it: whether its reports are still coming; such a bin stands on a shade.

    top: a count that the scale holds at least, so that two charts can share one.
    """
    data = alt.InlineData(values=tuple(_bin(row, text) for row in rows))  # a list is copied at every step
    order = [text.day(row["day"]) for row in rows]
    gap = alt.Scale(paddingInner=0.1)  # a shade would else take the gaps between the bars
    x = alt.X("day:O", sort=order, title=None, axis=DAYS, scale=gap)
    bars = (
        alt.Chart(data)
        .mark_bar(color=theme.text)
        .encode(
            x=x,
            y=count_axis(max(top, highest(rows))),
            opacity=alt.condition("datum.hidden", alt.value(0.2), alt.value(0.5)),
            tooltip=[alt.Tooltip("day:N"), alt.Tooltip("tip:N"), alt.Tooltip("was:N")],
        )
    )
    shade = (
        alt.Chart(data)
        .transform_filter("datum.filling")
        .mark_rect(color=theme.muted, opacity=0.3)
        .encode(x=x, tooltip=[alt.Tooltip("day:N"), alt.Tooltip("tip:N")])
    )
    line = alt.Chart(data).mark_line(
        color=theme.accent, strokeDash=[5, 3], strokeWidth=2.2, point={"size": 22, "color": theme.accent}
    )
    return dressed(
        shade + bars + line.encode(x=x, y=alt.Y("before:Q"), tooltip=[alt.Tooltip("day:N"), alt.Tooltip("was:N")]),
        text,
        theme,
        height_px,
    )


def ranges(rows: Rows, column: str, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A bar a period with a line from the least to the most that it may be. rows: column, n, least, most."""
    data = [
        {
            "when": text.month(row[column]),
            "n": row["n"] or 0,
            "least": row["least"],
            "most": row["most"],
            "tip": f"{text.month(row[column])}: {text.number(row['least'])}–{text.number(row['most'])}",
        }
        for row in rows
    ]
    base = alt.Chart(alt.InlineData(values=data)).encode(
        x=alt.X(
            "when:O",
            sort=[each["when"] for each in data],
            title=None,
            axis=DAYS,
        ),
        tooltip=[alt.Tooltip("tip:N")],
    )
    top = max([K, *(each["most"] for each in data)])
    bars = base.mark_bar(color=theme.text, opacity=0.4).encode(y=count_axis(top))
    return dressed(
        bars + base.mark_rule(color=theme.accent, strokeWidth=2).encode(y=alt.Y("least:Q"), y2=alt.Y2("most:Q")),
        text,
        theme,
        height_px,
    )


def count_axis(highest: int) -> alt.Y:
    """The axis of counts, from 0 to a little above the highest."""
    return alt.Y(
        "n:Q",
        title=None,
        scale=alt.Scale(domain=[0, highest * 1.08]),
        axis=alt.Axis(tickCount=3, tickMinStep=1),
    )


def highest(rows: Rows, columns: Sequence[str] = ("n", "n_before")) -> int:
    """The largest count that may be read, at least that of a stub: the top of a shared scale."""
    counts = [row[column] for row in rows for column in columns]
    return max([K, *(count for count in counts if isinstance(count, int))])


def _bin(row: Row, text: Text) -> dict[str, Any]:
    return {
        "day": text.day(row["day"]),
        "n": STUB if row["n" + HIDDEN] else row["n"],
        "before": STUB if row["n_before" + HIDDEN] else row["n_before"],
        "hidden": bool(row["n" + HIDDEN]),
        "filling": bool(row.get("is_provisional")),
        "tip": text("now: {n}", n=shown(row, "n", text)) + (f"; {text(FILLING)}" if row.get("is_provisional") else ""),
        "was": text("before: {n}", n=shown(row, "n_before", text)),
    }


def shown(row: Row, column: str, text: Text) -> str:
    """A count as it may be read: its number, `<5` or that it is withheld, a dash where there is none."""
    if row[column + HIDDEN]:
        return text("withheld") if row.get(ALIKE) else "<" + text.number(under(row, column))
    value = row[column]
    return text.number(value if isinstance(value, int) else None)


def _number_locale(text: Text) -> dict[str, Any]:
    """Digits of the axes and tooltips."""
    numerals = [text.digits(str(n)) for n in range(10)]
    return {"decimal": ".", "thousands": ",", "grouping": [3, 2], "currency": ["", ""], "numerals": numerals}


def dressed(chart: Any, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A chart in the colours, type and digits of the house."""
    size = chart.properties(height=height_px, background="transparent")
    dressed: alt.Chart = (
        size.configure(font="Simanta", locale={"number": _number_locale(text)})
        .configure_mark(aria=False)  # the words beside the picture speak for it, not each of its marks
        .configure_view(stroke=None)
        .configure_legend(aria=False)
        .configure_axis(
            aria=False,
            gridColor=theme.grid,
            labelColor=theme.muted,
            labelFontSize=11,
            domainColor=theme.muted,
            tickColor=theme.muted,
        )
    )
    return dressed
