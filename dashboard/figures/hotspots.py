"""The cells of a selection as Hotspots shows them: tested, dealt, with their history and the cluster of each."""

from dataclasses import dataclass

import pyarrow as pa

from dashboard.database import Selected
from dashboard.figures import cells, emerging, hot_clusters, placing
from dashboard.figures.cells import Area
from dashboard.figures.emerging import History
from dashboard.figures.placing import Placed


@dataclass(frozen=True)
class Found:
    """cells: one row a cell of the area at home, with what the three tests say of it."""

    area: Area
    placed: Placed
    history: History
    cells: pa.Table


def found(selected: Selected) -> Found:
    """What the tests find in a settled selection."""
    area = cells.study_area(selected)
    placed, history = placing.placed(selected, area), emerging.history(selected, area)
    tested = cells.tested(area)
    for name, column in (placed.columns | history.columns).items():
        tested = tested.append_column(name, column)
    return Found(area, placed, history, hot_clusters.with_clusters(tested, area.near))
