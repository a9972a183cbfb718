"""What people do, apart from the facts: snapshots, decisions on refused rows; in a database, by SQLAlchemy Core."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from dashboard.errors import SimantaError

Ledger = Engine
METADATA = MetaData()
SNAPSHOT = Table(
    "snapshot",
    METADATA,
    Column("id", String, primary_key=True),
    Column("created_at", String, nullable=False),
    Column("page", String, nullable=False),
    Column("content_hash", String, nullable=False),
)
PART = Table(
    "snapshot_part",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("body", String, nullable=False),
)

DECISION = Table(
    "quarantine_decision",
    METADATA,
    Column("quarantine_id", String, primary_key=True),
    Column("decided_at", String, nullable=False),
    Column("reason", String, nullable=False),
)


def open_ledger(folder: Path) -> Ledger:
    """The ledger of a store's folder. No connection is kept, so that a rebuilt folder is never written past."""
    engine = create_engine(f"sqlite:///{folder / 'ledger.sqlite'}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _wal(connection: object, _record: object) -> None:
        for pragma in ("PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=5000", "PRAGMA foreign_keys=ON"):
            connection.execute(pragma)  # type: ignore[attr-defined]  # a sqlite3.Connection behind DBAPI's object

    return engine


@contextmanager
def _door() -> Iterator[None]:
    """Says in a sentence what a damaged or unwritable ledger would say in a traceback."""
    try:
        yield
    except SQLAlchemyError:
        raise SimantaError(
            "LEDGER_UNREADABLE", "The ledger of snapshots cannot be read or written.", "Restore it from its backup."
        ) from None


def keep_snapshot(ledger: Ledger, head: Mapping[str, str], parts: Mapping[str, tuple[str, str]]) -> None:
    """Writes a snapshot whole or not at all. head: id, created_at, page, content_hash; parts: name to hash and body."""
    rows = [{"snapshot_id": head["id"], "name": name, "sha256": h, "body": b} for name, (h, b) in parts.items()]
    with _written(ledger) as connection:
        connection.execute(insert(SNAPSHOT).values(**head))
        connection.execute(insert(PART), rows)


@contextmanager
def _written(ledger: Ledger) -> Iterator[Connection]:
    """A transaction in a ledger that has every table."""
    Path(str(ledger.url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _door(), ledger.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
        yield connection


def find_snapshot(ledger: Ledger, snapshot_id: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]] | None:
    """Head and parts of a snapshot as they are kept, or None."""
    if not _exists(ledger):
        return None
    with _door(), ledger.connect() as connection:
        head = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == snapshot_id)).mappings().first()
        parts = connection.execute(select(PART).where(PART.c.snapshot_id == snapshot_id)).mappings().all()
    if head is None:
        return None
    return {k: str(v) for k, v in head.items()}, {p["name"]: (p["sha256"], p["body"]) for p in parts}


def list_snapshots(ledger: Ledger) -> list[dict[str, str]]:
    """The heads of all snapshots, newest first."""
    if not _exists(ledger):
        return []
    with _door(), ledger.connect() as connection:
        found = connection.execute(select(SNAPSHOT).order_by(SNAPSHOT.c.created_at.desc())).mappings().all()
    return [{k: str(v) for k, v in head.items()} for head in found]


def snapshot_parts(ledger: Ledger, name: str) -> list[str]:
    """The part of this name of every snapshot."""
    if not _exists(ledger):
        return []
    with _door(), ledger.connect() as connection:
        return list(connection.execute(select(PART.c.body).where(PART.c.name == name)).scalars())


def keep_decisions(ledger: Ledger, quarantine_ids: Sequence[str], decided_at: str, reason: str) -> None:
    """Writes that a person has dismissed these refused rows; a later decision takes the place of an earlier one."""
    rows = [{"quarantine_id": each, "decided_at": decided_at, "reason": reason} for each in quarantine_ids]
    with _written(ledger) as connection:
        connection.execute(delete(DECISION).where(DECISION.c.quarantine_id.in_(quarantine_ids)))
        connection.execute(insert(DECISION), rows)


def list_decisions(ledger: Ledger) -> dict[str, dict[str, str]]:
    """Number of a dismissed row to when it was decided and why."""
    if not _exists(ledger):
        return {}
    with _door(), ledger.connect() as connection:
        is_there = inspect(connection).has_table(DECISION.name)  # a ledger of an older release has no such table
        found = connection.execute(select(DECISION)).mappings().all() if is_there else []
    return {each["quarantine_id"]: {"decided_at": each["decided_at"], "reason": each["reason"]} for each in found}


def _exists(ledger: Ledger) -> bool:
    return Path(str(ledger.url.database)).exists()
