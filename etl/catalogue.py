"""The pointer of a shared store, in the PostgreSQL that is the catalogue of its lake; and its one loader's lock."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from etl.errors import LoadError
from etl.pointer import Pointer, read_pointer
from etl.shared import Shared

FORMAT = 1  # of our table
LAKE_FORMATS = ("1.0",)  # of DuckLake's tables, as the pinned extension writes them
MOST_SKEW_S = 300
LOCK = 0x51A4A7A  # of the one loader, among the advisory locks of this database
MARKER = "simanta.id"  # in the folder of the files: an empty place where it should be mounted has none
MADE = """
CREATE SCHEMA IF NOT EXISTS simanta;
CREATE TABLE IF NOT EXISTS simanta.store (
    is_one BOOLEAN PRIMARY KEY DEFAULT true CHECK (is_one),
    format INTEGER NOT NULL,
    id TEXT NOT NULL,
    pointer TEXT NOT NULL
);
"""
_held: dict[Path, psycopg.Connection] = {}  # the connections whose lock is ours, by the store's folder


def pointer(shared: Shared) -> Pointer:
    """What the catalogue says; an empty pointer where nothing was published yet. Raises LoadError."""
    with _connected(shared) as con:
        return _pointer(con)


def identity(shared: Shared) -> str:
    """What tells this store from every other, also from one that is later made in its place; empty before the first."""
    with _connected(shared) as con:
        found = _row(con)
    return found[1] if found else ""


@contextmanager
def alone(shared: Shared) -> Iterator[None]:
    """Be the only loader on any host. Raises LoadError BUSY, CLOCK_SKEW, or what is wrong with the catalogue.

    The lock lasts as long as its connection: PostgreSQL frees it when a loader dies.
    """
    with _connected(shared) as con:
        _lock(con)
        _check_clock(con)
        _check_lake(con)
        _check_mounted(shared, con)
        _held[shared.folder] = con
        try:
            yield
        finally:
            del _held[shared.folder]


def _lock(con: psycopg.Connection) -> None:
    """Waits a moment: PostgreSQL frees the lock of a loader that ended only when it sees that the line is closed."""
    con.execute("SET lock_timeout = '2s'")
    try:
        con.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    except psycopg.errors.LockNotAvailable:
        fix = "Wait until it is done, then load again."
        raise LoadError("BUSY", "Another loader is running.", fix) from None
    con.execute("SET lock_timeout = 0")


def is_held(shared: Shared) -> None:
    """Raises LoadError CATALOGUE_UNREACHABLE where the lock was lost with its connection."""
    with _in_words():
        _value(_held[shared.folder], "SELECT %s", LOCK)


def point(shared: Shared, to: Pointer) -> None:
    """Put a pointer in force, by the connection that holds the lock: who lost the lock cannot."""
    with _in_words(), _held[shared.folder].transaction() as _:
        con = _held[shared.folder]
        con.execute(MADE)
        con.execute(
            "INSERT INTO simanta.store (format, id, pointer) VALUES (%(format)s, %(id)s, %(pointer)s) "
            "ON CONFLICT (is_one) DO UPDATE SET pointer = %(pointer)s",
            {"format": FORMAT, "id": _marked(shared), "pointer": to.as_text()},
        )


def _marked(shared: Shared) -> str:
    """The mark in the folder of the files, made at first need."""
    file = shared.data / MARKER
    with suppress(FileExistsError), file.open("x") as new:
        new.write(secrets.token_hex(16))
    return file.read_text()


@contextmanager
def _connected(shared: Shared) -> Iterator[psycopg.Connection]:
    with _in_words(), psycopg.connect(shared.catalogue, connect_timeout=5, autocommit=True) as con:
        yield con


@contextmanager
def _in_words() -> Iterator[None]:
    """What PostgreSQL says, without what its messages may quote."""
    try:
        yield
    except psycopg.Error as error:
        told = str(error)
        if isinstance(error, psycopg.errors.InsufficientPrivilege) or "authentication" in told or "password" in told:
            fix = "Check the user in SIMANTA_STORE, its password in PGPASSFILE, and its rights."
            raise LoadError(
                "CATALOGUE_REFUSED", "The catalogue refuses this user. Nothing was changed.", fix
            ) from error
        fix = "See that PostgreSQL runs and that its host and database are as SIMANTA_STORE says."
        what = "The catalogue of the shared store cannot be reached. Nothing was published."
        raise LoadError("CATALOGUE_UNREACHABLE", what, fix) from error


def _row(con: psycopg.Connection) -> tuple[int, str, str] | None:
    if _value(con, "SELECT to_regclass(%s)::text", "simanta.store") is None:
        return None
    found = con.execute("SELECT format, id, pointer FROM simanta.store").fetchone()
    if found and found[0] != FORMAT:
        fix = "Use the release that wrote it."
        raise LoadError("CATALOGUE_VERSION", "The catalogue is of another release of Simanta.", fix)
    return found


def _pointer(con: psycopg.Connection) -> Pointer:
    found = _row(con)
    try:
        return read_pointer(found[2]) if found else Pointer(None, ())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        fix = "Put the database back from its backup."
        raise LoadError("POINTER_BROKEN", "The store does not say which version is in force.", fix) from error


def _check_clock(con: psycopg.Connection) -> None:
    there = _value(con, "SELECT extract(epoch FROM clock_timestamp())::float8")
    apart = round(datetime.now(UTC).timestamp() - float(str(there)))
    if abs(apart) > MOST_SKEW_S:
        what = f"This machine's clock is {abs(apart)} s {'ahead of' if apart > 0 else 'behind'} the catalogue's."
        raise LoadError("CLOCK_SKEW", f"{what} Nothing was changed.", "Set both clocks, then load again.")


def _check_lake(con: psycopg.Connection) -> None:
    """Raises LoadError CATALOGUE_VERSION for a lake that another release of DuckLake made: it would be altered."""
    if _value(con, "SELECT to_regclass(%s)::text", "ducklake.ducklake_metadata") is None:
        return
    made_by = _value(con, "SELECT value FROM ducklake.ducklake_metadata WHERE key = %s", "version")
    if made_by not in LAKE_FORMATS:
        what = f"The catalogue is of format {made_by} of DuckLake, and this program knows {', '.join(LAKE_FORMATS)}."
        raise LoadError("CATALOGUE_VERSION", f"{what} Nothing was changed.", "Use the release that made it.")


def _check_mounted(shared: Shared, con: psycopg.Connection) -> None:
    """Raises LoadError DATA_MISSING where the folder of the files is not there, or is another store's."""
    known = _row(con)
    try:
        found = (shared.data / MARKER).read_text() if (shared.data / MARKER).exists() else None
        is_ours = shared.data.is_dir() and found == (known[1] if known else found)
    except OSError:
        is_ours = False
    if not is_ours:
        fix = f"Mount {shared.data}, or correct data= in SIMANTA_STORE."
        raise LoadError("DATA_MISSING", "The folder of the files is not there, or is another store's.", fix)


def _value(con: psycopg.Connection, asked: str, *bound: object) -> object:
    row = con.execute(asked, bound or None).fetchone()
    return row[0] if row else None
