"""Weeks and months with their usual range, days as a calendar, districts by period."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

import altair as alt

from dashboard.charts import FILLING, STUB, Rows, dressed, highest, shown
from dashboard.disclosure import HIDDEN, K, Row
from dashboard.figures.times import DAY_STEPS
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme

MONTHS = 60  # that are drawn: five years
# What may be told of a day: the ends of its step; then that it is small or none, and nothing.
STEPS: list[tuple[int, int | None]] = [
    *((least, following - 1) for least, following in pairwise(DAY_STEPS)),
    (DAY_STEPS[-1], None),
    (0, K - 1),
    (0, None),
]


def weekly(rows: Rows, change_week: date | None, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A line of the settled weeks with the baseline and its usual range; the weeks still filling up, shaded.

    rows: of the table `weeks`. The shade is the darker, the more of a week is still to come; the line ends before it.
    """
    weeks = [_week(row, text) for row in rows]
    for last, following in pairwise(weeks):  # the dotted line begins where the drawn one ends
        if "final" in following and "final" not in last:
            last["final"] = last["n"]
    top = max([highest(rows, ("n",)), *(row[e] or 0 for row in rows for e in ("high", "final"))])
    layers = _line(weeks, top, _months([row["week"] for row in rows], text), theme)
    if change_week is not None and rows and change_week >= rows[0]["week"]:  # an earlier one is told in words alone
        in_first_half = change_week < rows[len(rows) // 2]["week"]
        layers.append(_level_changed(change_week, "left" if in_first_half else "right", text, theme))
    return dressed(alt.layer(*layers), text, theme, height_px)


def monthly(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """The same of the last 60 months. rows: of the table `months`."""
    rows = rows[-MONTHS:]
    top = max([highest(rows, ("n",)), *(row["usual_high"] or 0 for row in rows)])
    layers = _line([_month(row, text) for row in rows], top, _months([row["month"] for row in rows], text), theme)
    return dressed(alt.layer(*layers), text, theme, height_px)


def _line(bins: list[dict[str, Any]], top: float, axis: alt.Axis, theme: Theme) -> list[Any]:
    """The layers of a line of bins, made by `_week` or `_month`, that reach up to top."""
    base = alt.Chart(alt.InlineData(values=tuple(bins)))
    x = alt.X("x:Q", title=None, scale=alt.Scale(nice=False, zero=False))
    y = alt.Y("n:Q", title=None, scale=alt.Scale(domain=[0, top * 1.05]), axis=alt.Axis(tickCount=4, tickMinStep=1))
    return [
        base.transform_filter("datum.state")
        .mark_rect(color=theme.muted)
        .encode(
            x=alt.X("start:Q", title=None, axis=axis), x2=alt.X2("end:Q"), opacity=alt.Opacity("to_come:Q", scale=None)
        ),
        base.mark_area(color=theme.accent, opacity=0.13).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        base.mark_line(color=theme.accent, strokeDash=[5, 3], strokeWidth=1.8).encode(x=x, y=alt.Y("expected:Q")),
        base.transform_filter("datum.level != null")
        .mark_line(color=theme.muted, strokeWidth=1, opacity=0.8)
        .encode(x=x, y=alt.Y("level:Q")),
        base.transform_filter("datum.final != null")
        .mark_line(color=theme.text, strokeDash=[2, 3], point={"size": 26, "color": theme.text})
        .encode(x=x, y=alt.Y("final:Q"), tooltip=[alt.Tooltip("tip:N")]),
        base.transform_filter("!datum.state").mark_line(color=theme.text, strokeWidth=1.8).encode(x=x, y=y),
        base.transform_filter("datum.state")
        .mark_point(color=theme.text, size=30, strokeWidth=1.2)
        .encode(x=x, y=y, shape=alt.Shape("shape:N", scale=None), tooltip=[alt.Tooltip("tip:N")]),
        base.transform_filter("datum.hidden")
        .mark_point(stroke=theme.muted, fill=theme.ground, size=20, strokeWidth=1.2)
        .encode(x=x, y=y),
        base.transform_filter("datum.outside").mark_circle(color=theme.steps[3], size=44, opacity=1).encode(x=x, y=y),
        base.mark_circle(size=160, opacity=0).encode(x=x, y=y, tooltip=[alt.Tooltip("tip:N")]),
        base.transform_filter("datum.in_period")
        .mark_rect(color=theme.accent, height=3)
        .encode(x=alt.X("start:Q"), x2=alt.X2("end:Q"), y=alt.YDatum(0)),
    ]


def _week(row: Row, text: Text) -> dict[str, Any]:
    start, share = row["week"].toordinal(), row["share"]
    state = "part" if not row["is_whole"] else "filling" if row["is_provisional"] else None
    to_come = 1 - share if share is not None else 0.6
    usual = {name: row[name] for name in ("expected", "low", "high", "level", "final")}
    return _bin(start, start + 7, row, usual, state, 0.06 + 0.34 * to_come, _week_said(row, state, text))


def _month(row: Row, text: Text) -> dict[str, Any]:
    start = row["month"].toordinal()
    end = (row["month"] + timedelta(days=31)).replace(day=1).toordinal()
    state = "part" if not row["is_whole"] else "filling" if row["is_provisional"] else None
    usual = {"expected": row["expected"], "low": row["usual_low"], "high": row["usual_high"]}
    return _bin(start, end, row, usual, state, 0.2, _month_said(row, state, text))


def _bin(
    start: int, end: int, row: Row, usual: Mapping[str, float | None], state: str | None, to_come: float, tip: str
) -> dict[str, Any]:
    """What a mark is drawn of; what is nothing is not sent. state: None for settled."""
    drawn = {
        "x": (start + end) / 2,
        "start": start,
        "end": end,
        "n": STUB if row["n" + HIDDEN] else row["n"],
        "hidden": row["n" + HIDDEN] or None,
        **{name: None if value is None else round(value, 1) for name, value in usual.items()},
        "outside": row["outside"] if row["outside"] in ("above", "below") else None,
        "state": state,
        "shape": {"part": "cross", "filling": "circle"}.get(state or ""),
        "to_come": round(to_come, 2) if state else None,
        "in_period": row["is_in_period"] or None,
        "tip": tip,
    }
    return {name: value for name, value in drawn.items() if value is not None}


def _month_said(row: Row, state: str | None, text: Text) -> str:
    said = [text("{month}: {n}", month=text.month(row["month"]), n=shown(row, "n", text))]
    if state:
        said.append(text("part of a month") if state == "part" else text(FILLING))
    if row["usual_low"] is not None:
        said.append(text("usually {low} to {high}", low=round(row["usual_low"]), high=round(row["usual_high"])))
    return "; ".join(said)


def _week_said(row: Row, state: str | None, text: Text) -> str:
    said = [text("Week from {day}: {n}", day=row["week"], n=shown(row, "n", text))]
    if state == "part":
        said.append(text("part of a week"))
    if state == "filling":
        said.append(reported(row, text))
    if row["final"] is not None:
        said.append(text("may grow to {n}", n=round(row["final"])))
    if row["low"] is not None:
        said.append(text("usually {low} to {high}", low=round(row["low"]), high=round(row["high"])))
    return "; ".join(said)


def reported(row: Row, text: Text) -> str:
    """How much of a week that fills up has been reported, in words."""
    if row["share"] is None:
        return text("reports do not reach it yet")
    return text("{share} reported so far", share=text.percent(row["share"]))


def _level_changed(week: date, align: Literal["left", "right"], text: Text, theme: Theme) -> Any:
    mark = alt.Chart(alt.InlineData(values=[{"x": week.toordinal(), "words": text("level changed")}]))
    rule = mark.mark_rule(color=theme.steps[3], strokeDash=[4, 3]).encode(x=alt.X("x:Q"))
    aside_px = {"left": 5, "right": -5}[align]
    words = mark.mark_text(color=theme.steps[3], align=align, dx=aside_px, fontSize=11, baseline="top")
    return rule + words.encode(x=alt.X("x:Q"), y=alt.value(2), text=alt.Text("words:N"))


def _months(firsts: list[date], text: Text) -> alt.Axis:
    """Ticks where a quarter begins, or a month of few bins; every label is written out, so that digits are right.

    firsts: first days of the bins, oldest first.
    """
    step = 3 if len(firsts) > 30 else 1
    starts = sorted({day.replace(day=1) for day in firsts if (day.month - 1) % step == 0})
    ticks = [day for day in starts if day >= firsts[0]]
    labels = " : ".join(f"datum.value == {day.toordinal()} ? '{text.month(day)}'" for day in ticks)
    return alt.Axis(
        values=[d.toordinal() for d in ticks],
        labelExpr=f"{labels} : ''" if ticks else "''",
        grid=False,
        labelOverlap="greedy",
        labelSeparation=6,
    )


def calendar(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A square a day, weeks from left to right, coloured by fixed steps of counts; grey where it is not told."""
    squares = [_square(row, text) for row in rows]
    weekdays = [text.weekday(date(2026, 11, 23) + timedelta(days=i)) for i in range(7)]
    mondays = sorted({square["day"] - (square["day"] - 1) % 7 for square in squares})
    firsts = {day: text.month(date.fromordinal(day)).split()[0] for day in mondays if date.fromordinal(day).day <= 7}
    labels = " : ".join(f"datum.value == {day} ? '{name}'" for day, name in firsts.items())
    axis = alt.Axis(labelExpr=f"{labels} : ''" if firsts else "''", ticks=False, domain=False, labelAngle=0)
    chart = (
        alt.Chart(alt.InlineData(values=tuple(squares)))
        .transform_calculate(
            monday="datum.day - (datum.day - 1) % 7",  # the first day of all was a Monday
            weekday=f"{weekdays}[(datum.day - 1) % 7]",
            colour=f"{[theme.panel, *theme.steps, theme.before, theme.before]}[datum.step]",
            tip=f"datum.said + ': ' + {[step_words(*end, text) for end in STEPS]}[datum.step]",
        )
        .mark_rect(stroke=theme.ground, strokeWidth=1)
        .encode(
            x=alt.X("monday:O", title=None, axis=axis),
            y=alt.Y("weekday:N", sort=weekdays, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("colour:N", scale=None),
            tooltip=[alt.Tooltip("tip:N")],
        )
    )
    return dressed(chart, text, theme, height_px)


def _square(row: Row, text: Text) -> dict[str, Any]:
    step = STEPS.index((row["least"], row["most"]))
    return {"day": row["day"].toordinal(), "step": step, "said": text.day(row["day"])}


def is_untold(row: Row) -> bool:
    """Whether a day's count is not told, or no more of it than that it is small or none."""
    return STEPS.index((row["least"], row["most"])) >= len(DAY_STEPS)


def step_words(least: int, most: int | None, text: Text) -> str:
    """A step of counts: 5–9, 100+, 0."""
    if most is None:
        return text.number(least) + "+" if least else text("withheld")
    return text.number(least) if least == most else f"{text.number(least)}–{text.number(most)}"


def districts(rows: Rows, top: int, name: Label, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A few districts side by side, their periods as bars on a scale that all pictures share; orange is outside."""
    codes = list(dict.fromkeys(row["adm2"] for row in rows))
    wide = 1 + max(sum(row["adm2"] == code for row in rows) for code in codes)
    bars = [_period(row, i % (wide - 1) + wide * codes.index(row["adm2"]), text, theme) for i, row in enumerate(rows)]
    titles = [_title(i, wide, name("district", str(code))) for i, code in enumerate(codes)]
    scale = alt.Scale(domain=[-0.6, wide * 3 - 1.4], nice=False)
    y = alt.Y("n:Q", title=None, scale=alt.Scale(domain=[0, top * 1.3]), axis=alt.Axis(tickCount=2, tickMinStep=1))
    drawn = (
        alt.Chart(alt.InlineData(values=tuple(bars)))
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("from:Q", axis=None, scale=scale),
            x2=alt.X2("to:Q"),
            y=y,
            y2=alt.datum(0),
            color=alt.Color("colour:N", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
            tooltip=[alt.Tooltip("tip:N")],
        )
    )
    words = alt.Chart(alt.InlineData(values=titles)).mark_text(
        fontSize=11, fontWeight=600, color=theme.text, align=alt.expr("datum.align")
    )
    return dressed(
        drawn + words.encode(x=alt.X("x:Q", axis=None), y=alt.value(4), text=alt.Text("words:N")),
        text,
        theme,
        height_px,
    )


def _title(at: int, wide: int, words: str) -> dict[str, Any]:
    """A district's name over its bars; the outer two begin or end with these, as on a narrow page the edge is near."""
    align, x = (("left", -0.5), ("center", wide / 2 - 1), ("right", wide - 1.5))[at]
    return {"x": wide * at + x, "words": words, "align": align}


def _period(row: Row, position: int, text: Text, theme: Theme) -> dict[str, Any]:
    is_outside = row["outside"] in ("above", "below")
    period = text("{start} to {end}", start=row["date_from"], end=row["date_to"])
    usual = ""
    if row["low"] is not None:
        usual = "; " + text("usually {low} to {high}", low=round(row["low"]), high=round(row["high"]))
    return {
        "from": position - 0.4,
        "to": position + 0.4,
        "n": STUB if row["n" + HIDDEN] else row["n"],
        "colour": theme.steps[3] if is_outside else theme.before,
        "opacity": 0.5 if row["n" + HIDDEN] else 1,
        "tip": f"{period}: {shown(row, 'n', text)}{usual}",
    }
