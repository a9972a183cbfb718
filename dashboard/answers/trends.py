"""Is it more or less than usual: beyond season and chance, against another period, by label and by district?"""

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import baseline, change, daily, delay, findings, kinds, lists, period, times


def answer(selected: Selected) -> Answer:
    """Tables: totals; weeks, trend, months, month_fit, days; reporting; compared, labels, districts, periods; findings;
    lists.

    compared, labels, districts, periods and findings leave out what the data do not reach, and the last weeks of the
    period while reports are still coming.
    """
    selected, _ = period.settle(selected)
    days, late = daily.daily(selected), delay.reporting(selected)
    line, by_month = baseline.baseline(selected, days, late), baseline.monthly(selected, days, late)
    settled = baseline.settled_part(selected, late)
    told, is_settled = settled or selected, settled is not None
    found = findings.findings(settled, line.scatter)
    agencies, no_second_opinion = lists.lists(selected)
    totals = kinds.totals(selected)
    not_dated = pa.array([days.total(*period.span(selected)) - days.total(*period.span(selected), "week")], pa.int64())
    by_district = change.grouped_change(told, "detections_by_district", "adm2", is_settled)
    return disclose(
        "trends",
        selected,
        {
            "totals": totals.drop_columns(list(change.OF_LABELS)).append_column("n_not_dated", not_dated),
            "compared": change.total_change(told, days, line.scatter, is_settled),
            "weeks": line.weeks,
            "trend": line.fit,
            "months": by_month.months,
            "month_fit": by_month.fit,
            "days": times.calendar(selected, days),
            "reporting": late.table(),
            "labels": change.label_change(told, days, is_settled),
            "districts": by_district,
            "periods": times.by_district(settled),
            "findings": found.table,
            "lists": agencies,
        },
        {
            **dict.fromkeys(("compared", "labels", "districts"), change.CHANGED),
            "weeks": baseline.WEEKS,
            "months": baseline.MONTHS,
            "findings": findings.FOUND,
        },
        {
            "findings_withheld": found.withheld,
            "findings_compared": str(found.n_compared),
            "no_second_opinion": no_second_opinion,
        },
        {"labels": None, "districts": None},
    )
