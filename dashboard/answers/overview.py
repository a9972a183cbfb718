"""What must a commander know: how many, where, which corridor, what changed, how sure."""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import baseline, cells, change, corridors, findings, key, period, precision, ribbon, times


def answer(selected: Selected) -> Answer:
    """Tables: totals, compared, key, findings, budget, cells, districts, crossings (with change), corridors, times,
    stretches and marks. What is compared, and so crossings too, is of the settled part of the period.
    """
    selected, refused = period.settle(selected)
    area = cells.study_area(selected)
    settled = baseline.settled(selected)
    series = times.over_time(selected, settled.told, settled.days)
    found = findings.findings(settled.part, settled.scatter)
    compared = settled.compared()
    crossings, along = corridors.crossings(settled), ribbon.line(selected)
    return disclose(
        "overview",
        selected,
        {
            "totals": change.totals(selected),
            "compared": compared,
            "key": key.figures(selected, settled, compared.to_pylist()[0]),
            "findings": found.table,
            "budget": precision.budget(selected),
            "cells": cells.hot_cells(area),
            "districts": cells.districts(selected),
            "crossings": crossings,
            "corridors": corridors.corridors(selected),
            "times": series.all,
            "stretches": ribbon.ribbon(selected, along, ribbon.counted(selected, along, 2), crossings),
            "marks": ribbon.marks(selected),
        },
        {
            "compared": change.CHANGED,
            "key": key.KEY,
            "findings": findings.FOUND,
            "budget": precision.DERIVED,
            "districts": cells.COUNTED,
            "crossings": change.CHANGED,
            "corridors": {"label": ("n",)},
            "stretches": ribbon.COUNTED,
        },
        {
            "unit": series.unit,
            "untested": area.untested,
            "refused_resolution": str(refused) if refused else None,
            "findings_withheld": found.withheld,
            "findings_compared": str(found.n_compared),
        },
        {"districts": None, "crossings": None, "corridors": None, "times": None},
    )
