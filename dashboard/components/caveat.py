"""What stands under every figure: what it counts, n, how exactly placed, as of when, what of it is invented."""

import html
from datetime import datetime
from importlib.metadata import version

import streamlit as st

from dashboard import charts
from dashboard.access import EXACT
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text
from dashboard.theme import Theme

PRECISION = (
    ("n_exact", N_("village or better")),
    ("n_upazila", N_("upazila or union")),
    ("n_district_only", N_("district only")),
    ("n_coarse", N_("coarser")),
)


MADE_FOR = {
    "inside": N_("rounded for readers inside the force"),
    "outside": N_("rounded for readers outside the force"),
}


def count(answer: Answer, figure: str, text: Text) -> str:
    """One of the totals as it may be read."""
    return told(answer.rows("totals")[0], figure, text)


def told(row: Row, name: str, text: Text) -> str:
    """A count of a row as it may be read: about 15 (11–19) where it is rounded; <5 where it is withheld."""
    ends = {end: row.get(name.replace("n", end, 1)) for end in ("least", "most")}
    if row[name + HIDDEN] or ends["most"] is None:
        return charts.shown(row, name, text)
    return text("about {n} ({least}–{most})", n=row[name], **ends)


def foot(answer: Answer, text: Text) -> None:
    """The foot line of every page and of a printed picture of it."""
    st.caption(" · ".join([*about(answer, text), *_mix(answer, text)]))


def invented(answer: Answer, text: Text) -> None:
    """Says so, on every screen that shows an invented row."""
    if said := practice(answer, text):
        badge(said, text)


def badge(said: str, text: Text) -> None:
    """A sentence marked as one on invented data."""
    st.markdown(f":orange-badge[{text('INVENTED DATA')}] {said}")  # a caption would fade the badge


def practice(answer: Answer, text: Text) -> str | None:
    """How many of the detections are invented; None where none is."""
    if answer.reader != EXACT:
        return text("Some of these are invented for practice.") if answer.notes.get("is_practice") else None
    if answer.figure("n_invented") == 0:
        return None
    return text(
        "{n} of {total} detections here are invented for practice.",
        n=count(answer, "n_invented", text),
        total=count(answer, "n", text),
    )


def strip(answer: Answer, text: Text, theme: Theme) -> None:
    """How exactly the detections are placed, as one bar of shares of n; a part under 5 has a piece of its own."""
    n = answer.figure("n")
    if not n:
        st.caption("–")
        return
    pieces = zip(PRECISION, theme.precision, strict=True)
    drawn = [_piece(answer, name, text(words), n, colour, text) for (name, words), colour in pieces]
    st.html(f'<div style="display:flex;width:100%;gap:2px">{"".join(drawn)}</div>')


def _piece(answer: Answer, name: str, words: str, n: int, colour: str, text: Text) -> str:
    part = answer.figure(name)
    if part == 0:
        return ""
    share = (part or 0) / n
    shown = count(answer, name, text) if part is None else text.percent(share)
    return (
        f'<div style="flex:{share:.3f} 1 0;min-width:2.4rem;font-size:11px;line-height:1.35">'
        f'<div style="background:{colour};height:14px;border-radius:2px"></div>'
        f"<b>{html.escape(shown)}</b><br>{html.escape(words)}</div>"
    )


def about(answer: Answer, text: Text) -> list[str]:
    """As of when, which data, and how many of what."""
    said = [
        text("As of {day}", day=answer.as_of),
        text("data") + f" v{answer.version:06d}",
        text("{n} detections, not persons and not prevalence", n=count(answer, "n", text)),
    ]
    if answer.reader != EXACT:
        return [*said, text(MADE_FOR[answer.reader])]
    if answer.figure("n_interceptions") != 0:
        said.append(text("{n} of them interceptions", n=count(answer, "n_interceptions", text)))
    if answer.figure("n_outside") != 0:
        said.append(text("{n} abroad or at sea", n=count(answer, "n_outside", text)))
    return said


def _mix(answer: Answer, text: Text) -> list[str]:
    return [f"{text(words)} {count(answer, name, text)}" for name, words in PRECISION if answer.figure(name) != 0]


def made_of(answer: Answer, text: Text, made_at: datetime) -> str:
    """Where a file's numbers come from, so that they can be cited and had again."""
    return text(
        "Simanta {release}, data v{version}, boundaries {boundary}, policy on small counts {policy}; made on {day}.",
        release=version("simanta"),
        version=f"{answer.version:06d}",
        boundary=answer.boundary_version,
        policy=answer.policy,
        day=made_at,
    )


def limits(answer: Answer, text: Text) -> str:
    """What a file does not hold, and for whom its figures are."""
    if answer.reader != EXACT:
        return text(
            "Aggregates only: no record, name or exact place of a person is in this file. Its figures are rounded, so "
            "that no small count can be found by subtracting."
        )
    return text(
        "Aggregates only: no record, name or exact place of a person is in this file. Counts under {k} are hidden."
    )


def duties(answer: Answer, text: Text) -> tuple[str, str]:
    """What whoever holds a file must know: what it does not hold, and what the law forbids."""
    return (
        limits(answer, text),
        text("Whoever publishes what identifies a victim commits an offence. Do not join this with other lists."),
    )
