"""The border as one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dashboard.charts import dressed
from dashboard.i18n import Text
from dashboard.theme import Theme

NO_PADDING = dict.fromkeys(("left", "right", "top", "bottom"), 0)  # Streamlit adds 20 px below a chart that says 0


@dataclass(frozen=True)
class Shapes:
    """What a ribbon is made of: x in km along the line, y in pixels from the top; base_px: the line of no detections.

    rects: x, x2, y, y2, colour, tip.   posts: x, y, tip.   words: x, y, name, align, colour, tip, and min_px: the least
    width of the chart at which a word is drawn, so that no other lies within its own width.
    """

    length_km: float
    height_px: int
    base_px: float
    rects: Sequence[dict[str, Any]]
    posts: Sequence[dict[str, Any]]
    words: Sequence[dict[str, Any]]


def along_border(shapes: Shapes, theme: Theme, text: Text) -> alt.Chart:
    """The border ribbon: one layered chart on one x, km along the line, and one y, pixels from the top.

    A word is drawn only where the chart is as wide as its `min_px`, which is asked in the browser.
    """
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, shapes.length_km], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[shapes.height_px, 0], nice=False))
    rects = (
        alt.Chart(alt.InlineData(values=tuple(shapes.rects)))
        .mark_rect()
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            color=alt.Color("colour:N", scale=None),
            tooltip=alt.Tooltip("tip:N"),
        )
    )
    line = alt.Chart(alt.InlineData(values=[{"y": shapes.base_px}])).mark_rule(color=theme.text).encode(y=y)
    posts = alt.Chart(alt.InlineData(values=tuple(shapes.posts))).mark_point(
        shape="triangle-up", size=16, filled=True, color=theme.text, opacity=1
    )
    layers = [rects, line, posts.encode(x=x, y=y, tooltip=alt.Tooltip("tip:N"))]
    layers += [_written(shapes.words, align, x, y) for align in ("left", "center", "right")]
    chart = alt.layer(*layers).properties(width="container", padding=NO_PADDING)
    return dressed(chart, text, theme, shapes.height_px)


def _written(names: Sequence[dict[str, Any]], align: Any, x: alt.X, y: alt.Y) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=tuple(each for each in names if each["align"] == align)))
        .transform_filter("width >= datum.min_px")
        .mark_text(align=align, baseline="middle", fontSize=11)
        .encode(
            x=x, y=y, text=alt.Text("name:N"), color=alt.Color("colour:N", scale=None), tooltip=alt.Tooltip("tip:N")
        )
    )
    return chart
