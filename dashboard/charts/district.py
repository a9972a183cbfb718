"""The picture of the district brief: each label's count before and now."""

import altair as alt

from dashboard.charts import Rows, count_axis, dressed, highest
from dashboard.disclosure import HIDDEN
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

LABELS = ("TIP", "SOM", "TIP_AND_SOM", "UNDETERMINED", "NEITHER")


def slope(rows: Rows, text: Text, name: Label, theme: Theme, height_px: int, top: int = 0) -> alt.Chart:
    """A line a label from before to now, on one scale; a label with a withheld count has none. rows: crime_label, n…

    top: a count that the scale holds at least.
    """
    ends = ((text("before"), "n_before"), (text("now"), "n"))
    data = [
        {
            "when": when,
            "n": row[column],
            "label": row["crime_label"],
            "tip": f"{name('crime_label', row['crime_label'])}, {when}: {text.number(row[column])}",
        }
        for row in rows
        for when, column in ends
        if not (row["n" + HIDDEN] or row["n_before" + HIDDEN])
    ]
    colours = alt.Scale(domain=list(LABELS), range=[theme.label[code] for code in LABELS])
    chart = (
        alt.Chart(alt.InlineData(values=data))
        .mark_line(point={"size": 40, "filled": True}, strokeWidth=2.2)
        .encode(
            x=alt.X("when:N", sort=[when for when, _ in ends], title=None, axis=alt.Axis(labelAngle=0)),
            y=count_axis(max(top, highest(rows))),
            color=alt.Color("label:N", scale=colours, legend=None),
            tooltip=["tip:N"],
        )
    )
    return dressed(chart, text, theme, height_px)
