"""Trends: is it more or less than usual, beyond season and chance, and are the last weeks complete?"""

from itertools import pairwise

import streamlit as st

from dashboard.answers import trends
from dashboard.charts import FILLING, shown
from dashboard.charts.trends import is_untold, reported, step_words
from dashboard.components import caveat, changed, pictures, weeks, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.figures.times import DAY_STEPS
from dashboard.i18n import N_, Text
from dashboard.page import Page

SHOWN = 4  # findings beside the charts; the table below has all
WEEKS_PX = 163  # of the line of weeks and of the calendar beside it
MONTHS_PX = 140
AGAINST = {"above": N_("above"), "below": N_("below"), "inside": N_("inside")}
NO_SECOND_OPINION = {
    "too_few_lists": N_("Not estimated: it takes lists of three agencies; here are {lists}."),
    "not_linked": N_(
        "Not estimated: there are lists ({lists}), but nothing links their records; possible repeats are guesses by "
        "place and day. Lists that were linked by a key at their source are taken on the command line."
    ),
}


def headline(answer: Answer, text: Text) -> str:
    """The settled part against the period compared, the weeks outside their range, and what is incomplete."""
    found = " ".join(
        filter(None, [_compared(answer, text), weeks.range_said(answer, text), weeks.incomplete(answer, text)])
    )
    return words.none_match(answer, text) or found


def _compared(answer: Answer, text: Text) -> str:
    row = answer.rows("compared")[0]
    counts = text(
        "{n} detections from {start} to {end}; {before} in the period compared.",
        n=shown(row, "n", text),
        start=row["date_from"],
        end=row["date_to"],
        before=shown(row, "n_before", text),
    )
    return f"{counts} {words.compared(row, text)}.{_lengths(row, text)}"


def _lengths(row: Row, text: Text) -> str:
    """That rates are compared, where the two periods are of unequal length."""
    days = (row["date_to"] - row["date_from"]).days + 1
    days_before = (row["date_to_before"] - row["date_from_before"]).days + 1
    if days == days_before:
        return ""
    return " " + text("Compared by the day: {n} days against {before}.", n=days, before=days_before)


def draw(answer: Answer, text: Text) -> None:
    """The weekly line and the calendar, the districts and what changed, then the same as tables."""
    st.subheader(headline(answer, text))
    if not answer.rows("weeks"):
        st.caption(text("No week of the data lies in this period."))
    else:
        _pictures(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)
    _tables(answer, text)


def _pictures(answer: Answer, text: Text) -> None:
    left, right = st.columns([0.64, 0.36], gap="small")
    with left, st.container(border=True, gap="xxsmall", height="stretch"):
        _weeks(answer, text)
    with right, st.container(border=True, gap="xxsmall", height="stretch"):
        _calendar(answer, text)
    left, right = st.columns([0.64, 0.36], gap="small")
    with left, st.container(border=True, gap="xxsmall", height="stretch"):
        _districts(answer, text)
    with right, st.container(border=True, gap="xxsmall", height="stretch"):
        _changed(answer, text)


def _weeks(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("Detections a week, Monday to Sunday") + "**")
    pictures.weekly(
        answer, text, text("Line of weeks with the usual range; the table Weeks below says the same."), WEEKS_PX
    )
    pictures.legend(_legend(answer, text))
    st.caption(" ".join(filter(None, [weeks.trend_said(answer, text), weeks.reporting_said(answer, text)])))


def _calendar(answer: Answer, text: Text) -> None:
    theme = pictures.shown_theme()
    st.markdown("**" + text("Detections a day") + "**")
    pictures.calendar(
        answer.rows("days"),
        text,
        text("Calendar of days, coloured by steps of counts; the table Weeks below has their sums."),
        WEEKS_PX,
    )
    ends = [*((least, following - 1) for least, following in pairwise(DAY_STEPS)), (DAY_STEPS[-1], None)]
    words_of = [step_words(least, most, text) for least, most in ends[1:]]
    entries = [("cell", colour, said) for colour, said in zip(theme.steps, words_of, strict=True)]
    untold = [("cell", theme.before, text("withheld"))] if any(map(is_untold, answer.rows("days"))) else []
    pictures.legend([("outlined", theme.panel, text("none")), *entries, *untold])
    if answer.figure("n_not_dated") != 0:
        st.caption(
            text(
                "{n} detections are dated too coarsely for weeks and days.", n=caveat.count(answer, "n_not_dated", text)
            )
        )


