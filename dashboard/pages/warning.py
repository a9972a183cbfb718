"""Early warning: is something unusual now, how often would that be chance, has this monitor been right before?"""

import streamlit as st

from dashboard.answers import warning
from dashboard.charts import shown
from dashboard.charts.warning import against_expected, rarity
from dashboard.components import ahead, caveat, nearby, pictures, switches, words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text
from dashboard.page import Page

PICTURE_PX = 150
TABLE_PX, ROWS = 283, 7  # of a table with more rows than that
SHOWN = 5  # districts in the picture; the table has them all
SHORTEST = 26  # settled weeks
OUTCOME = {
    "went_on": N_("the rise went on"),
    "did_not": N_("false alarm: no rise after"),
    "open": N_("too early to tell"),
}
WITHHELD = N_("what came after is withheld: under {k}")
EFFORT = {
    "no_rise": N_("no rise on 12 weeks before"),
    "unknown": N_("effort not recorded: unknown"),
    "explained_by_effort": N_("patrols can explain it"),
    "beyond_effort": N_("patrols do not explain it"),
    "as_recorded": N_("no rise by effort as recorded"),
}


def headline(answer: Answer, text: Text) -> str:
    """What rings now, how often chance would, and what became of past alarms."""
    if nothing := words.none_match(answer, text):
        return nothing
    (row,) = answer.rows("monitor")
    if row["history_weeks"] < SHORTEST:
        short = text("No early warning yet: {n} settled weeks of data, 26 are needed.", n=row["history_weeks"])
        return " ".join(filter(None, [short, _place_rings(answer, text)]))
    return " ".join(filter(None, [_now(answer, row, text), _place_rings(answer, text), _chance(row, text),
                                  _past(answer, row, text)]))  # fmt: skip


def _now(answer: Answer, row: Row, text: Text) -> str:
    rings = [alert for alert in answer.rows("alerts") if alert["rings"]]
    return _ringing(answer, rings, row, text) if rings else _calm(row, text)


def _ringing(answer: Answer, rings: list[Row], row: Row, text: Text) -> str:
    name, first = answer.label(text.language), rings[0]
    said = text(
        "Alarm in {places}: {n} detections in {weeks} to {day}, {expected} expected.",
        places=", ".join(name("district", str(alert["adm2"])) for alert in rings[:3]),
        n=first["n"],
        weeks=_span(row, text),
        day=row["day"],
        expected=text.number(first["expected"], "#,##0.0"),
    )
    if len(rings) > 1:
        said = text("{n} districts ring.", n=len(rings)) + " " + said
    explained = [alert for alert in rings if alert["effort"] == "explained_by_effort"]
    return said + (" " + text("More patrols can explain {n} of them.", n=len(explained)) if explained else "")


def _calm(row: Row, text: Text) -> str:
    if not row["tested"]:
        return text("No alarm: every district is too quiet to ring, with under {k} detections in 4 weeks.")
    return text(
        "No alarm in {weeks} to {day}; districts with enough detections to be tested: {tested} of {districts}.",
        weeks=_span(row, text),
        day=row["day"],
        tested=row["tested"],
        districts=row["districts"],
    )


def _span(row: Row, text: Text) -> str:
    return text("the week") if row["span_weeks"] == 1 else text("the {n} weeks", n=row["span_weeks"])


def _place_rings(answer: Answer, text: Text) -> str:
    row = next((row for row in answer.rows("places") if row["rings"]), None)
    if row is None:
        return ""
    return text(
        "Alarm at a place in {district}: {n} detections in {weeks} weeks, {expected} expected.",
        district=answer.label(text.language)("district", str(row["adm2"])),
        n=row["n"],
        weeks=row["weeks"],
        expected=text.number(row["expected"], "#,##0.0"),
    )


def _chance(row: Row, text: Text) -> str:
    return text("Chance alone rings in about {n} weeks a year at most.", n=round(row["chance_weeks_a_year"]))


def _past(answer: Answer, row: Row, text: Text) -> str:
    if row["record_weeks"] < 2:
        return text("It has no past weeks to be judged on yet.")
    if not row["rang"]:
        return text("Run again on the last {weeks} weeks, it never rang.", weeks=row["record_weeks"])
    if row["rang"] == 1:
        return text("Run again on the last {weeks} weeks, it rang once: {became}.", weeks=row["record_weeks"],
                    became=_outcome(answer.rows("record")[0], text))  # fmt: skip
    parts = [
        (N_("{n} went on"), row["went_on"]),
        (N_("{n} false"), row["did_not"]),
        (N_("{n} too early to tell"), row["open"]),
        (N_("{n} withheld"), row["withheld"]),
    ]
    return text(
        "Run again on the last {weeks} weeks, it rang {rang} times: {became}.",
        weeks=row["record_weeks"],
        rang=row["rang"],
        became=", ".join(text(words_, n=n) for words_, n in parts if n),
    )


