"""Two districts side by side, on the same scales, with what may be said of their difference."""

from datetime import date

import streamlit as st

from dashboard import charts
from dashboard.charts import district as pictured
from dashboard.components import pictures, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

WEEKS_PX, LABELS_PX = 150, 150
SAID = {
    "rise": N_("More are detected in {one} than in {other}: {low} to {high} times as many."),
    "fall": N_("Fewer are detected in {one} than in {other}: {low} to {high} times as many."),
    "no_evidence": N_("No evidence of a difference between {one} and {other}: {low} to {high} times as many."),
    "too_few": N_("Too few in {one} and {other} to compare them: 10 are needed."),
    "none_in_either": N_("Nothing was detected in {one} or {other} in this period."),
}


def headline(answer: Answer, text: Text) -> str:
    """Both counts, and what may be said of their difference."""
    name = answer.label(text.language)
    each = [
        text("{place}: {n} detections", place=name("district", row["adm2"]), n=charts.shown(row, "n", text))
        for row in answer.rows("pair")
    ]
    counted = text("{both} in {weeks}.", both=", ".join(each), weeks=words.weeks(answer, text))
    if until := _until(answer):
        counted = text("{both} up to {day}, where reports are in.", both=", ".join(each), day=until)
    return f"{counted} {said(answer, text)}"


def _until(answer: Answer) -> date | None:
    """The last day of what is compared, where later reports are still coming."""
    until = answer.rows("pair")[0].get("date_to")
    return until if isinstance(until, date) and until != answer.filters.date_to else None


def said(answer: Answer, text: Text) -> str:
    """The difference with its interval, by p; withheld where a count is."""
    (row,), name = answer.rows("difference"), answer.label(text.language)
    if row["verdict"] is None:
        return text("Their difference is withheld: a count is under {k}.")
    one, other = (name("district", each["adm2"]) for each in answer.rows("pair"))
    low, high = (text.number(row[end], "#,##0.0") for end in ("low", "high"))
    if row["ratio"] is None and row["n_other"] == 0 and row["verdict"] in ("rise", "no_evidence"):
        return text("Nothing was detected in {other}: no ratio can be told.", other=other)
    return text(SAID[row["verdict"]], one=one, other=other, low=low, high=high)


def draw(answer: Answer, text: Text) -> None:
    """A column a district: its change, its weeks, its labels; the tops of the charts are the same."""
    rows = answer.rows("pair")
    for column, row in zip(st.columns(2, gap="medium"), rows, strict=True):
        with column:
            _one(row, answer, text)
    st.caption(
        text("Detections follow effort, and districts differ in area and people: this ranks no district.")
        + " "
        + text("Charts of both have the same scales.")
    )


def _one(row: Row, answer: Answer, text: Text) -> None:
    name = answer.label(text.language)
    place = name("district", row["adm2"])
    st.markdown(f"**{place}**")
    now, effort = st.columns(2, gap="small")
    than = words.ratio(row, text) if row["ratio"] is not None else words.verdict(row, text)
    before = text("Before → now")
    now.metric(before, words.now_and_before(row, text), than, delta_color="off", delta_arrow="off", border=True)
    of = text("of {n}", n=row["weeks"])
    told = text.number(row["weeks_told"])
    effort.metric(text("Weeks with effort"), told, of, delta_color="off", delta_arrow="off", border=True)
    _weeks(row["adm2"], place, answer, text)
    _labels(row["adm2"], place, answer, text)


def _weeks(adm2: str, place: str, answer: Answer, text: Text) -> None:
    every = answer.rows("times")
    is_weekly = answer.notes["unit"] == "week"
    title = text("Detections a week") if is_weekly else text("Detections a month")
    st.markdown(f"**{title}**" + words.shaded(every, text))
    alt = text("Bars: detections now in {place}. Dashed line: the period compared.", place=place)
    top = charts.highest(every)
    pictures.bars([row for row in every if row["adm2"] == adm2], text, alt, WEEKS_PX, top)


def _labels(adm2: str, place: str, answer: Answer, text: Text) -> None:
    every, name = answer.rows("labels"), answer.label(text.language)
    drawn = [row for row in every if not (row["n" + HIDDEN] or row["n_before" + HIDDEN])]
    own = [row for row in drawn if row["adm2"] == adm2]
    picture, listed = st.columns([0.3, 0.7], gap="small")
    with picture:
        st.markdown("**" + text("Labels before and now") + "**")
        if own:
            alt = text("A line a label from its count before to its count now in {place}.", place=place)
            top, theme = charts.highest(drawn), pictures.shown_theme()
            pictures.draw(pictured.slope(own, text, name, theme, LABELS_PX, top), alt)
            label = [(theme.label[row["crime_label"]], name("crime_label", row["crime_label"])) for row in own]
            pictures.legend([("line", *each) for each in label])
    rows = [row for row in every if row["adm2"] == adm2]
    columns: dict[str, list[object]] = {
        text("Label"): [name("crime_label", row["crime_label"]) for row in rows],
        text("Before → now"): [words.now_and_before(row, text) for row in rows],
        text("Ratio (95%)"): [words.ratio(row, text) for row in rows],
        text("Change"): ["–" if row["verdict"] is None else words.verdict(row, text) for row in rows],
    }
    with listed:
        pictures.table(columns, text, text("Labels in {place}", place=place))