def _districts(answer: Answer, text: Text) -> None:
    row = answer.rows("compared")[0]
    days = (row["date_to"] - row["date_from"]).days + 1
    st.markdown("**" + text("Districts, {n} days a bar, on one scale", n=days) + "**")
    if not answer.rows("periods"):
        st.caption(text("No district to draw: no detections, or less than one such period of regular reporting."))
        return
    pictures.districts(answer, text, text("Bars of districts by period; the table Districts below says the same."), 84)
    theme = pictures.shown_theme()
    pictures.legend(
        [
            ("cell", theme.steps[3], text("outside its own range, q ≤ 0.05")),
            ("cell", theme.before, text("not outside, or too few periods to tell")),
        ]
    )


def _changed(answer: Answer, text: Text) -> None:
    """Both comparisons of the whole beside each other: one is confounded by season, the other by change of effort."""
    st.markdown("**" + text("The whole, against other periods") + "**")
    for row in answer.rows("compared"):
        period = text("{start} to {end}", start=row["date_from_before"], end=row["date_to_before"])
        st.caption(f"{period}: {words.now_and_before(row, text)} · {words.compared(row, text)}")
    changed.findings(answer, text, SHOWN)


def _tables(answer: Answer, text: Text) -> None:
    """Folded, so that the pictures stand on one screen."""
    with st.expander(text("The same as tables, and a second opinion")):
        left, right = st.columns(2, gap="small")
        with left:
            _tables_of_time(answer, text)
        with right:
            _tables_of_change(answer, text)
        _second_opinion(answer, text)


def _tables_of_time(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("Weeks") + "**")
    pictures.table(_week_columns(answer, text), text, text("Weeks with their usual range."), 300)
    st.markdown("**" + text("Months") + "**")
    if "month_fit" in answer.tables:  # a snapshot of before has none
        _months(answer, text)
    pictures.table(_month_columns(answer, text), text, text("Months with the exact interval of each count."), 300)


def _months(answer: Answer, text: Text) -> None:
    pictures.monthly(
        answer, text, text("Line of months with the usual range; the table below says the same."), MONTHS_PX
    )
    pictures.legend(_month_legend(answer, text))
    st.caption(weeks.months_said(answer, text))


def _tables_of_change(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("What changed") + "**")
    pictures.table(_finding_columns(answer, text), text, text("Rises and falls with their checks."))
    for table, key, heading in (("districts", "adm2", N_("Districts")), ("labels", "crime_label", N_("Labels"))):
        st.markdown("**" + text(heading) + "**")
        height_px = 300 if len(answer.rows(table)) > 7 else None
        pictures.table(_changes(answer, table, key, text), text, text("Counts now and before."), height_px)
    st.caption(text("Detections also change when patrols change."))


def _second_opinion(answer: Answer, text: Text) -> None:
    """Why no total of seen and unseen is estimated here, and what one would suppose."""
    name = answer.label(text.language)
    listed = ", ".join(
        f"{name('agency', row['detecting_agency'])} {shown(row, 'n', text)}" for row in answer.rows("lists")
    )
    st.markdown("**" + text("Second opinion: how many were never detected?") + "**")
    st.markdown(text(NO_SECOND_OPINION[answer.notes["no_second_opinion"] or "not_linked"], lists=listed or "–"))
    st.caption(
        text(
            "It would suppose: nobody comes or leaves meanwhile; the links are right; everybody could be on every "
            "list; the lists depend as modelled. It would tell of persons these lists can see, not of prevalence."
        )
    )


