"""The pictures of Response: first label by label now, steps by persons, hand-overs against a term, parts of a whole."""

from collections.abc import Sequence

import altair as alt

from dashboard.charts import Rows, dressed
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

LABELS = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED", "NEITHER")
BIGGEST = 1500  # area of the largest circle, pixels squared


def bubbles(rows: Rows, text: Text, name: Label, theme: Theme, height_px: int) -> alt.Chart:
    """A circle a first label and label now, its area the count, which stands in or beside it. rows: as told, n each."""
    words = {code: name("crime_label", code) for code in LABELS}
    data = [
        {
            "first": words[row["first_label"]],
            "now": words[row["label_now"]],
            "n": row["n"],
            "said": text.number(row["n"]),
            "code": row["label_now"],
            "tip": f"{words[row['first_label']]} → {words[row['label_now']]}: {text.number(row['n'])}",
        }
        for row in rows
    ]
    order = list(words.values())
    base = alt.Chart(alt.InlineData(values=data)).encode(
        x=alt.X("now:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_named()),
        y=alt.Y("first:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_named()),
        tooltip=["tip:N"],
    )
    colours = alt.Scale(domain=list(LABELS), range=[theme.label[code] for code in LABELS])
    most = max((row["n"] for row in rows), default=1)
    circles = base.mark_circle(opacity=0.55).encode(
        size=alt.Size("n:Q", scale=alt.Scale(domain=[0, most], range=[0, BIGGEST]), legend=None),
        color=alt.Color("code:N", scale=colours, legend=None),
    )
    return dressed(
        circles + base.mark_text(color=theme.text, fontSize=12).encode(text="said:N"), text, theme, height_px
    )


def _named() -> alt.Axis:
    return alt.Axis(labelAngle=0, labelLimit=110, labelOverlap="greedy", labelBound=True, grid=True)


def stacked(
    rows: Rows, names: Sequence[str], colours: Sequence[str], text: Text, theme: Theme, height_px: int
) -> alt.Chart:
    """A bar a name of parts beside one another. rows: name, part (of names), n, tip; what is withheld has no row."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    data = [dict(row) | {"place": names.index(row["part"])} for row in rows]
    chart = (
        alt.Chart(alt.InlineData(values=data))
        .mark_bar(height={"band": 0.72})
        .encode(
            y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=150)),
            x=alt.X("n:Q", title=None, axis=alt.Axis(tickCount=4, tickMinStep=1)),
            color=alt.Color("part:N", scale=alt.Scale(domain=list(names), range=list(colours)), legend=None),
            order=alt.Order("place:Q"),
            tooltip=["tip:N"],
        )
    )
    return dressed(chart, text, theme, height_px)


def against_terms(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A dot at the median, a bar to nine of ten, and a tick at the term, where there is one, by pair of agencies.

    rows: name, median_d, p90_d, term_d (null for none), tip.
    """
    y = alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=alt.Axis(labelLimit=220))
    most = max(row[column] or 0 for row in rows for column in ("median_d", "p90_d", "term_d"))
    x = alt.Scale(domain=[0, max(1, most * 1.05)])
    axis = alt.Axis(tickCount=5, tickMinStep=1)
    base = alt.Chart(alt.InlineData(values=[dict(row) for row in rows])).encode(y=y, tooltip=["tip:N"])
    bars = base.transform_filter("isValid(datum.p90_d)").mark_bar(color=theme.before, height=9)
    dots = base.mark_circle(color=theme.accent, size=70, opacity=1)
    ticks = base.transform_filter("isValid(datum.term_d)").mark_tick(color=theme.change["rise"], thickness=2.5, size=18)
    layers = (
        bars.encode(x=alt.X("median_d:Q", title=None, scale=x, axis=axis), x2="p90_d:Q"),
        dots.encode(x=alt.X("median_d:Q", title=None, scale=x, axis=axis)),
        ticks.encode(x=alt.X("term_d:Q", title=None, scale=x, axis=axis)),
    )
    return dressed(alt.layer(*layers), text, theme, height_px)
