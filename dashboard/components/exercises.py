"""The exercises of a practice set: what is asked, what the trainee chose, and how each number is reached."""

from collections.abc import Callable

import streamlit as st

from dashboard import layers
from dashboard.charts import shown
from dashboard.components import caveat, moved, next_step, onward
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.figures import practice
from dashboard.figures.practice import Question
from dashboard.i18n import N_, Text

CHOSEN = "practice-chosen"  # of this visit: question to option. It is kept nowhere else
NAMED = {
    "displacement": N_("Displacement"),
    "centroid_hotspot": N_("Centroid hotspot"),
    "blind_trail": N_("Blind trail"),
}
TASK = {
    "displacement": N_(
        "There was an operation. Find out whether detections went away or only went elsewhere, and whether patrols "
        "explain it."
    ),
    "centroid_hotspot": N_(
        "Many detections are known to their district alone. Find the hotspot that appears only where they are put at "
        "its centre, and the one that is there wherever they lie."
    ),
    "blind_trail": N_(
        "Somewhere much is detected and one trail is never looked for. Find out where, which, and on what."
    ),
}
PAGE = {
    "displacement": ("corridors", N_("Corridors")),
    "centroid_hotspot": ("hotspots", N_("Hotspots")),
    "blind_trail": ("trails", N_("Trails")),
}
HINT = {
    "moved_to": N_("In the card *Did it move?*, read the line on the same origins; below, their table."),
    "said": N_("Read all four pairs of counts, then what patrol hours say, then the sentence under them."),
    "at_centres": N_("Choose P(hot), switch the comparison with centres on, and look for cells without a detection."),
    "wherever": N_("Choose P(hot): the list begins with the cluster of most detections."),
    "never": N_("The list of blind trails begins with this corridor; in the grid every other trail was looked for."),
    "interceptions": N_("Read the column *Interceptions*. A detection need not be an interception."),
}
CODES = {"crossing": "crossing", "district": "district", "trail": "trail"}
# The statements that the numbers of an exercise are asked with, and the method.
STATEMENTS = {
    "displacement": ("operations", "detections_by_place_and_week", "patrol_hours_by_week"),
    "centroid_hotspot": ("detections_by_cell", "vague_by_area", "district_points"),
    "blind_trail": ("trails",),
}


def asked(question: Question, answer: Answer, text: Text) -> str:
    """A question in words."""
    if question.name == "moved_to":
        row = practice.operation(answer) or {}
        return text(
            "Operation at {places}: through which other crossing do the same origins now pass with a larger share?",
            places=moved.places(answer, row, "target", text),
        )
    if question.name in ("never", "interceptions"):
        said = {
            "never": N_("{place} heads the blind trails. Which trail was looked for in no detection there?"),
            "interceptions": N_("On how many interceptions at {place} does that rest?"),
        }
        return text(said[question.name], place=next_step.place_name(practice.blind(answer) or {}, answer, text))
    return text(ASKED[question.name])


ASKED = {
    "said": N_("What may be said of it?"),
    "at_centres": N_("In which district would a map with centres show a hotspot where not one detection is placed?"),
    "wherever": N_("In which district is the cluster with most detections that is hot wherever the others lie?"),
}


def option(question: Question, code: str, answer: Answer, text: Text) -> str:
    """An option in words."""
    if question.kind == "verdict":
        return text(moved.VERDICT[code])
    if question.kind == "number":
        return text.number(int(code))
    return answer.label(text.language)(CODES[question.kind], code)


def chosen() -> dict[str, str]:
    """What was chosen in this visit, by question."""
    kept: dict[str, str] = st.session_state.setdefault(CHOSEN, {})
    return kept


def forget() -> None:
    """Begins anew: no option is chosen any more."""
    for key in chosen():
        st.session_state[f"practice-{key}"] = None
    st.session_state[CHOSEN] = {}


def n_right(answer: Answer) -> tuple[int, int]:
    """How many questions are answered right, of how many."""
    questions = practice.questions(answer)
    return sum(chosen().get(_known_by(each, answer)) == each.right for each in questions), len(questions)


def _known_by(question: Question, answer: Answer) -> str:
    """A choice is one of this practice set: of another the same question has another answer."""
    return f"{question.name}-{answer.notes['institution']}-{answer.notes['seed']}-{answer.version}"


def ask(question: Question, answer: Answer, text: Text) -> None:
    """A question with its options; what is chosen is told to be right, or where to look again."""
    key = _known_by(question, answer)
    taken = chosen().get(key)
    widget = f"practice-{key}"

    def take() -> None:
        chosen()[key] = st.session_state[widget]

    st.radio(
        asked(question, answer, text),
        question.options,
        index=question.options.index(taken) if taken in question.options else None,
        format_func=lambda code: option(question, code, answer, text),
        horizontal=question.kind != "verdict",
        on_change=take,
        key=widget,
    )
    if taken == question.right:
        st.markdown(f"**✓ {text('Right.')}** {reached(question, answer, text)}")
    elif taken is not None:
        st.markdown(f"**✕ {text('Not yet.')}** {text(HINT[question.name])}")


