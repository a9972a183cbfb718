"""What people do, apart from the facts: frozen snapshots, in a transactional database (SQLAlchemy Core)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Engine, ForeignKey, MetaData, String, Table, create_engine, event, insert, select
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
    Path(str(ledger.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with _door(), ledger.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
        connection.execute(insert(SNAPSHOT).values(**head))
        connection.execute(insert(PART), rows)


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


def _exists(ledger: Ledger) -> bool:
    return Path(str(ledger.url.database)).exists()
