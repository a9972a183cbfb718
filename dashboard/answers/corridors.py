"""From where, through which crossing, to where; where along the border; which crossing changed; and did it move?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import change, corridors, displacement, origins, period, ribbon, spread


def answer(selected: Selected) -> Answer:
    """Tables: totals, corridors, legs, crossings (with change), stretches and marks of the border, periods and past,
    concentration, shift, operations, origins, candidates.
    """
    selected, _ = period.settle(selected)
    crossings, along = corridors.crossings(selected), ribbon.line(selected)
    counts = ribbon.counted(selected, along, ribbon.PERIODS)
    stretches = ribbon.ribbon(selected, along, counts, crossings)
    n, n_before = stretches["n"].to_numpy(), stretches["n_before"].to_numpy()
    return disclose(
        "corridors",
        selected,
        {
            "totals": change.totals(selected),
            "corridors": corridors.corridors(selected),
            "legs": corridors.legs(selected),
            "crossings": crossings,
            "stretches": stretches,
            "marks": ribbon.marks(selected),
            **ribbon.past(selected, counts),
            "concentration": spread.concentration(selected, along, n),
            "shift": spread.shift(selected, along, n, n_before),
            **displacement.displaced(selected),
        },
        {
            "totals": change.CHANGED,
            "corridors": corridors.FLOWN,
            "legs": corridors.KNOWN,
            "crossings": change.CHANGED,
            "stretches": ribbon.COUNTED,
            "concentration": spread.CONCENTRATED,
            "shift": spread.MOVED,
            "operations": displacement.MEASURED,
            "origins": origins.SHARED,
        },
    )
