"""Plan, SWOT: four lists of short statements; each opens its number, its query and its terms, and can be judged."""

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard import admission, audit, ledger
from dashboard.components import onward, pictures, words
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.errors import SimantaError
from dashboard.figures import workshop
from dashboard.figures.swot import PARTS
from dashboard.i18n import N_, Text
from dashboard.settings import settings

NAMED = {"S": N_("Strengths"), "W": N_("Weaknesses"), "O": N_("Opportunities"), "T": N_("Threats")}
ASKED_OF = {
    "S": N_("what the records show to be done well"),
    "W": N_("what the records show to be missing"),
    "O": N_("what could be used"),
    "T": N_("what changes or harms"),
}
MEASURED = {
    "district_only": N_("known to the district alone"),
    "undetermined": N_("crime not decided"),
    "finance_looked_for": N_("looked for finance"),
    "communications_looked_for": N_("looked for communications"),
    "finance_blind": N_("interceptions where nobody looked for finance"),
    "reported_late": N_("reported after more than a week"),
    "effort_known": N_("patrols on record for district and week"),
    "handovers_overdue": N_("hand-overs overdue"),
    "no_care": N_("no step of care on record"),
    "accused_victims": N_("first taken up under entry laws, now victims"),
    "accused_waiting": N_("first taken up under entry laws, not screened"),
    "no_law": N_("no law cited"),
    "wrong_law": N_("cited law not in force on the day"),
    "counted_twice": N_("may be counted twice"),
    "three_crossings": N_("at the three busiest crossings"),
    "shared_crossings": N_("at crossings where two agencies detect {k} or more"),
    "hotline": N_("came by a hotline"),
    "origin_known": N_("district of origin known"),
    "new_crossings": N_("origin at a crossing that is new to it"),
    "rising_crossings": N_("at crossings with evidence of a rise"),
    "children": N_("persons of known age under 18"),
}
COMPARED = {"at_least": N_("at least {share}"), "at_most": N_("at most {share}")}
REFUSED = "plan-refused"  # the code of why the last judgement was not kept, until it is said
REFUSALS = {
    "NO_STATEMENT": N_("Not kept: nothing is written."),
    "STATEMENT_LONG": N_("Not kept: it is too long. Write it shorter."),
    "PERSONAL_DATA": N_("Not kept: it holds a number or a name that may be a person's. Write it without."),
    "STATEMENTS_MANY": N_("Not kept: there are as many own statements as one page holds. Reject one of them first."),
    "ROLE": N_("Not kept: your role judges no statements."),
}
OTHERWISE = N_("Not kept: it cannot be written down now. Try again.")
NO_NAME = N_("One sentence, {n} letters at most. Name nobody; no number of a person.")


def headline(answer: Answer, text: Text) -> str:
    """How many statements the numbers give, by part, and how many could not be measured."""
    if nothing := words.none_match(answer, text):
        return nothing
    counted = {part: sum(row["part"] == part for row in standing(answer)) for part in PARTS}
    said = text(
        "From the numbers: strengths {s}, weaknesses {w}, opportunities {o}, threats {t}.",
        **{part.lower(): n for part, n in counted.items()},
    )
    few = sum(row["state"] == "too_few" for row in answer.rows("statements"))
    return f"{said} {text('Too few records to say: {n}.', n=few)}" if few else said


def standing(answer: Answer) -> list[Row]:
    """The statements that hold and nobody rejected, in the order of their rules."""
    judged = judgements(answer)
    return [row for row in answer.rows("statements") if row["state"] == "holds" and not _is_rejected(row, judged)]


def own(answer: Answer) -> list[Row]:
    """The statements in people's own words, but for those that were rejected."""
    return [row for row in answer.rows("judgements") if row["said"] and row["verdict"] == workshop.ACCEPTED]


def judgements(answer: Answer) -> dict[str, Row]:
    """Statement to what was said of it last."""
    return {row["rule"]: row for row in answer.rows("judgements")}


def _is_rejected(row: Row, judged: dict[str, Row]) -> bool:
    return row["rule"] in judged and judged[row["rule"]]["verdict"] == workshop.REJECTED


def sentence(row: Row, text: Text) -> str:
    """A statement with its numbers."""
    values = {"n": row["n"], "part": row["n_part"], "places": row["places"], "share": text.percent(row["share"])}
    return text.filled(row[f"say_{text.language}"], **values)


def draw(answer: Answer, text: Text) -> None:
    """Strengths beside weaknesses, opportunities beside threats; below, what the rules do not say."""
    if refused := st.session_state.pop(REFUSED, None):
        st.warning(text(REFUSALS.get(refused, OTHERWISE)))
    for pair in (PARTS[:2], PARTS[2:]):
        for part, column in zip(pair, st.columns(2, gap="small"), strict=True):
            with column.container(border=True, gap="xxsmall"):
                _part(part, answer, text)
    _unsaid(answer, text)
    st.caption(_made_by(answer, text))


