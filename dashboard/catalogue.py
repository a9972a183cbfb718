"""What the PostgreSQL of a shared store says of its versions, to whoever reads them."""

from contextlib import suppress
from functools import cache
from threading import Lock

import psycopg

from dashboard.errors import StoreUnreadable
from dashboard.shared import Shared

FORMAT = 1  # of the table that the loading half writes
ASKED = "SELECT format, pointer FROM simanta.store"
REACH = "See that PostgreSQL runs, and that user, password and rights are as the administrator set them."


class _Line:
    """One connection that is kept, and made anew where PostgreSQL was started anew meanwhile."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo, self._lock = conninfo, Lock()
        self._kept: psycopg.Connection | None = None

    def ask(self) -> tuple[int, str] | None:
        with self._lock:
            try:
                return self._asked()
            except psycopg.OperationalError:
                self._kept = None
                return self._asked()

    def _asked(self) -> tuple[int, str] | None:
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(self._conninfo, connect_timeout=5, autocommit=True)
        with suppress(psycopg.errors.UndefinedTable):  # nothing was published yet
            return self._kept.execute(ASKED).fetchone()
        return None


@cache
def _line(conninfo: str) -> _Line:
    return _Line(conninfo)


def pointer(shared: Shared) -> str | None:
    """What `current.json` says in a store of files; None where nothing was published yet. Raises StoreUnreadable."""
    try:
        found = _line(shared.catalogue).ask()
    except psycopg.Error:
        raise StoreUnreadable("STORE_UNREADABLE", "The catalogue of the store cannot be reached.", REACH) from None
    if found and found[0] != FORMAT:
        what = "The catalogue is of another release of Simanta."
        raise StoreUnreadable("STORE_UNREADABLE", what, "Use the release that wrote it.")
    return found[1] if found else None
