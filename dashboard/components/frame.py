"""What surrounds a live page: the filter sentence, sharing, the language, and what the visitor must be told first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import streamlit as st

from dashboard import ledger, session, snapshots
from dashboard.components.words import weeks
from dashboard.disclosure import Answer
from dashboard.filters import BY_NAME, COMPARISONS, FIRST_DAY, LAST_DAY, RESOLUTIONS, Filters
from dashboard.i18n import N_, Text, languages
from dashboard.page import Page
from dashboard.session import Visit
from dashboard.settings import settings

AS_FINE_AS_ALLOWED = 0  # a choice of its own: a select box shows None as nothing chosen
AGAINST = {"before": N_("the {weeks} before"), "year_before": N_("the same {weeks} a year earlier")}


def sentence(answer: Answer, visit: Visit) -> None:
    """The filters as one readable sentence whose parts open; what differs from the default is bold."""
    text, chosen = visit.text, visit.filters
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.markdown(text("Showing"))
        _codes_part("label", visit)
        st.markdown(text("in"))
        _codes_part("d", visit)
        _period_part(answer, visit)
        st.markdown(text("against"))
        _against_part(answer, chosen, text)
        _codes_part("agency", visit)
        _more_part(answer, visit)
        st.space("stretch")
        _share(answer, visit)
        _language(visit.text)


def told_first(visit: Visit) -> None:
    """What was ignored in the link, and whether newer data is ready."""
    text = visit.text
    if visit.ignored:
        st.warning(
            text("Parts of this link were not understood and are ignored:") + " " + _harmless(visit.ignored, text)
        )
    if visit.newest != visit.store.version:
        is_older = visit.store.version < visit.newest
        newer = text("Newer data is ready. You are reading an older version.")
        st.info(newer if is_older else text("This data version was taken back. An older one is in force."))
        st.button(text("Read the newest data"), on_click=session.refresh)


def _harmless(ignored: tuple[str, ...], text: Text) -> str:
    """What was ignored, without any sign that could become markup, a link or a picture."""
    shown = [f"`{re.sub(r'[^0-9A-Za-z_=.:-]', '·', each)[:40]}`" for each in dict.fromkeys(ignored)]
    more = text("and {n} more", n=len(shown) - 8) if len(shown) > 8 else ""
    return " ".join([", ".join(shown[:8]), more]).strip()


def _codes_part(name: str, visit: Visit) -> None:
    """One facet: its codes as words, and a list to choose from."""
    text, label = visit.text, visit.store.label(visit.text.language)
    codes = visit.filters.choices.get(name, ())
    options = sorted(visit.store.codes[BY_NAME[name].codes], key=partial(label, BY_NAME[name].codes))
    with st.popover(_named(name, codes, visit), type="tertiary"):
        key = f"pick-{name}"
        st.session_state[key] = list(codes)
        st.multiselect(
            text("Choose any; none means all"),
            options,
            key=key,
            format_func=partial(label, BY_NAME[name].codes),
            on_change=_pick,
            args=(name, key),
            placeholder=text("all"),
            select_all=False,
        )


def _named(name: str, codes: tuple[str, ...], visit: Visit) -> str:
    text, label = visit.text, visit.store.label(visit.text.language)
    if not codes:
        return text(BY_NAME[name].every)
    words = ", ".join(label(BY_NAME[name].codes, code) for code in codes[:2])
    return "**" + (words if len(codes) < 3 else text("{words} and {n} more", words=words, n=len(codes) - 2)) + "**"


def _pick(name: str, key: str) -> None:
    session.choose(session.chosen().choose(name, st.session_state[key]))


def _period_part(answer: Answer, visit: Visit) -> None:
    text, filters = visit.text, answer.filters
    is_default = visit.filters.date_from is None
    words = f"{filters.period(text)} ({weeks(answer, text)})"
    with st.popover(words if is_default else f"**{words}**", type="tertiary"):
        st.session_state["pick-period"] = (filters.date_from, filters.date_to)
        st.date_input(
            text("Period"),
            key="pick-period",
            format="YYYY-MM-DD",
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            on_change=_pick_period,
        )
        st.button(
            text("Reset"),
            on_click=session.choose,
            args=(replace(visit.filters, date_from=None, date_to=None),),
            disabled=is_default,
            key="reset-period",
        )


def _pick_period() -> None:
    days = st.session_state["pick-period"]
    if len(days) == 2:
        session.choose(replace(session.chosen(), date_from=days[0], date_to=days[1]))


def _against_part(answer: Answer, chosen: Filters, text: Text) -> None:
    def words(code: str) -> str:
        return text(AGAINST[code], weeks=weeks(answer, text))

    _one_of(
        "against",
        words(chosen.against),
        list(COMPARISONS),
        chosen.against,
        words,
        lambda value: replace(session.chosen(), against=value),
        chosen.against == COMPARISONS[0],
    )


def _more_part(answer: Answer, visit: Visit) -> None:
    """Event types, crossings, precision and resolution: rarely touched, so behind one word."""
    text, label, filters = visit.text, visit.store.label(visit.text.language), visit.filters
    touched = not filters.is_default("type") or "x" in filters.choices or filters.precision < 7
    with st.popover(f"**{text('more filters')}**" if touched else text("more filters"), type="tertiary"):
        for name, heading in (("type", text("Event types")), ("x", text("Crossings"))):
            key = f"pick-{name}"
            st.session_state[key] = list(filters.choices.get(name, ()))
            options = sorted(visit.store.codes[BY_NAME[name].codes])
            st.multiselect(
                heading,
                options,
                key=key,
                format_func=partial(label, BY_NAME[name].codes),
                on_change=_pick,
                args=(name, key),
                placeholder=text("all"),
                select_all=False,
            )
        _select(
            text("Placed at least as exactly as"),
            "precision",
            list(range(1, 8)),
            filters.precision,
            lambda code: label("precision", str(code)),
            lambda value: replace(session.chosen(), precision=value),
        )
        _select(
            text("Cell size"),
            "resolution",
            [AS_FINE_AS_ALLOWED, *RESOLUTIONS],
            filters.resolution or AS_FINE_AS_ALLOWED,
            lambda r: text("resolution {n}", n=r) if r else text("as fine as the data allow"),
            lambda value: replace(session.chosen(), resolution=value or None),
        )


def _one_of(
    name: str,
    words: str,
    options: list[str],
    now: str,
    show: Callable[[str], str],
    then: Callable[[str], Filters],
    is_default: bool,
) -> None:
    with st.popover(words if is_default else f"**{words}**", type="tertiary"):
        _select(words, name, options, now, show, then)


def _select(
    heading: str,
    name: str,
    options: Sequence[object],
    now: object,
    show: Callable[..., str],
    then: Callable[..., Filters],
) -> None:
    key = f"pick-{name}"
    st.session_state[key] = now
    st.selectbox(
        heading, options, key=key, format_func=show, on_change=lambda: session.choose(then(st.session_state[key]))
    )


def _share(answer: Answer, visit: Visit) -> None:
    text = visit.text
    with st.popover(text("Share snapshot"), icon=":material/share:"):
        st.write(text("Freezes what this page shows now. Counts of 1 to 4 stay hidden."))
        if st.button(text("Make the link"), type="primary"):
            made, content_hash = snapshots.freeze(
                ledger.open_ledger(settings().store),
                answer.question,
                answer,
                version("simanta"),
                datetime.now(UTC),
            )
            st.code(f"/s/{made}", language=None)
            st.caption(text("Local: it opens on this machine only.") + f" sha256 {content_hash[:16]}…")


def _language(text: Text) -> None:
    for code, own_name in languages().items():
        if code != text.language:
            st.button(own_name, on_click=session.speak, args=(code,), type="tertiary", key=f"speak-{code}")


def run(page: Page) -> None:
    """A live page: the answer to its question, its filters, and the page drawn from the answer."""
    visit = session.visit()
    answer = session.ask(page.name, page.answer, visit)
    session.write_link(answer, visit.text)
    sentence(answer, visit)
    told_first(visit)
    page.draw(answer, visit.text)
