"""Where do detections cluster more than chance would give?"""

from dashboard import figures
from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose


def answer(selected: Selected) -> Answer:
    """Tables: totals, cells (n, n_near, z, p, q, class), districts."""
    selected, refused = figures.settle(selected)
    cells, untested = figures.hot_cells(selected)
    return disclose(
        "hotspots",
        selected,
        {"totals": figures.totals(selected), "cells": cells, "districts": figures.districts(selected)},
        {
            "totals": figures.CHANGED,
            "cells": figures.TESTED,
            "districts": figures.COUNTED,
        },
        {"untested": untested, "refused_resolution": str(refused) if refused else None},
    )
