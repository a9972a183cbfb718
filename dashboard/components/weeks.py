"""What is said of weeks: against their usual range, the trend, the level, and how complete they are."""

from dashboard.components.pictures import LEVEL
from dashboard.disclosure import Answer, Row
from dashboard.i18n import N_, Text

NO_BASELINE = {
    "too_few_weeks": N_("No baseline: {n} whole, settled weeks of regular reporting; 52 are needed."),
    "too_few_incidents": N_("No baseline: under 100 detections in {n} settled weeks."),
    "too_few_weeks_with_any": N_("No baseline: under 10 of {n} settled weeks have a detection."),
    "too_many_withheld": N_(
        "No baseline: in over a fifth of {n} settled weeks the count is under {k}. Read the months below."
    ),
    "no_fit": N_("No baseline: the model does not settle on these {n} weeks."),
}
NO_MONTHLY_BASELINE = {
    "too_few_months": N_("No baseline by month: {n} whole, settled months of regular reporting; 24 are needed."),
    "too_few_incidents": N_("No baseline by month: under 100 detections in {n} settled months."),
    "too_few_months_with_any": N_("No baseline by month: under 10 of {n} settled months have a detection."),
    "too_many_withheld": N_("No baseline by month: in over a fifth of {n} settled months the count is under 5."),
    "no_fit": N_("No baseline by month: the model does not settle on these {n} months."),
}
NO_DELAY = {
    "no_report_date": N_("How much is still to come is not known: no record has a report date."),
    "too_few_reports": N_("How much is still to come is not known: under 50 records have a report date."),
    "no_old_records": N_("How much is still to come is not known: no record is over 26 weeks old."),
}


def range_said(answer: Answer, text: Text) -> str:
    """How many of the period's tested weeks lie outside; chance puts one in 20 there."""
    tested = [row for row in answer.rows("weeks") if row["is_in_period"] and row["outside"] is not None]
    outside = sum(row["outside"] != "inside" for row in tested)
    if not tested:
        return ""
    if outside == 0 and answer.rows("trend")[0]["has_season"]:
        return text("No week of it is outside the range that is usual for its season.")
    if outside == 0:
        return text("No week of it is outside its usual range.")
    return text(
        "{n} of {all} settled weeks are outside their usual range; by chance 1 in 20 is.", n=outside, all=len(tested)
    )


def incomplete(answer: Answer, text: Text) -> str:
    """How many whole weeks at the end of the period are still filling up."""
    n = sum(row["is_in_period"] and row["is_provisional"] for row in answer.rows("weeks"))
    if n == 1:
        return text("The last whole week is incomplete; reports are still coming.")
    return text("The last {n} whole weeks are incomplete; reports are still coming.", n=n) if n else ""


def trend_said(answer: Answer, text: Text) -> str:
    """The trend beyond season with its interval, or why there is none; and when the level changed."""
    (fit,) = answer.rows("trend")
    if fit["withheld"]:
        return text(NO_BASELINE[fit["withheld"]], n=fit["weeks"])
    verdict = text("no evidence of a trend")
    if fit["p"] < LEVEL:
        verdict = text("evidence of a rising trend") if fit["annual_ratio"] > 1 else text("evidence of a falling trend")
    said = [
        text(
            "Beyond season, {n} times a year earlier ({low} to {high}): {verdict}.",
            **{
                name: text.number(fit[key], "#,##0.00")
                for name, key in (("n", "annual_ratio"), ("low", "low"), ("high", "high"))
            },
            verdict=verdict,
        )
    ]
    if fit["has_effort"]:
        said.append(text("Patrol hours are counted in."))
    if not fit["has_season"]:
        said.append(text("Under two years of weeks: no word on the season."))
    if fit["change_week"] and fit["change_p"] < LEVEL:
        said.append(_level_said(fit, text))
    return " ".join(said)


def months_said(answer: Answer, text: Text) -> str:
    """How many months lie outside their usual range, of how many; or why they have none."""
    (fit,) = answer.rows("month_fit")
    if fit["withheld"]:
        return text(NO_MONTHLY_BASELINE[fit["withheld"]], n=fit["months"])
    outside = sum(row["outside"] in ("above", "below") for row in answer.rows("months"))
    if outside == 0:
        return text("None of {all} settled months is outside the range usual for its season.", all=fit["months"])
    return text(
        "{n} of {all} settled months are outside the range usual for their season; by chance at most 1 in 20 is.",
        n=outside,
        all=fit["months"],
    )


def _level_said(fit: Row, text: Text) -> str:
    return text(
        "The level changed in the week from {day}: {before} to {after} a week, season taken out (p = {p}).",
        day=fit["change_week"],
        before=text.number(fit["change_before"], "#,##0.0"),
        after=text.number(fit["change_after"], "#,##0.0"),
        p=text.number(fit["change_p"], "0.0000"),
    )


def reporting_said(answer: Answer, text: Text) -> str:
    """Up to when reports are known, and how long they take; or why that is not known."""
    (late,) = answer.rows("reporting")
    if late["withheld"]:
        return text(NO_DELAY[late["withheld"]])
    if late["longest_weeks"] == 0:
        return text("Reports are known up to {day}; nearly all come in the week of the event.", day=late["known_on"])
    return text(
        "Reports are known up to {day}; nearly all come within {n} weeks.",
        day=late["known_on"],
        n=late["longest_weeks"],
    )
