"""What a part of Response leaves out of its durations and why; and counts that are withheld beside their total."""

from dashboard.charts import shown
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

WHY = {
    ("labels", "undated"): N_("{n} whose label has no day of decision"),
    ("labels", "not_to_the_day"): N_("{n} not dated to the day"),
    ("labels", "before_event"): N_("{n} with a label decided before the event"),
    ("care", "undated"): N_("{n} steps without a day"),
    ("care", "not_to_the_day"): N_("{n} steps of records not dated to the day"),
    ("care", "before_event"): N_("{n} steps done before the event"),
    ("handover", "ends_first"): N_("{n} hand-overs that end before they begin"),
    ("handover", "refused_and_done"): N_("{n} hand-overs both refused and done"),
}


def left_out(answer: Answer, part: str, text: Text) -> str:
    """A sentence with what no duration of this part holds; that nothing is left out, where nothing is."""
    rows = [row for row in answer.rows("left_out") if row["part"] == part]
    if not rows:
        return text("Nothing is left out of durations.")
    said = ", ".join(text(WHY[part, row["why"]], n=shown(row, "n", text)) for row in rows)
    return text("Left out of durations: {what}.", what=said)


def beside_total(row: Row, column: str, text: Text) -> str:
    """A part of a total that is told: that one is withheld is said, and not which of two is the small one."""
    return text("withheld") if row[column + HIDDEN] else text.number(row[column])


def timed(row: Row, text: Text) -> str:
    """Of how many a median is."""
    is_nearly_all = row["n_timed"] is None and not row["n_timed" + HIDDEN]
    return text("nearly all") if is_nearly_all else shown(row, "n_timed", text)


def days(row: Row, column: str, text: Text) -> str:
    """A median or tenth of days; a dash where there is none or it is withheld."""
    return text.number(row[column], "#,##0.#")
