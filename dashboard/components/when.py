"""A period chosen in the visitor's own language: presets, months by name, and any two days."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard import periods
from dashboard.filters import FIRST_DAY, LAST_DAY
from dashboard.i18n import N_, Text
from dashboard.periods import NAMES, Period

YEARS_AHEAD = 1  # a year that may be asked for beyond the data's last
WIDTH_PX = 460
FIRST_LAW = date(2010, 1, 1)  # no day before it is offered where one day is chosen
UPTO = N_("Up to the newest detection")


def pick(key: str, now: Period, reach: Period, text: Text, then: Callable[[Period], None], upto: str = UPTO) -> None:
    """Three ways to say one period. reach: first and last day of all data in view; then: what a choice does.

    upto: to what day the presets reach, in words.
    """
    with st.container(width=WIDTH_PX, gap="small"):
        _presets(key, now, reach, text, then, upto)
        _months(key, now, reach, text, then)
        _days(key, now, reach, text, then)


def _presets(key: str, now: Period, reach: Period, text: Text, then: Callable[[Period], None], upto: str) -> None:
    at = f"{key}-preset"
    st.session_state[at] = next((code for code in NAMES if periods.named(code, *reach) == now), None)
    st.pills(
        text(upto),
        list(NAMES),
        key=at,
        format_func=lambda code: text(NAMES[code]),
        on_change=lambda: _said(at, lambda code: then(periods.named(code, *reach))),
    )


def _said(at: str, then: Callable[[str], None]) -> None:
    """A pill that is pressed again is none: the period stays."""
    if st.session_state[at] is not None:
        then(st.session_state[at])


def _months(key: str, now: Period, reach: Period, text: Text, then: Callable[[Period], None]) -> None:
    st.session_state.setdefault(f"{key}-year", now[1].year)
    year = st.selectbox(
        text("A month of"),
        _years(now, reach, st.session_state[f"{key}-year"]),
        key=f"{key}-year",
        format_func=lambda each: text.digits(str(each)),
        width=120,
    )
    at = f"{key}-month"
    st.session_state[at] = next((n for n in range(1, 13) if periods.month(year, n) == now), None)
    st.pills(
        text("Month"),
        range(1, 13),
        key=at,
        format_func=lambda number: text.month_name(number),
        on_change=lambda: _said(at, lambda number: then(periods.month(year, int(number)))),
        label_visibility="collapsed",
    )


def _years(now: Period, reach: Period, more: int) -> list[int]:
    first, last = min(now[0].year, reach[0].year, more), max(now[1].year, reach[1].year + YEARS_AHEAD, more)
    return list(range(last, first - 1, -1))


def _days(key: str, now: Period, reach: Period, text: Text, then: Callable[[Period], None]) -> None:
    """Any first and last day, taken over together, so that no half of a choice is ever asked."""
    with st.form(f"{key}-days", border=False):
        st.markdown(text("Or any days, both counted"))
        for end, heading, day in (("from", text("From"), now[0]), ("to", text("To"), now[1])):
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
                _day(f"{key}-{end}", heading, day, _years(now, reach, day.year), text)
        st.form_submit_button(text("Take these days"), on_click=lambda: then(_taken(key)))


def one(key: str, heading: str, now: date, text: Text, then: Callable[[date], None]) -> None:
    """Any one day; then: what taking it does."""
    with st.form(f"{key}-one", border=False), st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        _day(key, heading, now, _years((now, now), (FIRST_LAW, now), now.year), text)
        st.form_submit_button(text("Take this day"), on_click=lambda: then(_read(key)))


def _day(at: str, heading: str, day: date, years: list[int], text: Text) -> None:
    parts = (
        ("day", heading, list(range(1, 32)), day.day, lambda n: text.digits(str(n)), 80),
        ("month", text("Month"), list(range(1, 13)), day.month, text.month_name, 135),
        ("year", text("Year"), years, day.year, lambda n: text.digits(str(n)), 95),
    )
    for name, label, options, value, show, width_px in parts:
        st.session_state[f"{at}-{name}"] = value
        st.selectbox(label, options, key=f"{at}-{name}", format_func=show, width=width_px)


def _taken(key: str) -> Period:
    """The two days in their order; a day that a month lacks is its last."""
    first, last = sorted(_read(f"{key}-{end}") for end in ("from", "to"))
    return max(first, FIRST_DAY), min(last, LAST_DAY)


def _read(at: str) -> date:
    day, number, year = (int(st.session_state[f"{at}-{name}"]) for name in ("day", "month", "year"))
    return date(year, number, min(day, periods.month(year, number)[1].day))
