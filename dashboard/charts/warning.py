"""How rare a week is, and districts against what was expected."""

import json
from math import log10

import altair as alt

from dashboard.charts import DAYS, STUB, Rows, dressed, shown
from dashboard.disclosure import HIDDEN
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

TINY, RAREST = 1e-9, 3.0  # the smallest q that has a logarithm here; bars end at a q of 0.001


def rarity(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A bar a week, the higher the rarer its rarest series, and the limit. rows: day, alarms, q (null: withheld)."""
    data = [
        {
            "day": text.day(row["day"]),
            "height": min(max(-log10(max(row["q"], TINY)), 0.04), RAREST) if row["q"] is not None else 0.04,
            "rang": bool(row["alarms"]),
            "tip": text("q {q}", q=text.number(row["q"], "0.000")),
        }
        for row in rows
    ]
    order = [text.day(row["day"]) for row in rows]
    names = {str(i): text.number(10.0**-i, "0.###") for i in range(int(RAREST) + 1)}
    x = alt.X("day:O", sort=order, title=None, axis=DAYS)
    y = alt.Y(
        "height:Q",
        title="q",
        scale=alt.Scale(domain=[0, RAREST]),
        axis=alt.Axis(values=list(range(int(RAREST) + 1)), labelExpr=f"{json.dumps(names)}[datum.value]"),
    )
    colour = alt.condition("datum.rang", alt.value(theme.hot[2]), alt.value(theme.before))
    bars = alt.Chart(alt.InlineData(values=data)).mark_bar().encode(x=x, y=y, color=colour, tooltip=["day:N", "tip:N"])
    limit = alt.Chart(alt.InlineData(values=[{"limit": -log10(0.05)}])).mark_rule(color=theme.accent, strokeWidth=1.6)
    return dressed(bars + limit.encode(y="limit:Q"), text, theme, height_px)


def against_expected(rows: Rows, text: Text, name: Label, theme: Theme, height_px: int) -> alt.Chart:
    """A bar a district, and a tick at what was expected. rows: adm2, rings, n, expected."""
    data = [
        {
            "place": name("district", str(row["adm2"])),
            "n": STUB if row["n" + HIDDEN] else row["n"],
            "expected": row["expected"],
            "rings": bool(row["rings"]),
            "tip": text("now: {n}", n=shown(row, "n", text)),
        }
        for row in rows
    ]
    order = [name("district", str(row["adm2"])) for row in rows]
    y = alt.Y("place:N", sort=order, title=None, axis=alt.Axis(labelLimit=130))
    colour = alt.condition("datum.rings", alt.value(theme.hot[2]), alt.value(theme.before))
    chart = alt.Chart(alt.InlineData(values=data))
    bars = chart.mark_bar().encode(
        x=alt.X("n:Q", title=None, axis=alt.Axis(tickCount=5, tickMinStep=1)),
        y=y,
        color=colour,
        tooltip=["place:N", "tip:N"],
    )
    ticks = chart.mark_tick(color=theme.accent, thickness=3).encode(x="expected:Q", y=y)
    return dressed(bars + ticks, text, theme, height_px)
