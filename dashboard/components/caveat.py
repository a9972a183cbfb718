"""What stands under every figure: what it counts, n, how exactly placed, as of when, what of it is invented."""

import html

import streamlit as st

from dashboard.disclosure import Answer, K
from dashboard.i18n import N_, Text
from dashboard.theme import Theme

PRECISION = (
    ("n_exact", N_("village or better")),
    ("n_upazila", N_("upazila or union")),
    ("n_district_only", N_("district only")),
    ("n_coarse", N_("coarser")),
)


def count(answer: Answer, figure: str, text: Text) -> str:
    """One of the totals as it may be read."""
    return "<" + text.number(K) if answer.is_hidden(figure) else text.number(answer.figure(figure))


def foot(answer: Answer, text: Text) -> None:
    """The foot line of every page and of a printed picture of it."""
    st.caption(" · ".join([*_about(answer, text), *_mix(answer, text)]))


def invented(answer: Answer, text: Text) -> None:
    """Says so, on every screen that shows an invented row."""
    if answer.figure("n_invented") != 0:
        st.caption(
            ":orange-badge["
            + text("INVENTED DATA")
            + "] "
            + text(
                "{n} of {total} detections here are invented for practice.",
                n=count(answer, "n_invented", text),
                total=count(answer, "n", text),
            )
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


def _about(answer: Answer, text: Text) -> list[str]:
    about = [
        text("As of {day}", day=answer.as_of),
        text("data") + f" v{answer.version:06d}",
        text("{n} detections, not persons and not prevalence", n=count(answer, "n", text)),
    ]
    if answer.figure("n_interceptions") != 0:
        about.append(text("{n} of them interceptions", n=count(answer, "n_interceptions", text)))
    if answer.figure("n_outside") != 0:
        about.append(text("{n} abroad or at sea", n=count(answer, "n_outside", text)))
    return about


def _mix(answer: Answer, text: Text) -> list[str]:
    return [f"{text(words)} {count(answer, name, text)}" for name, words in PRECISION if answer.figure(name) != 0]
