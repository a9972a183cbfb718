"""What do the laws say in short, as this version of the data has them?"""

from dashboard.access import EXACT
from dashboard.database import Selected
from dashboard.disclosure import Answer, disclose
from dashboard.figures import period


def answer(selected: Selected) -> Answer:
    """Tables: sections (a row a section of a law), clocks (a row a term that one sets), sources. No record is asked."""
    settled = period.settle(selected)[0] if selected.reader == EXACT else selected
    tables = {"sections": "legal_sections", "clocks": "statutory_clocks", "sources": "reference_sources"}
    return disclose("help", settled, {name: settled.ask(statement) for name, statement in tables.items()})
