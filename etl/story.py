"""What is planted in invented data: ways across the border, what changes in the last weeks, what nobody looks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

LATE_WEEKS = 12  # at the end, in which what is planted changes
Weights = Mapping[str, float]
# Crossing -> weight, and the districts that people who pass it come from, with weights.
SOUTH_WEST: Weights = {
    "BD4047": 4,
    "BD4065": 3,
    "BD3029": 3,
    "BD4041": 2,
    "BD3054": 2,
    "BD1006": 2,
    "BD3086": 1,
}
CROSSINGS: Mapping[str, tuple[float, Weights]] = {
    "x-benapole": (16, SOUTH_WEST),
    "x-putkhali": (13, SOUTH_WEST),
    "x-goga": (7, SOUTH_WEST),
    "x-maheshpur": (11, {"BD4044": 4, "BD3029": 3, "BD4055": 2, "BD3054": 2, "BD3082": 1}),
    "x-bhomra": (9, {"BD4087": 5, "BD4047": 3, "BD4001": 2, "BD1079": 1}),
    "x-taluigachha-keragachhi": (4, {"BD4087": 5, "BD4047": 2}),
    "x-darshana": (4, {"BD4018": 4, "BD4050": 2, "BD4057": 1}),
    "x-hili": (3, {"BD5527": 4, "BD5585": 2, "BD5532": 2}),
    "x-tetulia": (2, {"BD5577": 3, "BD5549": 2, "BD5594": 1}),
    "x-burimari": (3, {"BD5552": 4, "BD5549": 3}),
    "x-tamabil": (3, {"BD6091": 4, "BD6090": 3}),
    "x-akhaura": (4, {"BD2012": 4, "BD6036": 2, "BD3048": 1}),
    "x-teknaf": (8, {"BD2022": 6, "BD3068": 2, "BD2015": 2, "BD5081": 1}),
    "x-shamlapur": (5, {"BD2022": 6, "BD3068": 2, "BD2003": 1}),
    "x-st-martin-s-island": (3, {"BD2022": 5, "BD2015": 2}),
}
SEA = ("x-teknaf", "x-shamlapur", "x-st-martin-s-island")
AGENCIES_AT_SEA: Weights = {"coast_guard": 5, "bgb": 3, "rab": 2, "navy": 1}
AGENCIES_ON_LAND: Weights = {"bgb": 7, "police": 2, "rab": 1}


@dataclass(frozen=True)
class Story:
    """What rows are drawn from.

    crossings: as CROSSINGS.   rising, falling: those multiplied by `rise` and `fall` in the last weeks.
    places: how exactly a place is known, with weights.   at_sea, on_land: who detects, with weights.
    met_at_sea: how many of 5 interceptions at a crossing of the sea are made on the water.
    never: crossing to the trail that nobody looks for there.   vague: district to the number of further detections of
    the last weeks that are known to it alone.
    patrolled: crossing to patrol hours a week; elsewhere no effort is on record.   operated: crossing to its area in an
    operation that begins with the last weeks.   operator: whose it is.   premises_at: where rented premises are looked
    for, at some detections.
    """

    crossings: Mapping[str, tuple[float, Weights]] = field(default_factory=lambda: CROSSINGS)
    rising: Collection[str] = ("x-maheshpur",)
    falling: Collection[str] = ("x-benapole", "x-putkhali")
    rise: float = 2.6
    fall: float = 0.35
    places: Weights = field(default_factory=lambda: {"point": 35, "crossing": 25, "upazila": 20, "district": 20})
    at_sea: Weights = field(default_factory=lambda: AGENCIES_AT_SEA)
    on_land: Weights = field(default_factory=lambda: AGENCIES_ON_LAND)
    met_at_sea: int = 4
    never: Mapping[str, str] = field(default_factory=lambda: {"x-maheshpur": "finance"})
    vague: Mapping[str, int] = field(default_factory=dict)
    patrolled: Mapping[str, int] = field(
        default_factory=lambda: {
            "x-benapole": 900, "x-putkhali": 500, "x-maheshpur": 400, "x-bhomra": 450, "x-teknaf": 700, "x-hili": 300,
        }
    )  # fmt: skip
    operated: Mapping[str, str] = field(
        default_factory=lambda: {
            "x-benapole": "target", "x-putkhali": "target", "x-maheshpur": "buffer", "x-bhomra": "control",
        }
    )  # fmt: skip
    operator: str = "bgb"
    premises_at: Collection[str] = ("x-benapole", "x-putkhali", "x-maheshpur", "x-teknaf", "x-shamlapur")


# Of the demo: where most is detected nobody follows the money, and an operation moves detections to Maheshpur.
DEMO = Story()
