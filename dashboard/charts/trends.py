"""Weeks with their usual range, days as a calendar, districts by period."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

import altair as alt

from dashboard.charts import STUB, Rows, dressed, highest, shown
from dashboard.disclosure import HIDDEN, Row
from dashboard.figures.times import DAY_STEPS
from dashboard.filters import Label
from dashboard.i18n import Text
from dashboard.theme import Theme


def weekly(rows: Rows, change_week: date | None, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A line of the settled weeks with the baseline and its usual range; the weeks still filling up, shaded.

    rows: of the table `weeks`. The shade is the darker, the more of a week is still to come; the line ends before it.
    """
    weeks = [_week(row, text) for row in rows]
    for last, following in pairwise(weeks):  # the dotted line begins where the drawn one ends
        if following["final"] is not None and last["final"] is None:
            last["final"] = last["n"]
    data = alt.InlineData(values=weeks)
    base, top = alt.Chart(data), max([highest(rows, ("n",)), *(row[e] or 0 for row in rows for e in ("high", "final"))])
    x = alt.X("x:Q", title=None, scale=alt.Scale(nice=False, zero=False), axis=_months(rows, text))
    y = alt.Y("n:Q", title=None, scale=alt.Scale(domain=[0, top * 1.05]), axis=alt.Axis(tickCount=4, tickMinStep=1))
    solid, outside = "datum.state == 'settled'", "datum.outside == 'above' || datum.outside == 'below'"
    layers = [
        base.transform_filter("datum.state != 'settled'")
        .mark_rect(color=theme.muted)
        .encode(x=alt.X("start:Q"), x2="end:Q", opacity=alt.Opacity("to_come:Q", scale=None)),
        base.mark_area(color=theme.accent, opacity=0.13).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=theme.accent, strokeDash=[5, 3], strokeWidth=1.8).encode(x=x, y="expected:Q"),
        base.transform_filter("datum.level != null")
        .mark_line(color=theme.muted, strokeWidth=1, opacity=0.8)
        .encode(x=x, y="level:Q"),
        base.transform_filter("datum.final != null")
        .mark_line(color=theme.text, strokeDash=[2, 3], point={"size": 26, "color": theme.text})
        .encode(x=x, y="final:Q", tooltip=["tip:N"]),
        base.transform_filter(solid).mark_line(color=theme.text, strokeWidth=1.8).encode(x=x, y=y),
        base.transform_filter("datum.state != 'settled'")
        .mark_point(color=theme.text, size=30, strokeWidth=1.2)
        .encode(x=x, y=y, shape=alt.Shape("shape:N", scale=None), tooltip=["tip:N"]),
        base.transform_filter("datum.hidden")
        .mark_point(stroke=theme.muted, fill=theme.ground, size=20, strokeWidth=1.2)
        .encode(x=x, y=y),
        base.transform_filter(outside).mark_circle(color=theme.steps[3], size=44, opacity=1).encode(x=x, y=y),
        base.mark_circle(size=160, opacity=0).encode(x=x, y=y, tooltip=["tip:N"]),
        base.transform_filter("datum.in_period")
        .mark_rect(color=theme.accent, height=3)
        .encode(x="start:Q", x2="end:Q", y=alt.YDatum(0)),
    ]
    if change_week is not None and rows and change_week >= rows[0]["week"]:  # an earlier one is told in words alone
        in_first_half = change_week < rows[len(rows) // 2]["week"]
        layers.append(_level_changed(change_week, "left" if in_first_half else "right", text, theme))
    return dressed(alt.layer(*layers), text, theme, height_px)


def _week(row: Row, text: Text) -> dict[str, Any]:
    start, share = row["week"].toordinal(), row["share"]
    state = "part" if not row["is_whole"] else "filling" if row["is_provisional"] else "settled"
    to_come = 1 - share if share is not None else 0.6
    return {
        "x": start + 3.5,
        "start": start,
        "end": start + 7,
        "n": STUB if row["n" + HIDDEN] else row["n"],
        "hidden": bool(row["n" + HIDDEN]),
        **{name: row[name] for name in ("expected", "low", "high", "level", "final", "outside")},
        "state": state,
        "shape": "cross" if state == "part" else "circle",
        "to_come": 0.06 + 0.34 * to_come,
        "in_period": row["is_in_period"],
        "tip": _week_said(row, state, text),
    }


def _week_said(row: Row, state: str, text: Text) -> str:
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
    rule = mark.mark_rule(color=theme.steps[3], strokeDash=[4, 3]).encode(x="x:Q")
    aside_px = {"left": 5, "right": -5}[align]
    words = mark.mark_text(color=theme.steps[3], align=align, dx=aside_px, fontSize=11, baseline="top")
    return rule + words.encode(x="x:Q", y=alt.value(2), text="words:N")


def _months(rows: Rows, text: Text) -> alt.Axis:
    """Ticks where a quarter begins, or a month of few weeks; every label is written out, so that digits are right."""
    step = 3 if len(rows) > 30 else 1
    starts = sorted({row["week"].replace(day=1) for row in rows if (row["week"].month - 1) % step == 0})
    first = rows[0]["week"] if rows else date.min
    ticks = [day for day in starts if day >= first]
    labels = " : ".join(f"datum.value == {day.toordinal()} ? '{text.month(day)}'" for day in ticks)
    return alt.Axis(
        values=[d.toordinal() for d in ticks],
        labelExpr=f"{labels} : ''" if ticks else "''",
        grid=False,
        labelOverlap="greedy",
        labelSeparation=6,
    )


def calendar(rows: Rows, text: Text, theme: Theme, height_px: int) -> alt.Chart:
    """A square a day, weeks from left to right, coloured by fixed steps of counts."""
    squares = [_square(row, text, theme) for row in rows]
    weekdays = [text.weekday(date(2026, 11, 23) + timedelta(days=i)) for i in range(7)]
    mondays = sorted({square["monday"] for square in squares})
    firsts = {day: text.month(date.fromordinal(day)).split()[0] for day in mondays if date.fromordinal(day).day <= 7}
    labels = " : ".join(f"datum.value == {day} ? '{name}'" for day, name in firsts.items())
    axis = alt.Axis(labelExpr=f"{labels} : ''" if firsts else "''", ticks=False, domain=False, labelAngle=0)
    chart = (
        alt.Chart(alt.InlineData(values=squares))
        .mark_rect(stroke=theme.ground, strokeWidth=1)
        .encode(
            x=alt.X("monday:O", title=None, axis=axis),
            y=alt.Y("weekday:O", sort=weekdays, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("colour:N", scale=None),
            tooltip=["tip:N"],
        )
    )
    return dressed(chart, text, theme, height_px)


def _square(row: Row, text: Text, theme: Theme) -> dict[str, Any]:
    day = row["day"]
    return {
        "monday": day.toordinal() - day.weekday(),
        "weekday": text.weekday(day),
        "colour": theme.steps[DAY_STEPS.index(row["least"]) - 1] if row["least"] else theme.panel,
        "tip": text("{day}: {n}", day=day, n=step_words(row["least"], row["most"], text)),
    }


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
        alt.Chart(alt.InlineData(values=bars))
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("from:Q", axis=None, scale=scale),
            x2="to:Q",
            y=y,
            y2=alt.datum(0),
            color=alt.Color("colour:N", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
            tooltip=["tip:N"],
        )
    )
    words = alt.Chart(alt.InlineData(values=titles)).mark_text(
        fontSize=11, fontWeight=600, color=theme.text, align=alt.expr("datum.align")
    )
    return dressed(
        drawn + words.encode(x=alt.X("x:Q", axis=None), y=alt.value(4), text="words:N"), text, theme, height_px
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
