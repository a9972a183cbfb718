"""Law: which law applied on a day, what each section says and reaches, old beside new, and what the records cite."""

from datetime import date

import streamlit as st

from dashboard import session
from dashboard.answers import law
from dashboard.charts import shown
from dashboard.components import caveat, laws, switches, when, words
from dashboard.disclosure import Answer, Row
from dashboard.figures.law import applied
from dashboard.i18n import N_, Text
from dashboard.page import Page

STANDING = {
    "in_force": N_("in force on the day of the incident"),
    "before_effect": N_("cited before it was in force"),
    "after_repeal": N_("cited after it was repealed"),
    "day_unknown": N_("date of effect not known"),
    "not_in_table": N_("no text of it in the table of laws"),
    "not_told": N_("no law is cited"),
    "merged": N_("others, each under {k} or needed to hide one"),
}
UNCLEAR = ("before_effect", "after_repeal", "not_in_table")  # what somebody has to look at
UNIT = {
    "hours": N_("{n} hours"),
    "days": N_("{n} days"),
    "working_days": N_("{n} working days"),
    "months": N_("{n} months"),
}


def day_of(answer: Answer) -> date:
    """The day that is looked at: the one chosen, else the last of the period."""
    try:
        return date.fromisoformat(session.chosen_place() or "")
    except ValueError:
        return answer.filters.span[1]


def headline(answer: Answer, text: Text) -> str:
    """How many laws applied on the day, of how many that is not certain, and what records cite that is unclear."""
    day = day_of(answer)
    rows = [row for row in answer.rows("instruments") if applied(row, day)]
    unseen = sum(row["effective_from"] is None for row in rows)
    said = text("{day}: {n} laws of the table applied.", day=day, n=len(rows))
    if unseen:
        said += " " + text("Of {n} of them the date of effect is not known.", n=unseen)
    return " ".join(filter(None, [said, _unclear(answer, text)]))


def _unclear(answer: Answer, text: Text) -> str:
    n = {row["standing"]: 0 for row in answer.rows("cited")}
    for row in answer.rows("cited"):
        n[row["standing"]] += row["n"] or 0
    said = [text(SAID[standing], n=n[standing]) for standing in UNCLEAR if n.get(standing)]
    return " ".join(said)


SAID = {
    "before_effect": N_("{n} detections cite a law before it was in force."),
    "after_repeal": N_("{n} detections cite a law after its repeal."),
    "not_in_table": N_("{n} detections cite a law of which the table has no text."),
}


def choose(answer: Answer, text: Text) -> None:
    """Offers any day; without one it is the last of the period."""
    when.one("law-day", text("Day"), day_of(answer), text, lambda day: session.choose_place(str(day)))


def draw(answer: Answer, text: Text) -> None:
    """Four tables behind one another: what applied, old and new by topic, the laws, what the records cite."""
    st.subheader(headline(answer, text))
    titles = (text("Applied on that day"), text("Old and new, by topic"), text("Laws"), text("Cited in the records"))
    tables = (_sections(answer, text), _by_topic(answer, text), _laws(answer, text), _cited(answer, text))
    for tab, title, columns in zip(switches.tabs(titles), titles, tables, strict=True):
        with tab:
            _table(columns, title, text)
    sources = " · ".join(f"{row['source']}: {words.as_written(row['what'])}" for row in _sources(answer))
    st.caption(text("Short facts in our words, not the law: read the text before you act. Sources:") + " " + sources)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _table(columns: dict[str, list[str]], title: str, text: Text) -> None:
    """Sentences in cells that wrap; the page scrolls, for a box within it could not be scrolled by its keys."""
    if next(iter(columns.values())):
        st.table(columns, border="horizontal", hide_index=True, alt=title)
    else:
        st.caption(text("Nothing to list."))


def _sections(answer: Answer, text: Text) -> dict[str, list[str]]:
    rows, name = [row for row in answer.rows("sections") if applied(row, day_of(answer))], answer.label(text.language)
    terms: dict[str, list[str]] = {}
    for row in answer.rows("clocks"):
        terms.setdefault(row["section_id"], []).append(_term(row, text))
    return {
        text("Law"): [laws.short(row, answer, text) for row in rows],
        text("Section"): [text.digits(row["section"]) for row in rows],
        text("Kind"): [name("offence_class", row["offence_class"]) for row in rows],
        text("What it says"): [str(row[f"fact_{text.language}"]) for row in rows],
        text("Trails"): [", ".join(name("trail", each) for each in row["trails"].split(";") if each) for row in rows],
        text("Term"): ["; ".join(terms.get(row["section_id"], [])) for row in rows],
        text("In force"): [laws.in_force(row, text) for row in rows],
    }


def _term(row: Row, text: Text) -> str:
    """90 days and 45 more."""
    long = text(UNIT[row["unit"]], n=row["term"])
    return text("{term} and {n} more", term=long, n=row["extension"]) if row["extension"] else long


def _by_topic(answer: Answer, text: Text) -> dict[str, list[str]]:
    """A topic a row: what repealed laws say of it, and what laws say that are not repealed."""
    topics: dict[str, tuple[list[str], list[str]]] = {}
    for row in answer.rows("sections"):
        is_new = row["effective_to"] is None
        topics.setdefault(row["topic"], ([], []))[is_new].append(_fact(row, answer, text))
    name = answer.label(text.language)
    return {
        text("Topic"): [name("legal_topic", topic) for topic in topics],
        text("Repealed law"): ["  \n".join(old) or "–" for old, _ in topics.values()],
        text("Law not repealed"): ["  \n".join(new) or "–" for _, new in topics.values()],
    }


def _fact(row: Row, answer: Answer, text: Text) -> str:
    return f"**{laws.cited(row, answer, text)}**: {row[f'fact_{text.language}']}"


def _laws(answer: Answer, text: Text) -> dict[str, list[str]]:
    rows = answer.rows("instruments")
    return {
        text("Law"): [str(row[f"title_{text.language}"]) for row in rows],
        text("First day"): [_day(row["effective_from"], text("date of effect not known"), text) for row in rows],
        text("Last day"): [_day(row["effective_to"], text("in force"), text) for row in rows],
        text("On that day"): [_standing(row, day_of(answer), text) for row in rows],
        text("Source"): [row["source"] for row in rows],
    }


def _day(day: date | None, otherwise: str, text: Text) -> str:
    return text.day(day) if day else otherwise


def _standing(row: Row, day: date, text: Text) -> str:
    if not applied(row, day):
        return text("did not apply")
    return text("applied") if row["effective_from"] else text("applied, if its first day was before")


def _cited(answer: Answer, text: Text) -> dict[str, list[str]]:
    rows, name = answer.rows("cited"), answer.label(text.language)
    other = {"not_told": text("none"), "merged": text("several")}
    return {
        text("Law cited"): [other.get(row["legal_basis"]) or name("legal_basis", row["legal_basis"]) for row in rows],
        text("How it stood"): [text(STANDING[row["standing"]]) for row in rows],
        text("Detections"): [shown(row, "n", text) for row in rows],
    }


def _sources(answer: Answer) -> list[Row]:
    used = {row["source"] for row in answer.rows("sections")}
    return [row for row in answer.rows("sources") if row["source"] in used]


PAGE = Page("law", N_("Law"), law.answer, draw, choose, group=N_("Action"))
