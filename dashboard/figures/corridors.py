"""Flows from an origin district through a crossing to a destination, and the crossings themselves."""

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import protect
from dashboard.figures.baseline import Settled


def corridors(selected: Selected) -> pa.Table:
    """One row an origin district, crossing and destination; what is known of each in numbers."""
    return protect(selected, selected.ask("corridors"))


def crossings(settled: Settled) -> pa.Table:
    """One row a crossing named now or before: n, n_before and the change, all of the settled part of the period."""
    return settled.by("detections_by_crossing", "crossing")
