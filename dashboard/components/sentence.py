"""The filters as one readable sentence: each part opens to be changed, and can be taken back by itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import streamlit as st

from dashboard import periods, session
from dashboard.access import Principal
from dashboard.components import when, who
from dashboard.components.words import weeks
from dashboard.database import Store, remembered
from dashboard.disclosure import Answer
from dashboard.figures.period import observed
from dashboard.filters import BY_NAME, COMPARISONS, FACETS, RESOLUTIONS, Facet, Filters, other_period
from dashboard.i18n import N_, languages
from dashboard.periods import Period
from dashboard.session import Visit

FIRST = ("label", "d")  # facets that the sentence begins with
PLACES = ("district", "crossing")  # lists whose names are searched in every language
RARE = ("prec", "effort", "res")  # in the sentence once they are touched
AS_FINE_AS_ALLOWED = 0  # a choice of its own: a select box shows None as nothing chosen
AGAINST = {"before": N_("the {weeks} before"), "year_before": N_("the same {weeks} a year earlier")}
TARGET_PX = 24  # the least width of what a finger can hit (WCAG 2.2, 2.5.8)
DIVISION = 4  # letters of a district's code that are its division's


def sentence(answer: Answer, visit: Visit) -> None:
    """Showing labels in districts, a period against another, and what else was chosen; what was chosen is bold."""
    text = visit.text
    st.markdown(text("Showing"))
    _facet(BY_NAME["label"], visit)
    st.markdown(text("in"))
    _districts(visit, answer.question == "district")
    _period(answer, visit)
    st.markdown(text("against"))
    _against(answer, visit)
    for facet in FACETS:
        if facet.name not in FIRST and not facet.is_rare:
            _facet(facet, visit)
    _rare(visit)
    _more(visit)
    if len(visit.filters.touched()) > 1:
        st.button(text("Reset all"), on_click=session.choose, args=(Filters(),), type="tertiary", key="reset-all")


def _part(name: str, words: str, visit: Visit) -> st.delta_generator.DeltaGenerator:
    """A part that opens; where it was touched it is bold, and followed by what takes it back."""
    if name not in visit.filters.touched():
        return st.popover(words, type="tertiary", key=f"open-{name}")
    opened = st.popover(f"**{words}**", type="tertiary", key=f"open-{name}")
    _take_back(name, words, visit)
    return opened


def _take_back(name: str, words: str, visit: Visit) -> None:
    text = visit.text
    told = text("Take back: {part}", part=words)
    st.button(
        "×",
        key=f"without-{name}",
        on_click=session.drop,
        args=(name,),
        type="tertiary",
        help=told,
        width=TARGET_PX,
    )


def _facet(facet: Facet, visit: Visit) -> None:
    text = visit.text
    with _part(facet.name, named(facet, visit), visit):
        _codes(facet, text("Choose any; none means all"), visit)


def named(facet: Facet, visit: Visit) -> str:
    """What is chosen of a facet, in few words: whole divisions by their names, and two names at most."""
    text, label = visit.text, visit.store.label(visit.text.language)
    if visit.filters.is_default(facet.name):
        return who.districts(visit.principal, text, label) if facet.name == "d" else text(facet.every)
    codes = visit.filters.choices[facet.name]
    whole = _whole_divisions(codes, visit) if facet.name == "d" else []
    names = [text("{division} division", division=label("division", each)) for each in whole]
    names += [label(facet.codes, code) for code in codes if code[:DIVISION] not in whole]
    if len(names) < 3:
        return ", ".join(names)
    return text("{words} and {n} more", words=", ".join(names[:2]), n=len(names) - 2)


def _codes(facet: Facet, heading: str, visit: Visit) -> None:
    """A list to choose from; places are found by their names in every language."""
    text = visit.text
    show = partial(visit.store.label(text.language), facet.codes)
    if facet.codes in PLACES:
        show = partial(_in_each_language, facet.codes, visit)
    key = f"pick-{facet.name}"
    st.session_state[key] = list(visit.filters.choices.get(facet.name, ()))
    st.multiselect(
        heading,
        sorted(visit.codes[facet.codes], key=show),
        key=key,
        format_func=show,
        on_change=_pick,
        args=(facet.name, key),
        placeholder=text("all"),
        select_all=False,
    )


def _pick(name: str, key: str) -> None:
    session.choose(session.chosen().choose(name, st.session_state[key]))


def _in_each_language(codes: str, visit: Visit, code: str) -> str:
    """This language's name first, then the others'."""
    spoken = sorted(languages(), key=visit.text.language.__ne__)
    return " · ".join(dict.fromkeys(visit.store.label(language)(codes, code) for language in spoken))


def _districts(visit: Visit, is_brief: bool) -> None:
    """Districts are added one by one by any of their names, or a division at a time, and taken off by a press.

    is_brief: the page is about one district, and with a second one about both.
    """
    text, codes = visit.text, visit.filters.choices.get("d", ())
    label = visit.store.label(text.language)
    with _part("d", named(BY_NAME["d"], visit), visit), st.container(width=when.WIDTH_PX):
        options = {code: _spelled(code, visit) for code in sorted(visit.codes["district"]) if code not in codes}
        st.selectbox(
            text("Compare with another district, by any of its names")
            if is_brief and len(codes) == 1
            else text("Add a district, by any of its names"),
            sorted(options, key=options.__getitem__),
            index=None,
            key="add-d",
            format_func=options.__getitem__,
            on_change=_add,
            placeholder=text("Type a name or an old spelling"),
        )
        if codes:
            st.session_state["pick-d"] = list(codes)
            st.pills(
                text("Chosen: press one to take it off"),
                codes,
                key="pick-d",
                selection_mode="multi",
                format_func=partial(label, "district"),
                on_change=_pick,
                args=("d", "pick-d"),
            )
        st.session_state["pick-division"] = whole = _whole_divisions(codes, visit)
        st.pills(
            text("Whole divisions"),
            sorted({code[:DIVISION] for code in visit.codes["district"]}, key=partial(label, "division")),
            key="pick-division",
            selection_mode="multi",
            format_func=partial(label, "division"),
            on_change=_pick_divisions,
            args=(sorted(visit.codes["district"]), whole),
        )


def _add() -> None:
    code, st.session_state["add-d"] = st.session_state["add-d"], None
    if code is not None:
        session.choose(session.chosen().choose("d", [*session.chosen().choices.get("d", ()), code]))


def _pick_divisions(districts: Sequence[str], before: Sequence[str]) -> None:
    """What was pressed: a division that was whole goes as a whole, any other comes as a whole."""
    pressed = set(before).symmetric_difference(st.session_state["pick-division"])
    chosen = session.chosen().choices.get("d", ())
    kept = [code for code in chosen if code[:DIVISION] not in pressed]
    added = [code for code in districts if code[:DIVISION] in pressed - set(before)]
    session.choose(session.chosen().choose("d", [*kept, *added]))


def _whole_divisions(codes: Sequence[str], visit: Visit) -> list[str]:
    """The divisions of which every district in view is chosen."""
    missing = {code[:DIVISION] for code in visit.codes["district"].difference(codes)}
    return sorted({code[:DIVISION] for code in codes} - missing)


def _spelled(code: str, visit: Visit) -> str:
    """A district's name in every language, then its spellings of old."""
    also = _spellings(visit.store, visit.principal)[code]
    return " · ".join(filter(None, [_in_each_language("district", visit, code), also]))


