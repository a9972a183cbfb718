"""Can the loads be trusted: what became of the rows, how exactly, how soon, and what may be counted twice?"""

from dataclasses import replace

import pyarrow as pa

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose, protect
from dashboard.figures import care, district, handovers, kinds, label_flow, period, reference
from dashboard.filters import Filters

DELAYS = dict.fromkeys(("median_d", "p90_d"), ("n",))
RANGE = {"least": ("n_most", "n_repeats")}  # of two of the three the third follows


def answer(selected: Selected) -> Answer:
    """Tables: totals, loads, refusals, readings (of rows, for who may see every district), precision, delays, doubles;
    left_out: labels, steps of care and hand-overs whose days make no duration, and why.

    Everything in scope, whatever the filters say: this page judges the data and chooses none of it.
    """
    selected = _everything(selected)
    return disclose(
        "quality",
        selected,
        {
            "totals": kinds.totals(selected),
            "loads": selected.ask("load_files"),
            "refusals": selected.ask("refusals"),
            "readings": selected.ask("place_readings"),
            "precision": protect(selected, selected.ask("precision_by_quarter")),
            "delays": district.timeliness(selected),
            "doubles": protect(selected, selected.ask("double_counts")),
            "left_out": _left_out(selected),
        },
        {"delays": DELAYS, "doubles": RANGE},
    )


def _left_out(selected: Selected) -> pa.Table:
    calendar, _ = reference.working_days()
    told = selected.ask("statutory_clocks").to_pylist()
    handed = handovers.asked(selected, handovers.Terms(told, calendar, selected.store.published_at.date()))
    return label_flow.left_out(labels=label_flow.asked(selected), care=care.asked(selected), handover=handed)


def _everything(selected: Selected) -> Selected:
    """All records that the principal may see, from the first day to the last, of every type."""
    every = replace(selected, filters=Filters(choices={"type": tuple(selected.store.codes["event_type"])}))
    (reach,) = every.ask("extent").to_pylist()
    spanned = replace(every.filters, date_from=reach["first_day"], date_to=reach["last_day"])
    return replace(every, filters=spanned.settle(reach["last_day"], period.FINEST_SHOWN))
