"""Practice: stories planted in invented data, questions on them, and how the numbers of each answer are reached."""

import streamlit as st

from dashboard import session
from dashboard.answers import practice
from dashboard.components import caveat, exercises, onward, switches, words
from dashboard.disclosure import Answer
from dashboard.figures.practice import EXERCISES, questions
from dashboard.i18n import N_, Text
from dashboard.page import Page

COMMANDS = "simanta practice --institution border_force\nsimanta serve --store FOLDER --port 8502"


def is_set(answer: Answer) -> bool:
    """Whether this version is a practice set, all of it invented."""
    return answer.notes["institution"] is not None and answer.figure("n") == answer.figure("n_invented")


def headline(answer: Answer, text: Text) -> str:
    """Whose practice set it is and what is planted in it; or that this version is none."""
    if not is_set(answer):
        return text("These data were not made to practise on. A practice set is made with one command.")
    institution = str(answer.notes["institution"])
    return text(
        "Practice set of: {institution}. Every record is invented; {n} questions on what is planted in them.",
        institution=text(words.INSTITUTIONS.get(institution, institution)),
        n=len(questions(answer)),
    )


def draw(answer: Answer, text: Text) -> None:
    """One exercise at a time on a screen, on paper all of them; or how a practice set is made."""
    st.subheader(headline(answer, text))
    if not is_set(answer):
        _none(text)
    elif session.is_on_paper():
        for exercise in EXERCISES:
            st.markdown(f"**{text(exercises.NAMED[exercise])}**")
            exercises.how(exercise, answer, text)
    else:
        _exercise(answer, text)
    caveat.foot(answer, text)
    caveat.invented(answer, text)


def _none(text: Text) -> None:
    """The exercises, whose there are, and the two commands: no dead end."""
    st.table(
        {
            text("Exercise"): [f"**{text(exercises.NAMED[each])}**" for each in EXERCISES],
            text("What is to be found"): [text(exercises.TASK[each]) for each in EXERCISES],
            text("Page"): [text(exercises.PAGE[each][1]) for each in EXERCISES],
        },
        border="horizontal",
        hide_index=True,
        alt=text("The exercises, what is to be found in each, and on which page."),
    )
    st.write(text("On this machine, in a folder of its own that the first command names; your data stay as they are:"))
    st.markdown(f"```\n{COMMANDS}\n```")
    named = ", ".join(f"{text(name)} ({code})" for code, name in words.INSTITUTIONS.items())
    st.caption(text("Each institution has a set of its own, where it works: {names}.", names=named))


def _exercise(answer: Answer, text: Text) -> None:
    top = st.container(horizontal=True, vertical_alignment="center")
    with top:
        exercise = switches.kept(text("Exercise"), exercises.NAMED, text, "practice-exercise")
        st.space("stretch")
        right, n = exercises.n_right(answer)
        st.markdown(text("{right} of {n} right", right=right, n=n))
        st.button(text("Begin anew"), on_click=exercises.forget, type="tertiary", key="practice-anew")
    left, middle = st.columns([0.3, 0.7], gap="medium")
    with left, st.container(border=True, gap="xsmall"):
        name, title = exercises.PAGE[exercise]
        st.markdown(text(exercises.TASK[exercise]))
        onward.to_page(name, text("Open {page}", page=text(title)), answer, text)
        st.caption(text("Look there, then come back and answer. What you choose is kept in this visit alone."))
    with middle:
        asked = [each for each in questions(answer) if each.exercise == exercise]
        for question in asked:
            exercises.ask(question, answer, text)
        if not asked:
            st.caption(text("This set does not hold the story: make another, with another seed."))
        elif st.toggle(text("How the numbers are reached"), key=f"practice-how-{exercise}"):
            with st.container(border=True, gap="xsmall"):
                exercises.how(exercise, answer, text)


PAGE = Page("practice", N_("Practice"), practice.answer, draw, has_filters=False, group=N_("Action"))
