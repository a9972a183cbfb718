"""What must a commander know: how many, where, which corridor, what changed, how sure."""

from dashboard import figures
from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose


def answer(selected: Selected) -> Answer:
    """Tables: totals, cells, crossings (with change), corridors, times, districts."""
    selected, refused = figures.settle(selected)
    cells, untested = figures.hot_cells(selected)
    times = figures.over_time(selected)
    return disclose(
        "overview",
        selected,
        {
            "totals": figures.totals(selected),
            "cells": cells,
            "districts": figures.districts(selected),
            "crossings": figures.crossings(selected),
            "corridors": figures.corridors(selected),
            "times": times.all,
        },
        {
            "totals": figures.CHANGED,
            "cells": figures.TESTED,
            "districts": figures.COUNTED,
            "crossings": figures.CHANGED,
            "corridors": {"label": ("n",)},
        },
        {"unit": times.unit, "untested": untested, "refused_resolution": str(refused) if refused else None},
    )