def reached(question: Question, answer: Answer, text: Text) -> str:
    """The number behind a right answer, in a line."""
    return _REACHED[question.name](answer, text)


def _of_origins(answer: Answer, text: Text) -> str:
    row = practice.gained(answer)[0]
    if row["share"] is None:
        return text("Its shares are withheld: a count is under {k}.")
    return text(
        "{share_before} of {n_before} detections of those origins before, {share} of {n} since.",
        share_before=text.percent(row["share_before"]),
        n_before=shown(row, "n_any_before", text),
        share=text.percent(row["share"]),
        n=shown(row, "n_any", text),
    )


def _of_verdict(answer: Answer, text: Text) -> str:
    row = practice.operation(answer) or {}
    counts = {area: f"{shown(row, f'n_{area}_before', text)} → {shown(row, f'n_{area}', text)}" for area in AREAS}
    return text("There {target}, next door {zone}, where it is compared {control}.", **counts)


AREAS = ("target", "zone", "control", "zone_control")


def _of_centres(answer: Answer, text: Text) -> str:
    adm2, cells = next(iter(practice.only_at_centres(answer).items()))
    shares = [row["p_hot"] for row in cells]
    (district,) = (row for row in answer.rows("districts") if row["adm2"] == adm2)
    return text(
        "{alone} detections are known to {district} alone. At its centre they make {cells} cells hot; dealt over the "
        "district these are hot in at most {most} of {draws} placements.",
        alone=shown(district, "n_district_only", text),
        district=answer.label(text.language)("district", adm2),
        cells=len(cells),
        most=round(max(shares) * int(answer.notes["draws"] or 0)),
        draws=int(answer.notes["draws"] or 0),
    )


def _of_clusters(answer: Answer, text: Text) -> str:
    row = practice.surest(answer) or {}
    ends = dict.fromkeys(text.number(row[end], "0.00") for end in ("p_hot_least", "p_hot_most"))
    return text("{n} detections in {cells} cells; P(hot) {p}.", n=row["n"], cells=row["cells"], p="–".join(ends))


def _of_trail(answer: Answer, text: Text) -> str:
    row = practice.blind(answer) or {}
    told = practice.of_trail(answer, row["trail_type"])
    return text(
        "Elsewhere it was looked for: in {looked} of {n} detections in all.",
        looked=next_step.part(told, "n_looked_for", text),
        n=caveat.count(answer, "n", text),
    )


def _of_interceptions(answer: Answer, text: Text) -> str:
    return text("They are a part of the {n} detections in view.", n=answer.figure("n"))


_REACHED: dict[str, Callable[[Answer, Text], str]] = {
    "moved_to": _of_origins,
    "said": _of_verdict,
    "at_centres": _of_centres,
    "wherever": _of_clusters,
    "never": _of_trail,
    "interceptions": _of_interceptions,
}


def how(exercise: str, answer: Answer, text: Text) -> None:
    """How the numbers of an exercise are reached, step by step, with the page that shows them."""
    questions = [each for each in practice.questions(answer) if each.exercise == exercise]
    lines = [
        f"{asked(each, answer, text)} **{option(each, each.right, answer, text)}** {reached(each, answer, text)}"
        for each in questions
    ]
    more = sums(answer, text) if exercise == "displacement" else []
    st.markdown("\n".join(f"- {line}" for line in [*lines, *more]))
    if exercise == "displacement":
        moved.card(answer, text)
    st.caption(
        text(
            "n: {n} detections, {period}. Statements: {names}.",
            n=caveat.count(answer, "n", text),
            period=answer.filters.period(text),
            names=", ".join(STATEMENTS[exercise]),
        )
    )
    name, title = PAGE[exercise]
    onward.to_page(name, text("Open {page}", page=text(title)), answer, text, _place(exercise, answer))


def _place(exercise: str, answer: Answer) -> str | None:
    """What is chosen on the page that a solved exercise leads to."""
    if exercise == "blind_trail" and (row := practice.blind(answer)):
        return next_step.of_blind(row).code
    if exercise == "centroid_hotspot" and (found := practice.only_at_centres(answer)):
        return layers.h3_of(next(iter(found.values()))[0]["cell"])
    return None


def sums(answer: Answer, text: Text) -> list[str]:
    """The differences of differences, as one would work them out by hand from the counts."""
    row = practice.operation(answer)
    if row is None or any(row[f"n_{area}{side}{HIDDEN}"] for area in AREAS for side in ("_before", "")):
        return []
    said = (
        (
            N_("WDD there, its change less the change where it is compared: {sum}"),
            "target",
            "control",
            "local_estimate",
        ),
        (N_("WDD next door, in the same way: {sum}"), "zone", "zone_control", "displacement_estimate"),
    )
    return [text(words, sum=_sum(row, area, beside, total, text)) for words, area, beside, total in said]


def _sum(row: Row, area: str, beside: str, total: str, text: Text) -> str:
    """(17 − 85) − (31 − 25) = −74."""
    pairs = (f"({text.number(row[f'n_{each}'])} − {text.number(row[f'n_{each}_before'])})" for each in (area, beside))
    return f"{' − '.join(pairs)} = {text.number(round(row[total]))}"
