"""Plan, training: for one institution the modules in the order of the gaps, each with its reason, exercise and aim."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboard import admission, briefs, session, workbook
from dashboard.access import leaving
from dashboard.components import caveat, handout, strengths, words
from dashboard.disclosure import Answer, Row
from dashboard.figures.training import INSTITUTIONS, PRACTICE
from dashboard.i18n import N_, Text
from dashboard.page import Page
from dashboard.paper import Block, Heading, Listing, Placed, Prose

Maker = Callable[[str, Page, Answer, Text, datetime], bytes]
STORIES = {
    "displacement": N_("a move after an operation"),
    "centroid_hotspot": N_("a hot cell that is only the middle of a district"),
    "blind_trail": N_("a corridor where nobody looked"),
}
AFTER = {"at_least": N_("under {share}"), "at_most": N_("over {share}")}  # a gap is closed beyond its threshold
MEASURED_AGAIN = N_(
    "Before: the number of the reason now; after: the same, under the same filters, on later data. The widest gap "
    "comes first: how far the number lies from its aim. Rejected statements give no module."
)


def chosen() -> str:
    """The institution that the link names, or the first."""
    place = session.chosen_place()
    return place if place in INSTITUTIONS else INSTITUTIONS[0]


def of(institution: str, answer: Answer) -> list[Row]:
    """The modules of one institution, the widest gap first."""
    return [row for row in answer.rows("training") if row["institution"] == institution]


def headline(answer: Answer, text: Text) -> str:
    """How many modules, and the first of them with its reason."""
    if nothing := words.none_match(answer, text):
        return nothing
    return _headline(chosen(), answer, text)


def _headline(institution: str, answer: Answer, text: Text) -> str:
    rows, name = of(institution, answer), text(words.INSTITUTIONS[institution])
    if not rows:
        return text("{institution}: no gap that a module is for was measured here.", institution=name)
    said = text(
        "{institution}: {n} modules, first of all: {module}.",
        institution=name,
        n=len(rows),
        module=_title(rows[0], text),
    )
    return f"{said} {strengths.sentence(rows[0], text)}"


def draw(answer: Answer, text: Text) -> None:
    """The plan of the chosen institution as one table."""
    columns = table(of(chosen(), answer), text)
    if next(iter(columns.values())):
        st.table(columns, border="horizontal", hide_index=True, alt=text("Training plan"))
    st.caption(f"{text(MEASURED_AGAIN)} {words.as_written(_practice(chosen(), text))}")


def table(rows: list[Row], text: Text) -> dict[str, list[str]]:
    """The plan's columns, in words."""
    return {
        text("Module"): [
            f"{text.number(row['priority'])} · {_title(row, text)}: {row[f'aim_{text.language}']}" for row in rows
        ],
        text("Reason"): [strengths.sentence(row, text) for row in rows],
        text("Exercise"): [f"{_story(row, text)}: {row[f'task_{text.language}']}" for row in rows],
        text("Indicator: before → after"): [_indicator(row, text) for row in rows],
    }


def _indicator(row: Row, text: Text) -> str:
    """The number of the reason now, and where it is to be: 26% (n = 211) → under 25%."""
    before = text("{share} (n = {n})", share=text.percent(row["share"]), n=row["n"])
    return f"{before} → {text(AFTER[row['compare']], share=text.percent(row['threshold']))}"


def _title(row: Row, text: Text) -> str:
    return str(row[f"title_{text.language}"])


def _story(row: Row, text: Text) -> str:
    told = text(STORIES[row["story"]])
    return told[:1].upper() + told[1:]


def _practice(institution: str, text: Text) -> str:
    command = PRACTICE.format(institution=institution)
    return text("The institution's own invented data are made by the command: {command}", command=command)


def to_take(page: Page, answer: Answer, text: Text) -> None:
    """The plan as a sheet to print and as a workbook, for who may take a file of the page away."""
    if session.is_on_paper() or not page.may_leave(leaving(admission.principal(), answer.reader)):
        return
    _to_take("pdf", text("Training plan (PDF)"), printed, page, answer, text)
    _to_take("xlsx", text("Training plan (XLSX)"), as_workbook, page, answer, text)


def _to_take(kind: str, name: str, make: Maker, page: Page, answer: Answer, text: Text) -> None:
    institution, noted = chosen(), admission.taking()

    def made() -> bytes:
        noted(f"{page.name} {institution} {kind} v{answer.version:06d}", answer.filters.to_link())
        return make(institution, page, answer, text, datetime.now(UTC))

    st.download_button(
        name,
        made,
        file_name=f"simanta_training_{institution}_v{answer.version:06d}.{kind}",
        icon=":material/download:",
        key=f"training-{kind}",
        on_click="ignore",
    )


def printed(institution: str, page: Page, answer: Answer, text: Text, made_at: datetime) -> bytes:
    """The plan of an institution as a PDF."""
    told = [caveat.made_of(answer, text, made_at), *caveat.duties(answer, text)]
    sheet = handout.sheet(page, answer, text, told, caveat.practice(answer, text))
    return briefs.as_pdf(sheet, [Placed(block, 1.0) for block in blocks(institution, answer, text)], made_at)


def blocks(institution: str, answer: Answer, text: Text) -> Iterator[Block]:
    """What the sheet says, in its order."""
    rows = of(institution, answer)
    yield Heading(_headline(institution, answer, text))
    if rows:
        measured = {text("Measured"): [text(strengths.MEASURED[row["measure"]]) for row in rows]}
        yield Listing(table(rows, text) | measured, text("Training plan"))  # of five columns: over all of the paper
    lines = [text(MEASURED_AGAIN), _practice(institution, text)]  # on a line of its own the command is not broken
    yield Prose([[(line, False)] for line in lines], True, False)


def as_workbook(institution: str, page: Page, answer: Answer, text: Text, made_at: datetime) -> bytes:
    """The plan of an institution as a workbook, in both languages."""
    plan = answer.tables["training"]
    own = plan.filter(pc.equal(plan["institution"], pa.scalar(institution)))
    narrowed = replace(answer, tables={"totals": answer.tables["totals"], "training": own})
    return workbook.as_xlsx(narrowed, handout.about(page, answer, made_at), made_at)
