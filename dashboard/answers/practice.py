"""What is to be found in an invented data set that was made to practise on, and by which numbers?"""

from dataclasses import replace

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import (
    baseline,
    cells,
    change,
    corridors,
    displacement,
    hot_clusters,
    hotspots,
    origins,
    period,
    placing,
    practice,
    trails,
)
from dashboard.filters import Filters


def answer(selected: Selected) -> Answer:
    """Tables: totals; of a practice set also operations, origins, crossings, cells (those that an exercise speaks of),
    clusters, districts, grid, blind: as Corridors, Hotspots and Trails make them under no filter.

    notes: institution and seed of the practice set; None where this version is none.
    """
    selected, _ = period.settle(replace(selected, filters=Filters()))
    totals, made_for = change.totals(selected), practice.made_for(selected)
    if made_for is None:
        return disclose("practice", selected, {"totals": totals}, notes={"institution": None})
    moved, tested = displacement.displaced(selected), hotspots.found(selected).cells
    return disclose(
        "practice",
        selected,
        {
            "totals": totals,
            "operations": moved["operations"],
            "origins": moved["origins"],
            "crossings": corridors.crossings(baseline.settled(selected)),
            "cells": practice.telling(tested),
            "clusters": hot_clusters.listed(selected, tested),
            "districts": cells.districts(selected),
            "grid": trails.grid(selected),
            "blind": trails.blind(selected),
        },
        {
            "operations": displacement.MEASURED,
            "origins": origins.SHARED,
            "crossings": change.CHANGED,
            "clusters": hot_clusters.DERIVED,
            "districts": cells.COUNTED,
        },
        {"institution": made_for[0], "seed": str(made_for[1]), "draws": str(placing.DRAWS)},
    )
