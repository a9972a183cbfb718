"""What must a commander know: how many, where, which corridor, what changed, how sure."""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import cells, change, corridors, period, precision, ribbon, times


def answer(selected: Selected) -> Answer:
    """Tables: totals, budget, cells, districts, crossings (with change), corridors, times, stretches and marks."""
    selected, refused = period.settle(selected)
    area = cells.study_area(selected)
    series = times.over_time(selected)
    crossings, along = corridors.crossings(selected), ribbon.line(selected)
    return disclose(
        "overview",
        selected,
        {
            "totals": change.totals(selected),
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
            "totals": change.CHANGED,
            "budget": precision.DERIVED,
            "districts": cells.COUNTED,
            "crossings": change.CHANGED,
            "corridors": {"label": ("n",)},
            "stretches": ribbon.COUNTED,
        },
        {"unit": series.unit, "untested": area.untested, "refused_resolution": str(refused) if refused else None},
    )
