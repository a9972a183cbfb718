"""What stands under every figure: what it counts, n, how exactly placed, as of when, what of it is invented."""

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
    """How exactly the detections are placed, as one bar of shares."""
    parts = [(text(words), answer.figure(name), theme.precision[i]) for i, (name, words) in enumerate(PRECISION)]
    total = sum(n or 0 for _, n, _ in parts)
    cells = "".join(_part(words, n, total, colour, text) for words, n, colour in parts if n)
    st.html(f'<div style="display:flex;width:100%;gap:2px">{cells}</div>' if total else "–")


def _part(words: str, n: int | None, total: int, colour: str, text: Text) -> str:
    share = (n or 0) / total
    return (
        f'<div style="flex:{share:.3f} 1 0;min-width:2.4rem;font-size:11px;line-height:1.35">'
        f'<div style="background:{colour};height:14px;border-radius:2px"></div>'
        f"<b>{text.percent(share)}</b><br>{words}</div>"
    )


def _about(answer: Answer, text: Text) -> list[str]:
    about = [
        text("As of {day}", day=answer.as_of),
        text("data") + f" v{answer.version:06d}",
        text("{n} detections, not persons and not prevalence", n=count(answer, "n", text)),
    ]
    if answer.figure("n_outside") != 0:
        about.append(text("{n} abroad or at sea", n=count(answer, "n_outside", text)))
    return about


def _mix(answer: Answer, text: Text) -> list[str]:
    return [f"{text(words)} {count(answer, name, text)}" for name, words in PRECISION if answer.figure(name) != 0]
