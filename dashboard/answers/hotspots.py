"""Where do detections cluster more than chance would give, since when, and how sure is the place?"""

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import (
    baseline,
    cells,
    change,
    effort,
    emerging,
    hot_clusters,
    hotspots,
    period,
    placing,
    precision,
)

SHOWN = pa.array(["hot", "peak", "cold"])
PATTERNLESS = pa.array(["no_pattern", "undefined"])


def answer(selected: Selected) -> Answer:
    """Tables: totals, budget, cells, clusters, districts, effort, unknown (cells without effort), agencies (that
    began within the months of the histories)."""
    selected, refused = period.settle(selected)
    found, settled = hotspots.found(selected), baseline.settled(selected)
    area, placed, history, tested = found.area, found.placed, found.history, found.cells
    return disclose(
        "hotspots",
        selected,
        {
            "totals": change.totals(selected),
            "budget": placing.with_dealt(precision.budget(selected), placed),
            "cells": _shown(cells.with_abroad(tested, area)),
            "clusters": hot_clusters.listed(selected, tested),
            "districts": cells.districts(selected),
            "effort": effort.by_district(settled),
            "unknown": effort.unknown(area.unreached),
            "agencies": emerging.begun(selected, history.months),
        },
        {
            "budget": precision.DERIVED,
            "clusters": hot_clusters.DERIVED,
            "districts": cells.COUNTED,
            "effort": effort.DERIVED,
            "agencies": emerging.BEGUN,
        },
        {
            "untested": area.untested,
            "effort_until": period.span(settled.told)[1].isoformat(),
            "tested_cells": str(len(area.cells)),
            "known_cells": str(int(area.is_known.sum())),
            "refused_resolution": str(refused) if refused else None,
            "seed": str(placed.seed),
            "draws": str(placing.DRAWS),
            "months": str(len(history.months)),
            "last_month": history.months[-1][1].isoformat() if history.months else None,
            "unclassed": history.unclassed,
        },
        {"districts": None},
    )


def _shown(table: pa.Table) -> pa.Table:
    """Cells that hold a detection, or of which any of the three pictures says something."""
    said = (
        pc.greater(table["n"], 0),
        pc.is_in(table["class"], SHOWN),
        pc.greater_equal(pc.fill_null(table["p_hot"], 0.0), 0.1),
        pc.fill_null(table["is_naive_hot"], False),
        pc.invert(pc.is_in(pc.fill_null(table["emerging"], "undefined"), PATTERNLESS)),
    )
    shown = said[0]
    for each in said[1:]:
        shown = pc.or_(shown, each)
    return table.filter(shown)
