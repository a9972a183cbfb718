"""From where, through which crossing, to where; where along the border; which crossing changed; and did it move?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import baseline, change, corridors, displacement, origins, period, ribbon, spread


def answer(selected: Selected) -> Answer:
    """Tables: totals, compared, corridors, legs, crossings (with change), stretches and marks of the border, periods
    and past, concentration, shift, operations, origins, candidates.

    compared, crossings and shift are of the settled part of the period.
    """
    selected, _ = period.settle(selected)
    settled = baseline.settled(selected)
    crossings, along = corridors.crossings(settled), ribbon.line(selected)
    counts = ribbon.counted(selected, along, ribbon.PERIODS)
    stretches = ribbon.ribbon(selected, along, counts, crossings)
    settled_counts = counts if settled.told == selected else ribbon.counted(settled.told, along, 2)
    return disclose(
        "corridors",
        selected,
        {
            "totals": change.totals(selected),
            "compared": settled.compared(),
            "corridors": corridors.corridors(selected),
            "legs": corridors.legs(selected),
            "crossings": crossings,
            "stretches": stretches,
            "marks": ribbon.marks(selected),
            **ribbon.past(selected, counts),
            "concentration": spread.concentration(selected, along, stretches["n"].to_numpy()),
            "shift": spread.shift(settled, along, *ribbon.both(settled.told, along, settled_counts)),
            **displacement.displaced(selected),
        },
        {
            "compared": change.CHANGED,
            "corridors": corridors.FLOWN,
            "legs": corridors.KNOWN,
            "crossings": change.CHANGED,
            "stretches": ribbon.COUNTED,
            "concentration": spread.CONCENTRATED,
            "shift": spread.MOVED,
            "operations": displacement.MEASURED,
            "origins": origins.SHARED,
        },
        parts={"crossings": None, "corridors": None},
    )