def _week_columns(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("weeks")[::-1]
    return {
        text("Week from"): [text.day(row["week"]) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Baseline"): [text.number(row["expected"], "#,##0.0") for row in rows],
        text("Usual range"): [_range(row, "low", "high", text) for row in rows],
        text("Against it"): [_against(row, text) for row in rows],
        text("State"): [_state(row, text) for row in rows],
    }


def _range(row: Row, low: str, high: str, text: Text) -> str:
    return "–" if row.get(low) is None else f"{text.number(round(row[low]))}–{text.number(round(row[high]))}"


def _against(row: Row, text: Text) -> str:
    return text(AGAINST[row["outside"]]) if row.get("outside") else "–"


def _state(row: Row, text: Text) -> str:
    if not row["is_whole"]:
        return text("part of a week")
    if not row["is_provisional"]:
        return text("complete")
    grown = "" if row["final"] is None else "; " + text("may grow to {n}", n=round(row["final"]))
    return reported(row, text) + grown


def _month_state(row: Row, text: Text) -> str:
    if not row["is_whole"]:
        return text("part of a month")
    return text(FILLING) if row.get("is_provisional") else text("whole")


def _month_columns(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("months")[::-1]
    return {
        text("Month"): [text.month(row["month"]) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("95%"): [
            "–" if row["low"] is None else f"{text.number(row['low'], '#,##0.0')}–{text.number(row['high'], '#,##0.0')}"
            for row in rows
        ],
        text("Baseline"): [text.number(row.get("expected"), "#,##0.0") for row in rows],
        text("Usual range"): [_range(row, "usual_low", "usual_high", text) for row in rows],
        text("Against it"): [_against(row, text) for row in rows],
        text("State"): [_month_state(row, text) for row in rows],
    }


def _finding_columns(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("findings")
    return {
        text("Where"): [changed.place(row, answer, text) for row in rows],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("A year earlier"): [f"{shown(row, 'n_year_before', text)} → {shown(row, 'n_year', text)}" for row in rows],
        text("Checks"): [changed.checks(row, text) for row in rows],
    }


def _changes(answer: Answer, table: str, key: str, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows(table), answer.label(text.language)
    of = {"crime_label": "crime_label", "adm2": "district"}[key]
    return {
        text({"crime_label": N_("Label"), "adm2": N_("District")}[key]): [name(of, str(row[key])) for row in rows],
        text("Now"): [shown(row, "n", text) for row in rows],
        text("Before"): [shown(row, "n_before", text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): [words.verdict(row, text) for row in rows],
    }


def _legend(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    entries = [("line", theme.text, text("reported"))]
    (fit,) = answer.rows("trend")
    if not fit["withheld"]:
        entries += [
            ("line", theme.accent, text("baseline, usual range (95%)")),
            ("dot", theme.steps[3], text("outside it")),
        ]
    if any(row["level"] is not None for row in answer.rows("weeks")):
        entries.append(("line", theme.muted, text("smoothed")))
    if any(row["is_provisional"] or not row["is_whole"] for row in answer.rows("weeks")):
        entries.append(("cell", theme.before, text("filling up or cut (dotted: expected)")))
    if any(row["n" + HIDDEN] for row in answer.rows("weeks")):
        entries.append(("point", theme.muted, text("under {k}: at one height, hidden")))
    return [*entries, ("line", theme.accent, text("at the foot: the period"))]


def _month_legend(answer: Answer, text: Text) -> list[tuple[str, str, str]]:
    theme, rows, (fit,) = pictures.shown_theme(), answer.rows("months"), answer.rows("month_fit")
    entries = [("line", theme.text, text("reported"))]
    if not fit["withheld"]:
        entries += [
            ("line", theme.accent, text("baseline, usual range (95%)")),
            ("dot", theme.steps[3], text("outside it")),
        ]
    if any(row["is_provisional"] or not row["is_whole"] for row in rows):
        entries.append(("cell", theme.before, text("filling up or cut")))
    if any(row["n" + HIDDEN] for row in rows):
        entries.append(("point", theme.muted, text("under {k}: at one height, hidden")))
    return [*entries, ("line", theme.accent, text("at the foot: the period"))]


PAGE = Page("trends", N_("Trends"), trends.answer, draw)