@remembered
def _spellings(store: Store, principal: Principal) -> dict[str, str]:
    rows = store.select(Filters(), principal).ask("districts").to_pylist()
    return {row["adm2"]: row["spellings"] for row in rows}


def reach_of(visit: Visit) -> Period:
    """First and last day of all data in view; today where there are none."""
    first, last = observed(visit.store, visit.principal)
    return first or date.today(), last or date.today()


def _period(answer: Answer, visit: Visit) -> None:
    """The period between what leads to the one before and the one after."""
    text, now, reach = visit.text, answer.filters.span, reach_of(visit)
    _step("‹", text("Period before"), -1, now, reach)
    with _part("period", f"{answer.filters.period(text)} ({weeks(answer, text)})", visit):
        when.pick("period", now, reach, text, go)
    _step("›", text("Period after"), 1, now, reach)


def _step(sign: str, told: str, steps: int, now: Period, reach: Period) -> None:
    there = periods.step(now, steps)
    st.button(
        sign,
        key=f"step-{steps}",
        on_click=go,
        args=(there,),
        type="tertiary",
        help=told,
        width=TARGET_PX,
        disabled=there[1] < reach[0] or there[0] > reach[1],
    )


def go(period: Period) -> None:
    """Chooses a period."""
    session.choose(replace(session.chosen(), date_from=period[0], date_to=period[1]))


def _against(answer: Answer, visit: Visit) -> None:
    """What it is compared with: one of two that follow the period, or any period of its own."""
    text, compared = visit.text, answer.filters.compared()
    follows = {code: text(words, weeks=weeks(answer, text)) for code, words in AGAINST.items()}
    against = visit.filters.against
    with _part("vs", follows.get(against) or compared.period(text), visit):
        st.session_state["pick-vs"] = None if other_period(against) else against
        st.pills(
            text("Compared with what follows the period"),
            COMPARISONS,
            key="pick-vs",
            format_func=follows.__getitem__,
            on_change=lambda: _compare(st.session_state["pick-vs"] or against),
        )
        st.markdown(text("Or with any other period, of whatever length"))
        when.pick("vs", compared.span, reach_of(visit), text, lambda p: _compare(f"{p[0]}..{p[1]}"))


def _compare(against: str) -> None:
    session.choose(replace(session.chosen(), against=against))


def _rare(visit: Visit) -> None:
    """What is seldom chosen stands in the sentence once it is; it is changed under `more filters`."""
    label = visit.store.label(visit.text.language)
    for name in visit.filters.touched():
        if name in RARE or (name in BY_NAME and BY_NAME[name].is_rare):
            said = visit.filters.part(name, visit.text, label)
            if name in BY_NAME:
                said = visit.text(BY_NAME[name].words, values=named(BY_NAME[name], visit))
            st.markdown(f"**{said}**")
            _take_back(name, said, visit)


def _more(visit: Visit) -> None:
    text, label, filters = visit.text, visit.store.label(visit.text.language), visit.filters
    with st.popover(text("more filters"), type="tertiary", key="open-more"):
        for facet in FACETS:
            if facet.is_rare:
                _codes(facet, text(facet.heading), visit)
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
        st.session_state["pick-effort"] = filters.only_with_effort
        st.checkbox(
            text("Only districts with effort on record"),
            key="pick-effort",
            on_change=lambda: session.choose(
                replace(session.chosen(), only_with_effort=st.session_state["pick-effort"])
            ),
        )


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
