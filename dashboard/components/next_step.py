"""A chosen trail in full: what it means, the law that reaches it, what may lawfully be asked next; also on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard import admission, briefs, session
from dashboard.access import leaving
from dashboard.charts import shown
from dashboard.components import caveat, handout, laws
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.figures.trails import ANY, NOT_TOLD
from dashboard.i18n import N_, Text
from dashboard.page import Page
from dashboard.paper import Block, Heading, Placed, Prose

MEANS = {
    "advertising": N_("How persons were drawn in: an offer that was seen, heard or sent."),
    "rental_premises": N_("Where persons were kept, met or used: who let the place, and knew."),
    "transport": N_("What carried persons: kind of vehicle or boat, and by whose arrangement."),
    "communications": N_("How the persons behind it spoke to one another and to those they moved."),
    "finance": N_("Who paid, who was paid, and where the money went: it leads to those who never touch a border."),
    "documents": N_("Papers that were forged, got by fraud, withheld, or missing."),
}
AT = {
    "recruit": N_("Recruit: before the journey, where persons live."),
    "gather": N_("Gather: where persons are brought together."),
    "move": N_("Move: the way inside the country."),
    "cross": N_("Cross: the border itself."),
    "hold": N_("Hold: kept against their will, or until somebody pays."),
    "exploit": N_("Exploit: labour, sex, begging, ransom."),
    "pay_out": N_("Pay out: how the gain is shared."),
    NOT_TOLD: N_("No stage was told: all that a record tells without a stage."),
    ANY: N_("Each detection counts once, at whatever stage."),
}
GUIDANCE = N_("General guidance: the law's text and the prosecutor decide.")
DUTY = N_("Who was moved is asked as a possible victim first. Write no name, number or address.")


@dataclass(frozen=True)
class Chosen:
    """A cell of the grid; with a corridor, a row of the blind trails. place: its code."""

    trail: str
    stage: str
    place: str | None = None

    @property
    def code(self) -> str:
        """What the address bar has of it."""
        return "~".join(filter(None, (self.trail, self.stage, self.place)))


def chosen(answer: Answer) -> Chosen:
    """What is chosen, if the answer has it; else the blind trail that heads the list, or the first trail."""
    parts = (session.chosen_place() or "").split("~")
    if any((row["trail_type"], row["stage"]) == tuple(parts[:2]) for row in answer.rows("grid")):
        return Chosen(parts[0], parts[1], parts[2] if _of(answer, parts) else None)
    return head(answer)


def head(answer: Answer) -> Chosen:
    """What is shown where nothing is chosen."""
    blind = answer.rows("blind")
    if blind:
        return of_blind(blind[0])
    return Chosen(answer.rows("grid")[0]["trail_type"], ANY)


def of_blind(row: Row) -> Chosen:
    """What a row of the blind trails chooses."""
    return Chosen(row["trail_type"], ANY, place_of(row))


def place_of(row: Row) -> str:
    """The code of a blind trail's corridor."""
    return str(row["crossing"] or row["adm2"])


def place_name(row: Row, answer: Answer, text: Text) -> str:
    """A crossing by its name; a district with the word."""
    name = answer.label(text.language)
    if row["crossing"]:
        return name("crossing", row["crossing"])
    return text("{district} district", district=name("district", row["adm2"]))


def stage_name(stage: str, answer: Answer, text: Text) -> str:
    """A stage's label; any stage and no stage told in words of their own."""
    said = {ANY: text("Any stage"), NOT_TOLD: text("Stage not told")}
    return said.get(stage) or answer.label(text.language)("trail_stage", stage)


def interceptions(row: Row, text: Text) -> str:
    """How many at a blind trail's corridor; that there are 5 or more where the number is withheld."""
    return text("{k} or more") if row["n_interceptions" + HIDDEN] else text.number(row["n_interceptions"])


def _of(answer: Answer, parts: list[str]) -> Row | None:
    """The blind trail that a choice names."""
    if len(parts) < 3:
        return None
    rows = answer.rows("blind")
    return next((row for row in rows if (row["trail_type"], ANY, place_of(row)) == tuple(parts[:3])), None)


def card(page: Page, answer: Answer, text: Text) -> None:
    """The chosen trail on the screen, with its checklist to print."""
    this = chosen(answer)
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title(this, answer, text)}**")
            st.space("stretch")
            _to_print(this, page, answer, text)
        st.markdown(" ".join(counted(this, answer, text)))
        st.caption(" ".join(_means(this, text)))
        left, right = st.columns([0.38, 0.62], gap="small")
        with left.container(gap="xxsmall"):
            st.markdown("**" + text("What reaches it on {day}", day=answer.filters.date_to) + "**")
            for law, facts in powers(this, answer, text):
                st.caption(law)
                st.markdown("\n".join(f"- {fact}" for fact in facts))
        with right.container(gap="xxsmall"):
            st.markdown("**" + text("Ask next") + "**")
            st.markdown("\n".join(f"- {line}" for line in asked(this, answer, text)))
        st.caption(f"{text(DUTY)} {text(GUIDANCE)}")


