"""Is it more or less than before, by label and by district?"""

import pyarrow as pa

from dashboard import figures
from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose


def answer(selected: Selected) -> Answer:
    """Tables: totals, times (n, n_before a bin), labelled (the same by label), labels and districts with change."""
    selected, _ = figures.settle(selected)
    times = figures.over_time(selected)
    not_dated = pa.array([times.n_not_dated], pa.int64())
    return disclose(
        "trends",
        selected,
        {
            "totals": figures.totals(selected).append_column("n_not_dated", not_dated),
            "times": times.all,
            "labelled": times.labelled,
            "labels": figures.grouped_change(selected, "detections_by_label", "crime_label"),
            "districts": figures.grouped_change(selected, "detections_by_district", "adm2"),
        },
        dict.fromkeys(("totals", "labels", "districts"), figures.CHANGED),
        {"unit": times.unit},
    )
