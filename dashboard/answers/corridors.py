"""From where, through which crossing, to where; and which crossing changed?"""

from dashboard import figures
from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose


def answer(selected: Selected) -> Answer:
    """Tables: totals, corridors (origin, crossing, destination), crossings (with change)."""
    selected, _ = figures.settle(selected)
    return disclose(
        "corridors",
        selected,
        {
            "totals": figures.totals(selected),
            "corridors": figures.corridors(selected),
            "crossings": figures.crossings(selected),
        },
        {
            "totals": figures.CHANGED,
            "corridors": {"label": ("n",)},
            "crossings": figures.CHANGED,
        },
    )
