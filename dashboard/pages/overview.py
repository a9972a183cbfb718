"""Overview: a commander knows in a minute where, which corridor, what changed, and how sure."""

import streamlit as st

from dashboard import layers
from dashboard.answers import overview
from dashboard.components import caveat, pictures, words
from dashboard.disclosure import Answer
from dashboard.i18n import N_, Text
from dashboard.page import Page

MAP_PX = 560
CHANGES = 4


def headline(answer: Answer, text: Text) -> str:
    """The finding in words, with its doubt: how many, against how many, and where most."""
    found = f"{words.total(answer, text)} {_most(answer, text)}".strip()
    return words.none_match(answer, text) or found


def _most(answer: Answer, text: Text) -> str:
    """The crossing with most detections, where one is named at least five times."""
    first = next((row for row in answer.rows("crossings") if row["n"]), None)
    if first is None:
        return ""
    place = answer.label(text.language)("crossing", str(first["crossing"]))
    return text("Most at {place}: {n}.", place=place, n=first["n"])


def draw(answer: Answer, text: Text) -> None:
    """Map left, story right."""
    st.subheader(headline(answer, text))
    left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        pictures.map_of(
            answer,
            text,
            layers.overview,
            text("Map of hot cells, district-only rings and corridors; listed on the next pages."),
            MAP_PX,
        )
        pictures.legend(_legend(text))
    with right:
        _metrics(answer, text)
        with st.container(border=True, gap="xxsmall"):
            st.markdown(
                "**"
                + text(
                    "Detections a week and in the period compared"
                    if answer.notes["unit"] == "week"
                    else "Detections a month and in the period compared"
                )
                + "**"
            )
            pictures.bars(answer.rows("times"), text, text("Bars: now. Dashed line: the period compared."), 150)
        changed, sure = st.columns([0.6, 0.4], gap="small")
        with changed, st.container(border=True, gap="xxsmall"):
            _changes(answer, text)
        with sure, st.container(border=True, gap="xxsmall"):
            _sureness(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _metrics(answer: Answer, text: Text) -> None:
    (totals,) = answer.rows("totals")
    n = answer.figure("n")
    shares = [(N_("Label undetermined"), "n_undetermined"), (N_("Village or better"), "n_exact")]
    columns = st.columns(4, gap="small")
    columns[0].metric(
        text("Detections"),
        caveat.count(answer, "n", text),
        words.ratio(totals, text),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    columns[1].metric(
        text("Labelled TIP"),
        caveat.count(answer, "n_tip", text),
        text("before: {n}", n=caveat.count(answer, "n_tip_before", text)),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    for column, (name, figure) in zip(columns[2:], shares, strict=True):
        part = answer.figure(figure)
        column.metric(
            text(name),
            text.percent(part / n if n and part is not None else None),
            text("n = {n}", n=caveat.count(answer, figure, text)),
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def _changes(answer: Answer, text: Text) -> None:
    """The crossings that changed; those without evidence only fill the card where there is nothing else."""
    st.markdown("**" + text("What changed, by crossing") + "**")
    rows = [row for row in answer.rows("crossings") if row["verdict"] not in (None, "too_few", "none_in_either")]
    rows.sort(key=lambda row: row["verdict"] == "no_evidence")
    name = answer.label(text.language)
    for row in rows[:CHANGES]:
        place = name("crossing", str(row["crossing"]))
        st.markdown(f"**{place}** {words.now_and_before(row, text)} · {words.verdict(row, text)}")
    if not rows:
        st.caption(text("Too few at any crossing to compare."))


def _sureness(answer: Answer, text: Text) -> None:
    st.markdown("**" + text("How sure") + "**")
    caveat.strip(answer, text, pictures.shown_theme())
    st.caption(
        " ".join(
            filter(
                None,
                [
                    words.untested(answer, text),
                    words.placed(answer, text),
                    text("No effort report is loaded: a place without detections is unknown, not safe."),
                ],
            )
        )
    )


def _legend(text: Text) -> list[tuple[str, str, str]]:
    theme = pictures.shown_theme()
    return [
        ("outlined", theme.hot[2], text("hot, q ≤ 0.001")),
        ("outlined", theme.hot[1], text("hot, q ≤ 0.01")),
        ("outlined", theme.hot[0], text("hot, q ≤ 0.05")),
        ("cell", theme.steps[0], text("detections, not hot")),
        ("outlined", "transparent", text("lone peak: many here, neighbours not")),
        ("ring", theme.accent, text("known to the district only")),
        ("line", theme.label["TIP"], text("mostly TIP")),
        ("line", theme.label["SOM"], text("mostly SOM")),
        ("line", theme.label["UNDETERMINED"], text("mostly undetermined")),
        ("line", theme.label["mixed"], text("mixed")),
        ("point", theme.text, text("crossing")),
    ]


PAGE = Page("overview", N_("Overview"), overview.answer, draw)