def _made_by(answer: Answer, text: Text) -> str:
    return text(
        "Made from what was recorded, by rules that anybody can read (their file: {sign}). ✓ accepted, ✎ added, by "
        "the person named in it. Where a rule has too few records, nothing is said.",
        sign=str(answer.notes["rules"]),
    )


def _part(part: str, answer: Answer, text: Text) -> None:
    rows, added = told(part, answer)
    st.markdown(f"**{text(NAMED[part])}** · {text(ASKED_OF[part])}")
    for row in rows:
        _opened(row, answer, text)
    for row in added:
        _own_opened(row, answer, text)
    if not rows and not added:
        st.caption(text("None by these rules."))


def told(part: str, answer: Answer) -> tuple[list[Row], list[Row]]:
    """The statements of a part: those of the rules, and those in people's own words."""
    rows, added = standing(answer), own(answer)
    return [row for row in rows if row["part"] == part], [row for row in added if row["part"] == part]


def on_paper(answer: Answer, text: Text) -> None:
    """The four lists as one page has room for them; who accepted or added is named once, by a number."""
    people: dict[str, int] = {}  # what was done by whom on which day, to the number that stands for it
    for pair in (PARTS[:2], PARTS[2:]):
        for part, column in zip(pair, st.columns(2), strict=True):
            with column:
                _on_paper(part, people, answer, text)
    named = [f"{text.number(number)} {words.as_written(by)}" for by, number in people.items()]
    st.caption("; ".join([_made_by(answer, text), *named]))


def _on_paper(part: str, people: dict[str, int], answer: Answer, text: Text) -> None:
    rows, added = told(part, answer)
    judged = judgements(answer)
    said = [(sentence(row, text), "✓", judged.get(row["rule"])) for row in rows]
    said += [(row["said"], "✎", row) for row in added]
    lines = [_line(words_, mark, by, people, text) for words_, mark, by in said]
    st.markdown(f"**{text(NAMED[part])}**")
    st.markdown("\n".join(f"- {line}" for line in lines) or text("None by these rules."))


def _line(said: str, mark: str, by: Row | None, people: dict[str, int], text: Text) -> str:
    if by is None:
        return words.as_written(said)
    number = people.setdefault(_by(by, text), len(people) + 1)
    return f"{words.as_written(said)} {mark}{text.number(number)}"


def _by(judged: Row, text: Text) -> str:
    who = text("the user of this machine") if judged["by"] == "local" else judged["by"]
    said = N_("added by {who}, {day}") if judged["said"] else N_("accepted by {who}, {day}")
    if judged["verdict"] == workshop.REJECTED:
        said = N_("rejected by {who}, {day}")
    return text(said, who=who, day=judged["on"])


def _opened(row: Row, answer: Answer, text: Text) -> None:
    judged = judgements(answer).get(row["rule"])
    mark = "✓ " if judged else ""
    with st.expander(mark + words.as_written(sentence(row, text))):
        st.markdown(number(row, text))
        if judged:
            st.caption(words.as_written(_by(judged, text)) + ", " + _on_version(judged, text))
        with st.container(horizontal=True, gap="small"):
            onward.to_page(row["page"], text("See it on its page"), answer, text, row["view"])
            _to_judge(row["rule"], answer, text)
        (query,) = (each["text"] for each in answer.rows("queries") if each["statement"] == row["statement"])
        name = f"**{words.as_written(row['statement'])}**"
        st.caption(text("Query: {name}, of the records that the filters choose.", name=name))
        st.code(query.strip(), language=None, wrap_lines=True)  # in colours it could not be read by everybody


def number(row: Row, text: Text) -> str:
    """What was measured, of how many, with its limits, and the terms of the rule."""
    limits = {end: text.percent(row[end]) for end in ("low", "high")}
    counted = text("{part} of {n}: {share}", part=row["n_part"], n=row["n"], share=text.percent(row["share"]))
    sure = text("95% limits {low} to {high}", **limits)
    terms = text(
        "said where it is {compared}, from n = {min_n} on",
        compared=_compared(row, text),
        min_n=row["min_n"],
    )
    return f"**{_named(row, text)}**: {counted} ({sure}); {terms}."


def _named(row: Row, text: Text) -> str:
    name = text(MEASURED[row["measure"]])
    return name[:1].upper() + name[1:]


def _compared(row: Row, text: Text) -> str:
    return text(COMPARED[row["compare"]], share=text.percent(row["threshold"]))


def _on_version(judged: Row, text: Text) -> str:
    return f"{text('data')} v{judged['on_version']:06d}"


def _own_opened(row: Row, answer: Answer, text: Text) -> None:
    with st.expander("✎ " + words.as_written(row["said"])):
        st.caption(words.as_written(_by(row, text)) + ", " + _on_version(row, text))
        st.caption(text("In somebody's own words: no number stands behind it."))
        _to_judge(row["rule"], answer, text)


