"""What does a planner know of one district, against its own past and the districts that touch it?"""

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose, protect
from dashboard.figures import change, district, pair, period

OF_LABELS = ["n_tip", "n_tip_before", "n_undetermined"]  # columns of totals that say the same as rows of `labels`
DELAYS = dict.fromkeys(("median_d", "p90_d"), ("n",))


def answer(selected: Selected) -> Answer:
    """Tables: totals, past, labels, agencies, crossings, neighbours, trails, effort, delays, cells, choice.

    With two that are in view: totals, pair, difference, labels and times (of each), choice (with old spellings).
    Otherwise only totals, districts (with change) and choice.
    """
    selected, _ = period.settle(selected)
    code, both = district.asked(selected), pair.asked(selected)
    if code is not None:
        return _of(selected, code)
    return _to_choose(selected) if both is None else _of_both(selected, both)


def _of(selected: Selected, code: str) -> Answer:
    neighbours, n_unseen = district.neighbours(selected, code)
    return disclose(
        "district",
        selected,
        {
            "totals": change.totals(selected).drop_columns(OF_LABELS),
            "past": district.past(selected),
            "labels": change.grouped_change(selected, "detections_by_label", "crime_label"),
            "agencies": change.grouped_change(selected, "detections_by_agency", "detecting_agency"),
            "crossings": change.grouped_change(selected, "crossings_of_district", "crossing", district=code),
            "neighbours": neighbours,
            "trails": district.trails(selected),
            "effort": district.effort(selected),
            "delays": district.timeliness(selected),
            "cells": protect(selected, selected.ask("cells_of_district", resolution=selected.filters.resolution)),
            "choice": _choice(selected),
        },
        {
            **dict.fromkeys(("totals", "labels", "agencies", "crossings", "neighbours"), change.CHANGED),
            "past": {name: change.CHANGED[name] for name in ("ratio", "low", "high", "p", "verdict")},
            "trails": district.TRAILS,
            "delays": DELAYS,
        },
        {"district": code, "neighbours_not_in_view": str(n_unseen) if n_unseen else None},
        {"labels": None},
    )


def _of_both(selected: Selected, both: pair.Pair) -> Answer:
    over_time, unit = pair.over_time(selected, both)
    return disclose(
        "district",
        selected,
        {
            "totals": pair.totals(selected, both).drop_columns(OF_LABELS),
            "pair": pair.districts(selected, both),
            "difference": pair.difference(selected, both),
            "labels": pair.labels(selected, both),
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
    districts = change.grouped_change(selected, "detections_by_district", "adm2")
    return disclose(
        "district",
        selected,
        {"totals": change.totals(selected), "districts": districts, "choice": _choice(selected)},
        dict.fromkeys(("totals", "districts"), change.CHANGED),
        {"district": None},
    )


def _choice(selected: Selected) -> pa.Table:
    """The districts in view: where their labels stand, and the other spellings of their names."""
    table = selected.ask("districts")
    seen = district.in_view(selected, tuple(table["adm2"].to_pylist()))
    return table.filter(pc.is_in(table["adm2"], pa.array(seen, pa.string())))
