"""The pictures of Data quality: how exactly detections are placed, and how soon agencies report."""

from collections.abc import Mapping
from datetime import date

import altair as alt

from dashboard.charts import Rows, dressed, shown
from dashboard.i18n import Text
from dashboard.theme import Theme


def quarters(rows: Rows, names: Mapping[str, str], text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """Bars a quarter of parts that stand on one another, without those withheld. rows: quarter, n_… as in names."""
    data = [
        {
            "quarter": quarter(row["quarter"], text),
            "part": words,
            "place": place,
            "n": row[column],
            "tip": f"{quarter(row['quarter'], text)}, {words}: {shown(row, column, text)}",
        }
        for row in rows
        for place, (column, words) in enumerate(names.items())
        if row[column]
    ]
    order = [quarter(row["quarter"], text) for row in rows]
    chart = (
        alt.Chart(alt.InlineData(values=data))
        .mark_bar()
        .encode(
            x=alt.X(
                "quarter:O", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelBound=True)
            ),
            y=alt.Y("n:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1)),
            color=alt.Color(
                "part:N", scale=alt.Scale(domain=list(names.values()), range=list(theme.precision)), legend=None
            ),
            order=alt.Order("place:Q"),
            tooltip=["tip:N"],
        )
    )
    return dressed(chart, text, theme, height_px)


def quarter(first_day: date, text: Text) -> str:
    """A quarter of a year as its first month and year would be too long: Q3 2026."""
    return text("Q{n} {year}", n=(first_day.month + 2) // 3, year=text.digits(str(first_day.year)))


def spans(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A dot at the median and a bar to the 90th percentile, a row a name. rows: name, median_d, p90_d, tip."""
    y = alt.Y("name:N", sort=[row["name"] for row in rows], title=None)
    most = max(row["p90_d"] or row["median_d"] for row in rows)
    scale = alt.Scale(domain=[0, max(1, most * 1.05)])
    x = alt.X("median_d:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5, tickMinStep=1))
    base = alt.Chart(alt.InlineData(values=[dict(row) for row in rows])).encode(y=y, tooltip=["tip:N"])
    bars = base.transform_filter("isValid(datum.p90_d)").mark_bar(color=theme.before, height=9)
    dots = base.mark_circle(color=theme.accent, size=70, opacity=1)
    return dressed(bars.encode(x=x, x2="p90_d:Q") + dots.encode(x=x), text, theme, height_px)