def _to_judge(rule: str, answer: Answer, text: Text) -> None:
    if not _may_judge():
        return
    judged = judgements(answer).get(rule)
    for verdict, name in ((workshop.ACCEPTED, text("Accept")), (workshop.REJECTED, text("Reject"))):
        if judged is None or judged["verdict"] != verdict:
            st.button(name, on_click=_judge, args=(answer, rule, verdict), key=f"{verdict}-{rule}")


def _may_judge() -> bool:
    return onward.is_live() and admission.principal().may("judge")


def _judge(answer: Answer, rule: str, verdict: str) -> None:
    deed = replace(admission.deed("judge"), object=f"{verdict} {rule}")
    book, now = ledger.open_ledger(settings().store), datetime.now(UTC)
    try:
        workshop.judge(book, answer, rule, verdict, admission.principal(), now, audit.beside(deed))
    except SimantaError as error:
        st.session_state[REFUSED] = error.code


def to_add(answer: Answer, text: Text) -> None:
    """A statement in one's own words, for who may judge."""
    if not _may_judge():
        return
    with st.popover(text("Add a statement"), icon=":material/add:"):
        st.selectbox(text("Part"), PARTS, format_func=lambda code: text(NAMED[code]), key="plan-part")
        st.text_input(text("Your words"), max_chars=workshop.LONGEST, key="plan-words")
        st.caption(text(NO_NAME, n=workshop.LONGEST))
        st.button(text("Add"), on_click=_add, args=(answer,), type="primary", key="plan-add")


def _add(answer: Answer) -> None:
    book, now = ledger.open_ledger(settings().store), datetime.now(UTC)
    part = st.session_state["plan-part"]
    beside = audit.beside(replace(admission.deed("judge"), object=f"added {part}"))
    try:
        workshop.add(book, answer, part, st.session_state["plan-words"], admission.principal(), now, beside)
        st.session_state["plan-words"] = ""
    except SimantaError as error:
        st.session_state[REFUSED] = error.code


UNSAID = {
    "not_met": N_("not so"),
    "withheld": N_("withheld: a count is under {k}"),
    "not_comparable": N_("not comparable: the data do not cover both periods apart"),
    "rejected": N_("rejected"),
}


def _unsaid(answer: Answer, text: Text) -> None:
    """Every rule that says nothing here, and why: in words, with its number where it may be told."""
    judged = judgements(answer)
    rows = [row for row in answer.rows("statements") if row["state"] != "holds" or _is_rejected(row, judged)]
    words_ = [row for row in answer.rows("judgements") if row["said"] and row["verdict"] == workshop.REJECTED]
    with st.expander(text("Not said: {n} rules, and why", n=len(rows)), type="compact"):
        columns = {
            text("Part"): [text(NAMED[row["part"]]) for row in [*rows, *words_]],
            text("Measured"): [*(_named(row, text) for row in rows), *(row["said"] for row in words_)],
            text("Said where it is"): [*(_compared(row, text) for row in rows), *("–" for _ in words_)],
            text("Number"): [*(_part_of(row, text) for row in rows), *("–" for _ in words_)],
            text("Why not"): [*(_why(row, judged, text) for row in rows), *(_by(row, text) for row in words_)],
        }
        pictures.table(columns, text, text("Rules that say nothing here, and why"))
        _to_restore([row["rule"] for row in (*rows, *words_) if _is_rejected(row, judged)], answer, text)


def _to_restore(rejected: list[str], answer: Answer, text: Text) -> None:
    if not rejected or not _may_judge():
        return
    said = {row["rule"]: row["said"] for row in answer.rows("judgements")}
    measured = {row["rule"]: text(MEASURED[row["measure"]]) for row in answer.rows("statements")}
    rule = st.selectbox(
        text("Rejected"), rejected, format_func=lambda code: said.get(code) or measured[code], key="plan-restore"
    )
    st.button(text("Accept"), on_click=_judge, args=(answer, rule, workshop.ACCEPTED), key="restore")


def _part_of(row: Row, text: Text) -> str:
    if row["n" + HIDDEN] or row["n_part" + HIDDEN]:
        return "–"
    counted = text("{part} of {n}", part=row["n_part"], n=row["n"])
    return counted if row["share"] is None else f"{counted}: {text.percent(row['share'])}"


def _why(row: Row, judged: dict[str, Row], text: Text) -> str:
    if row["state"] == "too_few":
        if row["n"] is None:
            return text("too few to say: under {least}", least=row["min_n"])
        return text("too few to say: {n} of the {least} needed", n=row["n"], least=row["min_n"])
    if row["state"] == "holds":
        return _by(judged[row["rule"]], text)
    return text(UNSAID[row["state"]])