def _to_print(this: Chosen, page: Page, answer: Answer, text: Text) -> None:
    """The sheet carries the page's counts, so it is made for whom a file of the page may be made."""
    if session.is_on_paper() or not page.may_leave(leaving(admission.principal(), answer.reader)):
        return
    noted = admission.taking()

    def made() -> bytes:
        noted(f"{page.name} checklist v{answer.version:06d}", answer.filters.to_link())
        return printed(this, page, answer, text, datetime.now(UTC))

    st.download_button(
        text("Checklist to print (PDF)"),
        made,
        file_name=f"simanta_checklist_{this.trail}_{this.stage}_v{answer.version:06d}.pdf",
        mime="application/pdf",
        icon=":material/print:",
        type="tertiary",
        key="print-checklist",
        on_click="ignore",
    )


def title(this: Chosen, answer: Answer, text: Text) -> str:
    """Trail, stage, and the corridor where nobody looked."""
    row = _of(answer, this.code.split("~"))
    place = [place_name(row, answer, text)] if row else []
    trail = answer.label(text.language)("trail", this.trail)
    return " · ".join([trail, stage_name(this.stage, answer, text), *place])


def counted(this: Chosen, answer: Answer, text: Text) -> list[str]:
    """The corridor's interceptions, then the cell's counts, each of the detections in view."""
    said, blind = [], _of(answer, this.code.split("~"))
    if blind:
        place, n = place_name(blind, answer, text), interceptions(blind, text)
        said.append(text("{place}: {n} interceptions, and nobody looked for it.", place=place, n=n))
    row = cell(this, answer)
    if row["n_looked_for"] == 0:
        said.append(text("In view: looked for in none of {n} detections.", n=caveat.count(answer, "n", text)))
        return said
    said.append(
        text(
            "In view: looked for in {looked} of {n}, found in {found}, not found in {missed}; "
            "not looked for in {rest}.",
            n=caveat.count(answer, "n", text),
            **{name: part(row, column, text) for name, column in COUNTS.items()},
        )
    )
    return said


COUNTS = {"looked": "n_looked_for", "found": "n_found", "missed": "n_not_found", "rest": "n_not_looked_for"}
WITHHELD = "∗"  # a count that is under {k}, or would give such a one back


def part(row: Row, column: str, text: Text) -> str:
    """A count, or that it is withheld."""
    return WITHHELD if row[column + HIDDEN] else shown(row, column, text)


def cell(this: Chosen, answer: Answer) -> Row:
    """The chosen row of the grid."""
    return next(row for row in answer.rows("grid") if (row["trail_type"], row["stage"]) == (this.trail, this.stage))


def _means(this: Chosen, text: Text) -> tuple[str, str]:
    return text(MEANS.get(this.trail, this.trail)), text(AT[this.stage])


def powers(this: Chosen, answer: Answer, text: Text) -> list[tuple[str, list[str]]]:
    """Each law that reaches the trail with its days, and its sections: what each says, in short."""
    found: dict[str, list[str]] = {}
    for row in answer.rows("powers"):
        if row["trail_type"] == this.trail:
            law = f"{laws.short(row, answer, text)} ({laws.in_force(row, text)})"
            fact = text(
                "section {section}: {fact}", section=text.digits(row["section"]), fact=row[f"fact_{text.language}"]
            )
            found.setdefault(law, []).append(fact)
    return list(found.items()) or [(text("No section in the table of laws reaches it on this day."), [])]


def asked(this: Chosen, answer: Answer, text: Text) -> list[str]:
    """The next lawful enquiries in their order, of every stage and of the chosen one, each with its section."""
    mine = [row for row in answer.rows("enquiries") if row["trail_type"] == this.trail]
    rows = [row for row in mine if row["stage"] in (ANY, this.stage)]
    if not rows:
        return [text("Nothing is listed for this day: the laws that applied were not read for it. Ask the prosecutor.")]
    return [f"{row[f'say_{text.language}']} ({_section(row, answer, text)})" for row in rows]


def _section(row: Row, answer: Answer, text: Text) -> str:
    known = {each["section_id"]: each for each in answer.rows("laws")}
    return laws.cited(known[row["section_id"]], answer, text)


def printed(this: Chosen, page: Page, answer: Answer, text: Text, made_at: datetime) -> bytes:
    """The checklist as one sheet: what was counted, the law, and a line to tick for each enquiry."""
    told = [caveat.made_of(answer, text, made_at), *caveat.duties(answer, text)]
    sheet = handout.sheet(page, answer, text, told, caveat.practice(answer, text))
    return briefs.as_pdf(sheet, [Placed(block, 1.0) for block in blocks(this, answer, text)], made_at)


def blocks(this: Chosen, answer: Answer, text: Text) -> Iterator[Block]:
    """The sheet's blocks in their order."""
    yield Heading(title(this, answer, text))
    yield _prose([*counted(this, answer, text), *_means(this, text)])
    yield _titled(text("What reaches it on {day}", day=answer.filters.date_to))
    for law, facts in powers(this, answer, text):
        yield _prose([law])
        yield _prose(facts, is_list=True)
    yield _titled(text("Ask next"))
    yield _prose([f"☐ {line}" for line in asked(this, answer, text)])
    yield _prose([text(DUTY), text(GUIDANCE)], is_small=True)


def _titled(said: str) -> Prose:
    return Prose([[(said, True)]], False, False)


def _prose(lines: list[str], is_small: bool = False, is_list: bool = False) -> Prose:
    return Prose([[(line, False)] for line in lines], is_small, is_list)
