"""Trails: which were looked for and found, where nobody looked, and the next lawful step."""

import streamlit as st

from dashboard.answers import trails
from dashboard.components import caveat, choosing, next_step, pictures, words
from dashboard.components.next_step import Chosen, part, place_name, place_of
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.figures.trails import ANY, STAGES
from dashboard.i18n import N_, Text
from dashboard.page import Page

FEW, LIST_PX = 7, 283  # corridors that the list shows, and its height where it has more
MANY, SOME = 0.3, 0.1  # shares of detections that were looked at, from which a cell is darker
MIN_FOR_SHARES = 20  # detections, under which the page says that no share means much


def headline(answer: Answer, text: Text) -> str:
    """The blind trail that comes first, and how many there are; or that there is none to name."""
    if nothing := words.none_match(answer, text):
        return nothing
    if answer.is_hidden("n"):
        return text("Under 5 detections: what was looked for is withheld.")
    return f"{_blind(answer, text)} {_few(answer, text)}".strip()


def _blind(answer: Answer, text: Text) -> str:
    rows = answer.rows("blind")
    if not rows:
        return text(
            "No blind trail to name: wherever 5 were intercepted each trail was looked for, or no count may be told."
        )
    first = text(
        "{place}: {n} interceptions, and nobody looked for this trail: {trail}.",
        place=place_name(rows[0], answer, text),
        n=next_step.interceptions(rows[0], text),
        trail=answer.label(text.language)("trail", rows[0]["trail_type"]),
    )
    places = {place_of(row) for row in rows}
    return first + " " + text("Blind trails in all: {n}, on {places} corridors.", n=len(rows), places=len(places))


def _few(answer: Answer, text: Text) -> str:
    n = answer.figure("n")
    return text("Too few for shares: {n} detections.", n=n) if n is not None and n < MIN_FOR_SHARES else ""


def draw(answer: Answer, text: Text) -> None:
    """The grid over the page's width; under it the blind trails, and what is chosen in full."""
    st.subheader(headline(answer, text))
    if answer.figure("n"):
        _grid(answer, text)
        left, right = st.columns([0.27, 0.73], gap="small")
        with left:
            _list(answer, text)
        with right:
            next_step.card(PAGE, answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _grid(answer: Answer, text: Text) -> None:
    name, rows = answer.label(text.language), answer.rows("grid")
    trails_ = list(dict.fromkeys(row["trail_type"] for row in rows))
    at = {(row["trail_type"], row["stage"]): row for row in rows}
    stages = (ANY, *STAGES)
    columns = {
        text("Trail"): [name("trail", trail) for trail in trails_],
        text("Not looked for"): [part(at[trail, ANY], "n_not_looked_for", text) for trail in trails_],
    }
    for stage in stages:
        columns[next_step.stage_name(stage, answer, text)] = [_said(at[trail, stage], text) for trail in trails_]
    chosen = [[Chosen(trail, stage).code for stage in (ANY, ANY, *stages)] for trail in trails_]
    shades = [[None, None, *(_shade(at[trail, stage], answer) for stage in stages)] for trail in trails_]
    alt = text("Trails by stage: found and looked for. What is chosen is explained below.")
    this = next_step.chosen(answer)
    choosing.cells(columns, chosen, shades, text, alt, "trail-grid", Chosen(this.trail, this.stage).code)
    st.caption(f"{_key(answer, text)} {_untold(answer, text)}")


def _said(row: Row, text: Text) -> str:
    """3 / 12: found in three of the twelve that were looked at; a dash where nobody looked."""
    if row["n_looked_for"] == 0:
        return "–"
    if row["n_looked_for" + HIDDEN]:
        return next_step.WITHHELD
    return f"{part(row, 'n_found', text)} / {part(row, 'n_looked_for', text)}"


def _shade(row: Row, answer: Answer) -> str | None:
    """The darker the more detections were looked at; nothing where none was, or where it is withheld."""
    n, looked = answer.figure("n"), row["n_looked_for"]
    if not n or not looked:
        return None
    strong, _, middle, pale = pictures.shown_theme().precision
    return strong if looked / n >= MANY else middle if looked / n >= SOME else pale


def _key(answer: Answer, text: Text) -> str:
    return text(
        "Found / looked for, of {n} detections; stronger colour: more were looked at. – nobody looked. ∗ withheld: "
        "under {k}, or it would give such a count back.",
        n=caveat.count(answer, "n", text),
    )


def _untold(answer: Answer, text: Text) -> str:
    (row,) = answer.rows("untold")
    if row["n_untold"] == 0:
        return ""
    n = part(row, "n_untold", text)
    return text("{n} of them say nothing of any trail: they count as not looked for.", n=n)


def _list(answer: Answer, text: Text) -> None:
    rows, name = answer.rows("blind"), answer.label(text.language)
    st.markdown("**" + text("Blind trails: looked for in no detection") + "**")
    columns = {
        text("Corridor"): [place_name(row, answer, text) for row in rows],
        text("Trail"): [name("trail", row["trail_type"]) for row in rows],
        text("Interceptions"): [part(row, "n_interceptions", text) for row in rows],
    }
    names = [[next_step.of_blind(row).code] for row in rows]
    alt = text("Corridors and the trails that nobody looked for there, most interceptions first.")
    first = 0 if next_step.chosen(answer) == next_step.head(answer) else None
    choosing.table(columns, names, text, alt, "blind-trails", LIST_PX if len(rows) > FEW else None, first)
    st.caption(text("A corridor is a crossing, else a district on border or coast; those under {k} are not listed."))


PAGE = Page("trails", N_("Trails"), trails.answer, draw, group=N_("Action"))
