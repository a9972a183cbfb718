"""Which trails were looked for, at which stage; where was nobody looking; and what may lawfully be asked next?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import change, law, period, trails


def answer(selected: Selected) -> Answer:
    """Tables: totals, grid (a row a trail and stage), blind (a row a corridor and trail), untold, powers,
    enquiries, laws (sections of every day)."""
    selected, _ = period.settle(selected)
    return disclose(
        "trails",
        selected,
        {
            "totals": change.totals(selected),
            "grid": trails.grid(selected),
            "blind": trails.blind(selected),
            "untold": trails.untold(selected),
            "powers": trails.powers(selected),
            "enquiries": trails.enquiries(selected),
            "laws": law.sections(selected),
        },
        {"untold": trails.UNTOLD},
    )
