"""Sentences that two pages share, made from the numbers that stand below them."""

import re
from collections.abc import Sequence
from datetime import date

from dashboard.charts import FILLING, shown
from dashboard.components import caveat
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.i18n import N_, Text

MIN_FOR_PERCENT = 20
UNTESTED = {
    "too_few_records": N_("Too few to test: {n} placed detections, 20 are needed."),
    "too_few_cells": N_("Too small an area to test: at least 30 cells are needed."),
    "too_few_nonzero_cells": N_("Too few to test: detections lie in fewer than 5 cells."),
}
# Whose a training plan or a practice set is.
INSTITUTIONS = {
    "border_force": N_("Border force"),
    "police": N_("Police"),
    "coast_guard": N_("Coast guard"),
    "immigration": N_("Immigration"),
    "prosecutor": N_("Prosecutors"),
    "shelter": N_("Shelters"),
}
# Of what a person writes: what `ledger.personal` found in it.
PERSONAL = {
    "number": N_("It may hold no number of seven digits or more: nothing of a person belongs into it."),
    "name": N_("It seems to name a person: nothing of a person belongs into it. Write it without."),
}
WITHHELD = N_("withheld: a count is under {k}")
VERDICT = {
    "rise": N_("rise"),
    "fall": N_("fall"),
    "no_evidence": N_("no evidence of change"),
    "too_few": N_("too few to compare"),
    "none_in_either": N_("none in either period"),
    "not_comparable": N_("not comparable: the data do not cover both periods apart"),
}


def as_written(words: str) -> str:
    """What somebody else wrote, such as a file's name, for a place that reads Markdown: none of it is markup there."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", words)


def new_reporters(answer: Answer, text: Text) -> str:
    """What looks new may be new reporting: which agencies began within the months, as far as it may be told."""
    name = answer.label(text.language)
    told = [row for row in answer.rows("agencies") if row["first_month"]]
    if not told:
        return text("What looks new may be new reporting.")
    begun = [
        text(
            "{agency} since {month}",
            agency=name("agency", row["detecting_agency"]),
            month=text.month(row["first_month"]),
        )
        for row in told
    ]
    return text("What looks new may be new reporting; first detections: {begun}.", begun=", ".join(begun))


def none_match(answer: Answer, text: Text) -> str | None:
    """What to say where nothing matches, which does not mean that nothing happened; None where something does."""
    if answer.figure("n") == 0:
        return text("No detections match. No record here is not the same as no event.")
    return None


def total(answer: Answer, text: Text) -> str:
    """How many detections; of them, those up to the last week that is in, against the period compared; what it says."""
    row, n = asked_for(answer), caveat.count(answer, "n", text)
    before = shown(row, "n_before", text)
    counts = text(
        "{n} detections in {weeks}; {before} in the period compared.", n=n, before=before, weeks=weeks(answer, text)
    )
    if until := compared_until(answer):
        counts = text(
            "{n} detections in {weeks}. Up to {day}, where reports are in, {told}; {before} in the period compared.",
            n=n,
            weeks=weeks(answer, text),
            day=until,
            told=shown(row, "n", text),
            before=before,
        )
    return f"{counts} {compared(row, text)}."


def shaded(rows: Sequence[Row], text: Text) -> str:
    """What the shade of bars means, where a bar stands on one."""
    return " · " + text("shaded: {what}", what=text(FILLING)) if any(r.get("is_provisional") for r in rows) else ""


def asked_for(answer: Answer) -> Row:
    """The comparison that the filters ask for; in an answer frozen before there was such a table, its totals."""
    return answer.rows("compared" if "compared" in answer.tables else "totals")[0]


def compared_until(answer: Answer) -> date | None:
    """The last day of what is compared, where reports of the period's end are still coming; None where they are in."""
    until = asked_for(answer).get("date_to")
    return until if isinstance(until, date) and until != answer.filters.date_to else None


def still_coming(answer: Answer, text: Text) -> str:
    """Up to which day a page compares, for the foot of its tables; empty where that is the whole period."""
    until = compared_until(answer)
    return text("Compared up to {day}: later reports are still coming.", day=until) if until else ""


def compared(row: Row, text: Text) -> str:
    """How a count compares with the period before, in words with its interval; wording follows p, not the interval."""
    if row["n" + HIDDEN] or row["n_before" + HIDDEN]:
        return text("withheld: a count is under {k}")
    said = {
        "rise": text("Evidence of a rise"),
        "fall": text("Evidence of a fall"),
        "no_evidence": text("No evidence of change"),
    }.get(row["verdict"])
    return f"{said}: {_how_much(row, text)}" if said else text(VERDICT[row["verdict"]])


def _how_much(row: Row, text: Text) -> str:
    """The interval as per cent, as times where the base is under 20, or that there were none before."""
    if row["ratio"] is None:
        return text("none in the period compared")
    if row["n_before"] < MIN_FOR_PERCENT:
        ends = {end: text.number(row[end], "#,##0.0") for end in ("low", "high")}
        return text("{low} to {high} times", **ends)
    return text("{low} to {high}", low=_change(row["low"], text), high=_change(row["high"], text))


def ratio(row: Row, text: Text) -> str:
    """1.8 (1.0–3.1), or a dash where it is withheld, undefined or over too few."""
    if row["ratio"] is None or row["verdict"] in (None, "too_few"):
        return "–"
    low, high = (text.number(row[end], "#,##0.0") for end in ("low", "high"))
    return f"{text.number(row['ratio'], '#,##0.0')} ({low}–{high})"


def times(row: Row, text: Text) -> str:
    """×1.8 (1.0–3.1) of a key figure, with the sign of a rise or fall."""
    sign = {"rise": "▲", "fall": "▼"}.get(str(row["verdict"]), "")
    return sign + "×" + ratio(row | {"low": row["ratio_low"], "high": row["ratio_high"]}, text)


def verdict(row: Row, text: Text) -> str:
    """rise, fall, no evidence of change, …, with a sign that does not need colour."""
    if row["verdict"] is None:
        return text("withheld: a count is under {k}")
    sign = {"rise": "▲ ", "fall": "▼ "}.get(str(row["verdict"]), "")
    return sign + text(VERDICT[str(row["verdict"])])


def now_and_before(row: Row, text: Text) -> str:
    """37 → 70, with what is withheld as <5."""
    return f"{shown(row, 'n_before', text)} → {shown(row, 'n', text)}"


def placed(answer: Answer, text: Text) -> str:
    """How many of the detections no cell can hold, and the resolution that was refused, if one was."""
    n, total = answer.figure("n_district_only"), answer.figure("n")
    said = []
    if n and total:
        said.append(
            text(
                "{share} are known to the district only and are placed on no cell.",
                share=text.percent(n / total),
            )
        )
    if asked := answer.notes.get("refused_resolution"):
        said.append(
            text(
                "Cells of resolution {asked} are refused: 8 in 10 placed detections carry no finer than {used}.",
                asked=int(asked),
                used=answer.filters.resolution,
            )
        )
    return " ".join(said)


def untested(answer: Answer, text: Text) -> str | None:
    """Why no test was made, in words; None where one was."""
    reason = answer.notes.get("untested")
    return text(UNTESTED[reason], n=caveat.count(answer, "n_placed", text)) if reason else None


def weeks(answer: Answer, text: Text) -> str:
    """The length of the period: whole weeks as weeks, else days."""
    days = answer.filters.days
    return text("{n} weeks", n=days // 7) if days % 7 == 0 and days > 7 else text("{n} days", n=days)


def _change(ratio: float, text: Text) -> str:
    return ("+" if ratio >= 1 else "") + text.percent(ratio - 1)
