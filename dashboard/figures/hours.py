"""Patrol hours a week, where they were told in full: by district and crossing, and of several districts together."""

from collections import defaultdict
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from dashboard.database import Selected

Place = tuple[str, str | None]  # district or crossing, and its code
Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


def hours(selected: Selected, mondays: Days) -> dict[Place, Floats]:
    """(weeks,) hours of each place that tells any; NaN in a week that fewer units told than in the fullest of them.

    mondays: (weeks,) ascending, within the selection's period.
    """
    position = {day: i for i, day in enumerate(mondays.astype(object))}
    told: dict[Place, Floats] = defaultdict(lambda: np.zeros((2, len(mondays))))
    for row in selected.ask("effort_by_place").to_pylist():
        if row["kind"] == "patrol_hours" and row["week"] in position:
            for place in (("district", row["adm2"]), ("crossing", row["crossing"])):
                told[place][:, position[row["week"]]] += row["n_reports"], row["amount"]
    return {place: np.where(n == n.max(), amount, np.nan) for place, (n, amount) in told.items() if place[1]}


def together(told: dict[Place, Floats], seen: Collection[str | None], most_missing: float) -> Floats | None:
    """(weeks,) hours of all districts that tell any or are seen with detections.

    None where more than this share of their weeks is missing, or there are no hours at all.
    """
    if not told:
        return None
    unknown = np.full(len(next(iter(told.values()))), np.nan)
    districts = sorted({code for name, code in told if name == "district" and code} | {code for code in seen if code})
    stacked = np.array([told.get(("district", code), unknown) for code in districts])
    return np.asarray(np.nansum(stacked, axis=0)) if np.isnan(stacked).mean() <= most_missing else None
