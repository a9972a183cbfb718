"""Whether the dashboard can show anything now, for whoever watches the server: a version or a word, never a fact."""

from dashboard import audit, database, ledger
from dashboard.errors import SimantaError
from dashboard.settings import settings

WORDS = {
    "CONFIGURATION": "configuration",
    "EMPTY_STORE": "empty",
    "STORE_UNREADABLE": "unreadable",
    "FACTS_KEY_MISSING": "unreadable",
    "FACTS_KEY_INVALID": "unreadable",
    "FACTS_KEY_WRONG": "unreadable",
    "AUDIT_UNREADABLE": "ledger",
}


def readiness() -> tuple[int | None, str]:
    """The version that a visitor would be shown, and nothing; or None, and in a word why there is none."""
    try:
        folder = settings().store
        version = database.open_current(folder).version
        audit.lines(ledger.open_ledger(folder), most=1)  # where nothing can be written down, nothing is shown
    except SimantaError as error:
        return None, WORDS.get(error.code, "broken")
    return version, ""
