"""Below the district: the place that stands out most, and whether detections repeat nearby and soon."""

import streamlit as st

from dashboard.charts import shown
from dashboard.components import caveat, pictures
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

USUAL, RAREST = 2, 10_000  # weeks, below and beyond which no number is told
UNSCANNED = {
    "too_few_weeks": N_("Places below the district are not scanned: 12 settled weeks are needed."),
    "too_few_records": N_("Places below the district are not scanned: 20 placed detections are needed."),
}


def below_the_district(answer: Answer, text: Text) -> None:
    """The scan of places left, near repeats right; each as a sentence and a table."""
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left, st.container(border=True, gap="xxsmall"):
        st.markdown("**" + text("The strongest place below the district") + "**")
        st.caption(placed(answer, text))
        pictures.table(_places(answer, text), text, text("The place with weeks, count, expected and chance."))
    with right, st.container(border=True, gap="xxsmall"):
        st.markdown("**" + text("Near repeats: soon, and nearby") + "**")
        st.caption(repeated(answer, text))
        pictures.table(_bands(answer, text), text, text("Pairs of detections by distance and days, against chance."))


def placed(answer: Answer, text: Text) -> str:
    """What the scan of places says, or why it says nothing."""
    if reason := answer.notes["unscanned"]:
        return text(UNSCANNED[reason])
    if not (rows := answer.rows("places")):
        return text("No place stands out.")
    if rows[0]["n" + HIDDEN]:
        return text("It is withheld: under {k} detections.")
    how = text("Space-time scan of placed detections, 999 shuffles; it rings from once in 100 weeks on.")
    rings = text("It rings.") if rows[0]["rings"] else text("It does not ring.")
    return f"{rings} {how}"


def _places(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows, name = answer.rows("places"), answer.label(text.language)
    return {
        text("Around"): [name("district", str(row["adm2"])) for row in rows],
        text("Within"): [_known(row["reach_km"], N_("{n} km"), text) for row in rows],
        text("In the last"): [_known(row["weeks"], N_("{n} weeks"), text) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
        text("Expected"): [text.number(row["expected"], "#,##0.0") for row in rows],
        text("By chance"): [once_in(row["recurrence_weeks"], text) for row in rows],
        text("Cell"): [format(row["cell"], "x") for row in rows],
    }


def _known(value: float | None, words_: str, text: Text) -> str:
    return "–" if value is None else text(words_, n=round(value))


def repeated(answer: Answer, text: Text) -> str:
    """Whether detections repeat nearby and soon more often than chance would, and on how many that rests."""
    eligible, used = (caveat.count(answer, name, text) for name in ("n_eligible", "n_used"))
    if not answer.rows("repeats"):
        return text("Too few to test: {n} detections exact in day and place in 52 weeks, 50 are needed.", n=eligible)
    more = [row for row in answer.rows("repeats") if row["q"] is not None and row["q"] <= 0.05]
    first = (
        text(
            "More pairs than chance {band}: {ratio} times as many.",
            band=_band(more[0], text),
            ratio=text.number(more[0]["ratio"], "0.0"),
        )
        if more
        else text("No evidence that detections repeat nearby and soon.")
    )
    based = text("{used} of {eligible} exact detections of 52 weeks, 999 shuffles.", used=used, eligible=eligible)
    return f"{first} {based}"


def _bands(answer: Answer, text: Text) -> dict[str, list[object]]:
    rows = answer.rows("repeats")
    return {
        text("Apart"): [_band(row, text) for row in rows],
        text("Pairs"): [shown(row, "n", text) for row in rows],
        text("Expected"): [text.number(row["expected"], "#,##0.0") for row in rows],
        text("Times"): [text.number(row["ratio"], "0.0") for row in rows],
        "q": [text.number(row["q"], "0.000") for row in rows],
    }


def _band(row: Row, text: Text) -> str:
    km, days = (f"{text.number(row['from_' + unit])}–{text.number(row['to_' + unit])}" for unit in ("km", "days"))
    return text("{km} km, {days} days apart", km=km, days=days)


def once_in(weeks: float | None, text: Text) -> str:
    """Once in so many weeks, by chance, in this place alone."""
    if weeks is None:
        return "–"
    if weeks < USUAL:
        return text("usual")
    if weeks > RAREST:
        return text("once in over {n} weeks", n=RAREST)
    return text("once in {n} weeks", n=round(weeks))
