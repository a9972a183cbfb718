"""What changed, of everything that could be compared, with what season and effort say of it."""

import streamlit as st

from dashboard.components import words
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text

TAGS = {"rise": N_("rise"), "fall": N_("fall"), "season": N_("season"), "effort": N_("effort")}
CHECKS = {
    ("season", "usual"): N_("usual for this season"),
    ("season", "not_usual"): N_("not so a year earlier"),
    ("season", "unknown"): N_("season unknown"),
    ("effort", "explained_by_effort"): N_("explained by patrol hours"),
    ("effort", "beyond_effort"): N_("beyond patrol hours"),
    ("effort", "as_recorded"): N_("patrol hours not clearly different"),
    ("effort", "unknown"): N_("effort unknown"),
}


def findings(answer: Answer, text: Text, most: int) -> None:
    """The surest rises and falls of the table `findings`, or why there are none; `most` of them."""
    st.markdown("**" + text("What changed: 4 weeks against the 4 before") + "**")
    rows = answer.rows("findings") if "findings" in answer.tables else []  # an older frozen answer has none
    compared = int(answer.notes.get("findings_compared") or 0)
    if answer.notes.get("findings_withheld"):
        st.caption(
            text("Not told: it takes eight settled weeks of regular reporting, the last of them in this period.")
        )
    elif not rows:
        none = text("No evidence of change in any of {n} compared.", n=compared)
        st.caption(none if compared else text("Too few anywhere to compare."))
    for row in rows[:most]:
        said = f"{tag(row, text)} **{place(row, answer, text)}** {words.now_and_before(row, text)}"
        st.markdown(f"{said} · {_deciding(row, text)}")
    if len(rows) > most:
        st.caption(text("and {n} more", n=len(rows) - most))


def tag(row: Row, text: Text) -> str:
    """What explains a change, or which way it went, as a badge."""
    said = row["tag"]
    return f":orange-badge[{text(TAGS[said])}]" if said else f":gray-badge[{text('withheld')}]"


def place(row: Row, answer: Answer, text: Text) -> str:
    """Of what a finding is."""
    if row["list"] == "total":
        return text("All of this choice")
    return answer.label(text.language)(row["list"], str(row["code"]))


def _deciding(row: Row, text: Text) -> str:
    """The check that the tag rests on: the season where it explains the change, else what is known of effort."""
    if row["tag"] is None:
        return text("withheld: a count is under {k}")
    name = "season" if row["tag"] == "season" else "effort"
    return text(CHECKS[name, row[name]])


def checks(row: Row, text: Text) -> str:
    """What season and effort say of a change."""
    return " · ".join(text(CHECKS[name, row[name]]) for name in ("season", "effort") if row[name])