def draw(answer: Answer, text: Text) -> None:
    """One of three views: what rings now and its record; where next, judged; places and near repeats."""
    st.subheader(headline(answer, text))
    named = {code: words_ for code, (words_, _) in VIEWS.items()}
    VIEWS[switches.switch(text("View"), named, text, "warning-view")][1](answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _now_and_its_record(answer: Answer, text: Text) -> None:
    left, right = st.columns([0.56, 0.44], gap="medium")
    with left, st.container(border=True, gap="xxsmall"):
        _districts_now(answer, text)
    with right, st.container(border=True, gap="xxsmall"):
        _its_past(answer, text)


def _districts_now(answer: Answer, text: Text) -> None:
    (row,) = answer.rows("monitor")
    if row["span_weeks"] is None or row["history_weeks"] < SHORTEST:
        st.markdown("**" + text("Districts now") + "**")
        st.caption(headline(answer, text))
        return
    heading = text("Districts in {weeks} to {day}, the rarest first", weeks=_span(row, text), day=row["day"])
    st.markdown(f"**{heading}**")
    rows = answer.rows("alerts")
    if rows:
        name, theme = answer.label(text.language), pictures.shown_theme()
        chart = against_expected(rows[:SHOWN], text, name, theme, min(PICTURE_PX, 30 * len(rows)))
        pictures.draw(chart, text("Detections beside what was expected; the table says the same."))
        pictures.legend([("cell", theme.hot[2], text("alarm")), ("cell", theme.before, text("none")),
                         ("line", theme.accent, text("expected"))])  # fmt: skip
    height_px = TABLE_PX if len(rows) > ROWS else None
    pictures.table(_alerts(answer, text), text, text("Districts with count, expected, chance and checks."), height_px)
    st.caption(_method(row, text))


def _alerts(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("alerts"), answer.label(text.language)
    return {
        text("District"): [name("district", str(row["adm2"])) for row in rows],
        text("Alarm"): [_alarm(row, text) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Expected"): [text.number(row["expected"], "#,##0.0") for row in rows],
        text("By chance"): [nearby.once_in(row["recurrence_weeks"], text) for row in rows],
        "q": [text.number(row["q"], "0.000") for row in rows],
        text("Effort"): [text(EFFORT[row["effort"]]) for row in rows],
        text("District only"): [shown(row, "n_district_only", text) for row in rows],
    }


def _alarm(row: Row, text: Text) -> str:
    return "▲ " + text("alarm") if row["rings"] else text("none")


def _method(row: Row, text: Text) -> str:
    """How it is tested, by what history, and whether reporting delay is known."""
    known, districts = row["history_weeks"], row["districts"]
    if row["method"] == "ears":
        by = text("Against the weeks just before (EARS C2); {n} weeks known.", n=known)
    else:
        by = text("Against the same season of past years (Farrington); {n} weeks known.", n=known)
    said = by + " " + text("It rings at q ≤ 0.05; districts watched: {n}.", n=districts)
    if row["is_delay_known"]:
        return said + " " + text("Later weeks are still filling up and not tested.")
    return said + " " + text("No report dates: the last weeks may still be filling up.")


def _its_past(answer: Answer, text: Text) -> None:
    (row,) = answer.rows("monitor")
    st.markdown("**" + text("Its record: the rarest district of each week, as known then") + "**")
    if row["record_weeks"] < 2:
        st.caption(text("It has no past weeks to be judged on yet."))
        return
    chart = rarity(answer.rows("weeks"), text, pictures.shown_theme(), PICTURE_PX)
    said = text("A bar a week: how rare its rarest district was. Bars beyond the line rang; the table lists them.")
    pictures.draw(chart, said)
    theme = pictures.shown_theme()
    pictures.legend([("cell", theme.hot[2], text("rang")), ("cell", theme.before, text("did not ring")),
                     ("line", theme.accent, text("limit, q 0.05"))])  # fmt: skip
    rows = answer.rows("record")
    if not rows:
        st.caption(text("No alarm in these weeks."))
        return
    height_px = TABLE_PX if len(rows) > ROWS else None
    pictures.table(_record(answer, text), text, text("Past alarms and what came in the four weeks after."), height_px)
    st.caption(_share(row, text))


def _record(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("record"), answer.label(text.language)
    return {
        text("Rang on"): [text.day(row["day"]) for row in rows],
        text("District"): [name("district", str(row["adm2"])) for row in rows],
        text("Detections (expected)"): [_of_expected(row, "n", "expected", text) for row in rows],
        text("4 weeks after"): [_of_expected(row, "n_after", "expected_after", text) for row in rows],
        text("What came"): [_outcome(row, text) for row in rows],
    }


def _outcome(row: Row, text: Text) -> str:
    return text(OUTCOME[row["outcome"]] if row["outcome"] else WITHHELD)


def _of_expected(row: Row, n: str, expected: str, text: Text) -> str:
    return f"{shown(row, n, text)} ({text.number(row[expected], '#,##0.0')})"


def _share(row: Row, text: Text) -> str:
    """How often it was right, with limits, beside how often the same came without an alarm."""
    parts = [
        text("The rise went on: the four weeks after held more than chance gives (p < 0.05) at the mean expected."),
    ]
    if row["share"] is not None:
        parts.append(
            text(
                "So it was after {share} of alarms ({low}–{high}); after tested weeks without alarm, {without}.",
                share=text.percent(row["share"]),
                low=text.percent(row["low"]),
                high=text.percent(row["high"]),
                without=text.percent(row["share_without"]),
            )
        )
    return " ".join(parts)


VIEWS = {
    "now": (N_("Now and its record"), _now_and_its_record),
    "ahead": (N_("Where next"), ahead.where_next),
    "nearby": (N_("Places and near repeats"), nearby.below_the_district),
}
PAGE = Page("warning", N_("Early warning"), warning.answer, draw)
