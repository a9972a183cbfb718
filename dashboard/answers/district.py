"""What does a planner know of one district, against its own past and the districts that touch it?"""

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose, protect
from dashboard.figures import baseline, change, district, pair, period

OF_LABELS = ["n_tip", "n_tip_before", "n_undetermined"]  # columns of totals that say nearly the same as `labels`
DELAYS = dict.fromkeys(("median_d", "p90_d"), ("n",))


def answer(selected: Selected) -> Answer:
    """Tables: totals, compared, past, labels, agencies, crossings, neighbours, trails, effort, delays, cells, choice.

    With two that are in view: totals, pair, difference, labels and times (of each), choice (with old spellings).
    Otherwise only totals, compared, districts (with change) and choice. What is compared is of the settled part.
    """
    selected, _ = period.settle(selected)
    code, both = district.asked(selected), pair.asked(selected)
    if code is not None:
        return _of(selected, code)
    return _to_choose(selected) if both is None else _of_both(selected, both)


def _of(selected: Selected, code: str) -> Answer:
    settled = baseline.settled(selected)
    neighbours, n_unseen = district.neighbours(settled, code)
    return disclose(
        "district",
        selected,
        {
            "totals": change.totals(selected).drop_columns(OF_LABELS),
            "compared": settled.compared(),
            "past": district.past(settled),
            "labels": settled.by("detections_by_label", "crime_label"),
            "agencies": settled.by("detections_by_agency", "detecting_agency"),
            "crossings": settled.by("crossings_of_district", "crossing", district=code),
            "neighbours": neighbours,
            "trails": district.trails(selected),
            "effort": district.effort(selected),
            "delays": district.timeliness(selected),
            "cells": protect(selected, selected.ask("cells_of_district", resolution=selected.filters.resolution)),
            "choice": _choice(selected),
        },
        {
            **dict.fromkeys(("compared", "labels", "agencies", "crossings", "neighbours"), change.CHANGED),
            "past": {name: change.CHANGED[name] for name in ("ratio", "low", "high", "p", "verdict")},
            "trails": district.TRAILS,
            "delays": DELAYS,
        },
        {"district": code, "neighbours_not_in_view": str(n_unseen) if n_unseen else None},
        {"labels": None, "agencies": None, "crossings": None, "cells": None},
    )


def _of_both(selected: Selected, both: pair.Pair) -> Answer:
    settled, each = pair.sides(selected, both)
    over_time, unit = pair.over_time(selected, both, settled.told)
    return disclose(
        "district",
        selected,
        {
            "totals": pair.totals(selected, both).drop_columns(OF_LABELS),
            "pair": pair.districts(selected, both, each),
            "difference": pair.difference(settled, both),
            "labels": pair.labels(both, each),
            "times": over_time,
            "choice": _choice(selected),
        },
        {
            "totals": pair.TOTALS,
            "pair": {name: change.CHANGED[name] for name in district.PAST if name in change.CHANGED},
            "difference": pair.DIFFERENT,
            "labels": change.CHANGED,
        },
        {"district": None, "pair": ",".join(both), "unit": unit},
        {"labels": "adm2"},
    )


def _to_choose(selected: Selected) -> Answer:
    settled = baseline.settled(selected)
    return disclose(
        "district",
        selected,
        {
            "totals": change.totals(selected),
            "compared": settled.compared(),
            "districts": settled.by("detections_by_district", "adm2"),
            "choice": _choice(selected),
        },
        dict.fromkeys(("compared", "districts"), change.CHANGED),
        {"district": None},
        {"districts": None},
    )


def _choice(selected: Selected) -> pa.Table:
    """The districts in view: where their labels stand, and the other spellings of their names."""
    table = selected.ask("districts")
    seen = district.in_view(selected, tuple(table["adm2"].to_pylist()))
    return table.filter(pc.is_in(table["adm2"], pa.array(seen, pa.string())))
