"""Which law applied on a day, what does each section reach, and what do the records cite?"""

from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import change, law, period


def answer(selected: Selected) -> Answer:
    """Tables: totals, sections, clocks, instruments, cited (a row a law and how it stood on its day), sources."""
    selected, _ = period.settle(selected)
    return disclose(
        "law",
        selected,
        {
            "totals": change.totals(selected),
            "sections": law.sections(selected),
            "clocks": selected.ask("statutory_clocks"),
            "instruments": selected.ask("instruments"),
            "cited": law.cited(selected),
            "sources": selected.ask("reference_sources"),
        },
    )
