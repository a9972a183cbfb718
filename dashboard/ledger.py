"""What people do, apart from the facts: snapshots, saved views, decisions on refused rows, judgements of a workshop.

By SQLAlchemy Core.
"""

import csv
import os
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    ExecutableDDLElement,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from dashboard.errors import SimantaError
from dashboard.shared import Shared, shared

Ledger = Engine
PERSONAL = re.compile(r"\d{7,}|(?:\d[\s._/-]?){9,}")  # a telephone or a document, in any digits: such is kept nowhere
POSTGRES_SCHEMA, WRITING = "simanta_ledger", 0x51A4A7B  # WRITING: among the advisory locks of the database
MARKS = Path(__file__).resolve().parents[1] / "data" / "contract" / "name_marks.csv"
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
SIGNATURE = Table(
    "snapshot_signature",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("key_id", String, nullable=False),
    Column("signature", String, nullable=False),
    Column("series", String),
    Column("supersedes", String),
)
TOMBSTONE = Table(
    "snapshot_tombstone",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("revoked_at", String, nullable=False),
    Column("revoked_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("audience", String, nullable=False),
)
DECISION = Table(
    "quarantine_decision",
    METADATA,
    Column("quarantine_id", String, primary_key=True),
    Column("decided_at", String, nullable=False),
    Column("reason", String, nullable=False),
)
VIEW = Table(
    "saved_view",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("page", String, nullable=False),
    Column("link", String, nullable=False),
    Column("saved_at", String, nullable=False),
)
RELEASE = Table(
    "release",
    METADATA,
    Column("sha256", String, primary_key=True),
    Column("released_at", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("policy", String, nullable=False),
    Column("key_id", String, nullable=False),
    Column("n_values", Integer, nullable=False),
    Column("n_withheld", Integer, nullable=False),
    Column("n_audited", Integer, nullable=False),
)
JUDGED = MetaData()  # apart: what keeps a table from being altered is made together with it
JUDGEMENT = Table(
    "judgement",
    JUDGED,
    Column("seq", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("role", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("about", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("part", String, nullable=False),
    Column("said", String),
    Column("verdict", String, nullable=False),
)


def personal(written: str) -> str | None:
    """`number` or `name` where a person's words hold one, else None. A name is known by an honorific or a kinship."""
    if PERSONAL.search(written):
        return "number"
    return "name" if _marked_name().search(unicodedata.normalize("NFKC", written)) else None


@cache
def _marked_name() -> re.Pattern[str]:
    """A word that marks a name, and what it marks."""
    with MARKS.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["position"], re.escape(unicodedata.normalize("NFKC", row["word"]))) for row in csv.DictReader(file)
        ]
    word = {position: "|".join(each for at, each in rows if at == position) for position, _ in rows}
    letter = "[\u0980-\u09ff]"  # \b knows no Bangla vowel sign
    ending = "(?:র|ের|কে|ও)?"
    return re.compile(
        rf"\b(?:{word['before']})\b\.?\s*\w|\b(?:{word['around']})\b|\w{{3}}uddin\b"
        rf"|\b(?:{word['kin']}) of (?-i:[A-Z])|(?-i:\b(?:{word['kin_short']})\b[\s.:]*[A-Z])|(?:{word['sign_bn']})\s*\S"
        rf"|(?<!{letter})(?:{word['before_bn']}){ending}(?!{letter})\W*{letter}"
        rf"|(?<!{letter})(?:{word['around_bn']}){ending}(?!{letter})|{letter}{{2}}(?:উদ্দিন|উদ্দীন){ending}(?!{letter})"
        rf"|(?<!{letter})(?:{word['kin_bn']})\s*[:ঃ\-]\s*{letter}|{letter}{{2}} এর (?:{word['kin_bn']})(?!{letter})",
        re.IGNORECASE,
    )


@dataclass(eq=False)
class Barred(ExecutableDDLElement):
    """What keeps a table's rows as they were written, whoever opens the ledger."""

    table: str
    verb: str


@compiles(Barred, "sqlite")
def _barred(barred: Barred, _compiler: object, **_options: object) -> str:
    start = f"CREATE TRIGGER IF NOT EXISTS {barred.table}_{barred.verb.lower()} BEFORE {barred.verb} ON {barred.table} "
    return start + f"BEGIN SELECT RAISE(ABORT, 'the {barred.table} is only added to'); END"


@compiles(Barred, "postgresql")
def _barred_there(barred: Barred, _compiler: object, **_options: object) -> str:
    """One statement that makes three things: a statement of several is refused by this way to PostgreSQL."""
    return f"""DO $made$ BEGIN
    CREATE OR REPLACE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql
        AS $said$ BEGIN RAISE EXCEPTION 'this table is only added to'; END $said$;
    CREATE OR REPLACE TRIGGER {barred.table}_{barred.verb.lower()} BEFORE {barred.verb} ON {barred.table}
        FOR EACH ROW EXECUTE FUNCTION only_added_to();
    CREATE OR REPLACE TRIGGER {barred.table}_truncate BEFORE TRUNCATE ON {barred.table}
        FOR EACH STATEMENT EXECUTE FUNCTION only_added_to();
END $made$"""


def only_added_to(table: Table) -> list[Barred]:
    """What keeps a table's rows as they were written."""
    return [Barred(table.name, verb) for verb in ("UPDATE", "DELETE")]


def open_ledger(folder: Path) -> Ledger:
    """The ledger of a store; of a shared store, in the PostgreSQL of its catalogue."""
    where = shared(folder)
    return _in_postgres(where) if where else _in_file(folder)


@cache
def _in_postgres(where: Shared) -> Ledger:
    """A few connections are kept; one that PostgreSQL closed meanwhile is made anew."""
    from psycopg import connect  # not above: a store of files starts without PostgreSQL's library

    conninfo, path = where.catalogue, f"-c search_path={POSTGRES_SCHEMA}"
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(conninfo, options=path, connect_timeout=5),
        pool_pre_ping=True,
        execution_options={"folder": where.folder},
    )


def _is_file(ledger: Ledger) -> bool:
    return ledger.dialect.name == "sqlite"


def _in_file(folder: Path) -> Ledger:
    """No connection is kept, so that a rebuilt folder is never written past."""
    engine = create_engine(
        f"sqlite:///{folder / 'ledger.sqlite'}", poolclass=NullPool, execution_options={"folder": folder}
    )

    @event.listens_for(engine, "connect")
    def _wal(connection: object, _record: object) -> None:
        for pragma in ("PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=5000", "PRAGMA foreign_keys=ON"):
            connection.execute(pragma)  # type: ignore[attr-defined]  # a sqlite3.Connection behind DBAPI's object

    return engine


def copied(ledger: Ledger, to: Path) -> bool:
    """Copies a ledger as of one moment into a file, whoever writes meanwhile; False where there is none."""
    if not _is_there(ledger):
        return False
    to.unlink(missing_ok=True)
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with ledger.connect() as connection, closing(sqlite3.connect(to)) as copy:
            connection.connection.driver_connection.backup(copy)  # type: ignore[union-attr]  # a sqlite3.Connection
            copy.execute("PRAGMA journal_mode=DELETE")  # one file alone
    except (SQLAlchemyError, sqlite3.Error):
        raise SimantaError(*UNREADABLE) from None
    return True


def folder_of(ledger: Ledger) -> Path:
    """The folder of the store that a ledger is of."""
    return Path(ledger.get_execution_options()["folder"])


def moved(here: Ledger, to: Ledger, tables: MetaData, further: Sequence[ExecutableDDLElement] = ()) -> dict[str, int]:
    """Copies tables into a ledger that has none of their rows, and tells how many; every row is read there again.

    Raises SimantaError LEDGER_EXISTS, LEDGER_DIFFERS, or where one of the two cannot be read or written: then nothing
    of these tables was moved.
    """
    rows = {table: _all(here, table, select(table).order_by(*table.primary_key)) for table in tables.sorted_tables}
    if not any(rows.values()):
        return {}
    with written(to, tables, further) as connection:
        for table, found in rows.items():
            if connection.execute(select(table).limit(1)).first() is not None:
                raise SimantaError("LEDGER_EXISTS", "The other store has a ledger already.", "Move into an empty one.")
            _insert(connection, table, found)
            arrived = connection.execute(select(table)).mappings().all()
            if sorted(map(repr, map(dict, arrived))) != sorted(map(repr, found)):
                raise SimantaError("LEDGER_DIFFERS", "The ledger did not arrive as it was.", "Nothing was moved.")
    return {table.name: len(found) for table, found in rows.items()}


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])
    if rows and "seq" in table.c and connection.dialect.name == "postgresql":
        connection.execute(select(func.setval(f"{table.name}_seq_seq", max(row["seq"] for row in rows))))


Refusal = tuple[str, str, str]  # code, sentence, what to do
UNREADABLE = ("LEDGER_UNREADABLE", "The ledger of snapshots cannot be read or written.", "Restore it from its backup.")
Beside = Callable[[Connection], object]  # what is written in the same transaction, or not at all


@contextmanager
def written(
    ledger: Ledger, tables: MetaData, further: Sequence[ExecutableDDLElement] = (), refusal: Refusal = UNREADABLE
) -> Iterator[Connection]:
    """A transaction that no other writer is in, in a ledger that has these tables, and for its owner alone.

    further: what is made with the tables.   refusal: what is raised where it cannot be written: a sentence in place of
    a traceback.
    """
    try:
        if _is_file(ledger):
            _own(Path(str(ledger.url.database)))
        with ledger.connect() as connection:
            _begin(connection)
            made(connection, tables, further)
            yield connection
            connection.commit()
    except (SQLAlchemyError, OSError):
        raise SimantaError(*refusal) from None


def _begin(connection: Connection) -> None:
    """Nobody reads between our reading and our writing."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}")


def _is_there(ledger: Ledger) -> bool:
    """Whether it can be opened without being made by that."""
    return not _is_file(ledger) or Path(str(ledger.url.database)).exists()


def made(connection: Connection, tables: MetaData, further: Sequence[ExecutableDDLElement] = ()) -> None:
    """Makes the tables that are not there yet, and what belongs to them."""
    known = set(inspect(connection).get_table_names())
    missing = [table for table in tables.sorted_tables if table.name not in known]
    for element in (*map(CreateTable, missing), *(further if missing else ())):
        connection.execute(element)


def _own(file: Path) -> None:
    """A ledger is its owner's alone, whatever the umask; SQLite gives its journal the mode of the file."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        told = file.stat()
        if told.st_mode & 0o077 and told.st_uid == os.geteuid():
            file.chmod(0o600)  # one of an older release


@contextmanager
def readable(ledger: Ledger, table: Table, refusal: Refusal = UNREADABLE) -> Iterator[Connection | None]:
    """A connection to a ledger that has this table; None where nothing of the kind was written yet."""
    try:
        with ledger.connect() if _is_there(ledger) else nullcontext() as connection:
            yield connection if connection is not None and inspect(connection).has_table(table.name) else None
    except SQLAlchemyError:
        raise SimantaError(*refusal) from None


def keep_snapshot(
    ledger: Ledger,
    head: Mapping[str, str],
    parts: Mapping[str, tuple[str, str]],
    signed: Mapping[str, str | None],
    beside: Beside,
) -> None:
    """Writes a snapshot whole or not at all.

    head: id, created_at, page, content_hash; parts: name to hash and body; signed: key_id, signature, series,
    supersedes.   beside: writes the line of the audit, without which there is no snapshot.
    """
    rows = [{"snapshot_id": head["id"], "name": name, "sha256": h, "body": b} for name, (h, b) in parts.items()]
    with written(ledger, METADATA) as connection:
        beside(connection)
        connection.execute(insert(SNAPSHOT).values(**head))
        connection.execute(insert(PART), rows)
        connection.execute(insert(SIGNATURE).values(snapshot_id=head["id"], **signed))


def find_snapshot(ledger: Ledger, snapshot_id: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]] | None:
    """Head and parts of a snapshot as they are kept, or None."""
    with readable(ledger, SNAPSHOT) as connection:
        if connection is None:
            return None
        head = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == snapshot_id)).mappings().first()
        parts = connection.execute(select(PART).where(PART.c.snapshot_id == snapshot_id)).mappings().all()
    if head is None:
        return None
    return {k: str(v) for k, v in head.items()}, {p["name"]: (p["sha256"], p["body"]) for p in parts}


def list_snapshots(ledger: Ledger) -> list[dict[str, str]]:
    """The heads of all snapshots, newest first."""
    found = _all(ledger, SNAPSHOT, select(SNAPSHOT).order_by(SNAPSHOT.c.created_at.desc()))
    return [{k: str(v) for k, v in head.items()} for head in found]


def _all(ledger: Ledger, table: Table, asked: Select[Any]) -> list[dict[str, Any]]:
    """Every row of a question to this table; none where a ledger of an older release has no such table."""
    with readable(ledger, table) as connection:
        found = connection.execute(asked).mappings().all() if connection else []
    return [dict(each) for each in found]


def find_signature(ledger: Ledger, snapshot_id: str) -> dict[str, str | None] | None:
    """Who signed a snapshot, its series and what it took the place of; None for one of an older release."""
    return _beside(ledger, SIGNATURE, snapshot_id)


def find_tombstone(ledger: Ledger, snapshot_id: str) -> dict[str, str | None] | None:
    """When, by whom and why a snapshot was taken back, and who might have opened it; None where it was not."""
    return _beside(ledger, TOMBSTONE, snapshot_id)


def _beside(ledger: Ledger, table: Table, snapshot_id: str) -> dict[str, str | None] | None:
    return next(iter(_all(ledger, table, select(table).where(table.c.snapshot_id == snapshot_id))), None)


def find_successor(ledger: Ledger, snapshot_id: str) -> str | None:
    """The newest snapshot that took the place of this one."""
    return _newest(ledger, SIGNATURE.c.supersedes == snapshot_id)


def find_last_of(ledger: Ledger, series: str) -> str | None:
    """The newest snapshot of a series."""
    is_last = SIGNATURE.c.snapshot_id.not_in(select(SIGNATURE.c.supersedes).where(SIGNATURE.c.supersedes.is_not(None)))
    return _newest(ledger, (SIGNATURE.c.series == series) & is_last)


def _newest(ledger: Ledger, is_wanted: ColumnElement[bool]) -> str | None:
    asked = (
        select(SNAPSHOT.c.id)
        .join(SIGNATURE, SIGNATURE.c.snapshot_id == SNAPSHOT.c.id)
        .where(is_wanted, SNAPSHOT.c.id.not_in(select(TOMBSTONE.c.snapshot_id)))
        .order_by(SNAPSHOT.c.created_at.desc())
    )
    return next((row["id"] for row in _all(ledger, SIGNATURE, asked)), None)


def revoke_snapshot(ledger: Ledger, snapshot_id: str, tombstone: Mapping[str, str], beside: Beside) -> None:
    """Takes the contents away for good; id, hash, when, by whom and why stay. tombstone: the columns of TOMBSTONE.

    beside: writes the line of the audit, without which nothing is taken back.
    """
    with written(ledger, METADATA) as connection:
        beside(connection)
        connection.execute(delete(PART).where(PART.c.snapshot_id == snapshot_id))
        connection.execute(insert(TOMBSTONE).values(snapshot_id=snapshot_id, **tombstone))


def snapshot_parts(ledger: Ledger, name: str) -> list[str]:
    """The part of this name of every snapshot."""
    return [row["body"] for row in _all(ledger, PART, select(PART.c.body).where(PART.c.name == name))]


def keep_decisions(ledger: Ledger, quarantine_ids: Sequence[str], decided_at: str, reason: str) -> None:
    """Writes that a person has dismissed these refused rows; a later decision takes the place of an earlier one."""
    rows = [{"quarantine_id": each, "decided_at": decided_at, "reason": reason} for each in quarantine_ids]
    with written(ledger, METADATA) as connection:
        connection.execute(delete(DECISION).where(DECISION.c.quarantine_id.in_(quarantine_ids)))
        connection.execute(insert(DECISION), rows)


def list_decisions(ledger: Ledger) -> dict[str, dict[str, str]]:
    """Number of a dismissed row to when it was decided and why."""
    found = _all(ledger, DECISION, select(DECISION))
    return {each["quarantine_id"]: {"decided_at": each["decided_at"], "reason": each["reason"]} for each in found}


def keep_view(ledger: Ledger, view: Mapping[str, str]) -> None:
    """Keeps a view (owner, name, page, link of filters, saved_at) in place of one of the same name."""
    with written(ledger, METADATA) as connection:
        connection.execute(delete(VIEW).where(_view(view["owner"], view["name"])))
        connection.execute(insert(VIEW).values(**view))


def list_views(ledger: Ledger, owner: str) -> list[dict[str, str]]:
    """The saved views of one person, by name."""
    found = _all(ledger, VIEW, select(VIEW).where(VIEW.c.owner == owner).order_by(VIEW.c.name))
    return [{name: str(value) for name, value in each.items()} for each in found]


def rename_view(ledger: Ledger, owner: str, name: str, new_name: str) -> None:
    """Gives a view another name; a view that has that name already is replaced."""
    if name == new_name:
        return
    with written(ledger, METADATA) as connection:
        connection.execute(delete(VIEW).where(_view(owner, new_name)))
        connection.execute(update(VIEW).where(_view(owner, name)).values(name=new_name))


def drop_view(ledger: Ledger, owner: str, name: str) -> None:
    """Forgets a saved view."""
    with written(ledger, METADATA) as connection:
        connection.execute(delete(VIEW).where(_view(owner, name)))


def _view(owner: str, name: str) -> ColumnElement[bool]:
    return and_(VIEW.c.owner == owner, VIEW.c.name == name)


def keep_release(ledger: Ledger, release: Mapping[str, object]) -> None:
    """Writes that protected figures were released, with what they were made by; the same lattice is one release."""
    with written(ledger, METADATA) as connection:
        if connection.execute(select(RELEASE).where(RELEASE.c.sha256 == release["sha256"])).first() is None:
            connection.execute(insert(RELEASE), [dict(release)])


def list_releases(ledger: Ledger) -> list[dict[str, object]]:
    """What was released of protected figures, oldest first."""
    return _all(ledger, RELEASE, select(RELEASE).order_by(RELEASE.c.released_at, RELEASE.c.version, RELEASE.c.policy))


def keep_judgement(ledger: Ledger, judgement: Mapping[str, object], beside: Beside) -> None:
    """Adds what somebody said of a statement: the columns of JUDGEMENT but `seq`; an earlier one stays as it was.

    beside: writes the line of the audit, without which nothing is kept.
    """
    with written(ledger, JUDGED, only_added_to(JUDGEMENT)) as connection:
        beside(connection)
        connection.execute(insert(JUDGEMENT), [dict(judgement)])


def list_judgements(ledger: Ledger, scope: str, about: str) -> list[dict[str, Any]]:
    """What was said of the statements on a selection, as seen by who sees these districts; the oldest first."""
    asked = select(JUDGEMENT).where(JUDGEMENT.c.scope == scope, JUDGEMENT.c.about == about)
    return _all(ledger, JUDGEMENT, asked.order_by(JUDGEMENT.c.seq))


def last_judgement(ledger: Ledger) -> str:
    """Number and moment of the last judgement on anything: it changes with each; empty where there is none."""
    asked = select(JUDGEMENT.c.seq, JUDGEMENT.c.at).order_by(JUDGEMENT.c.seq.desc()).limit(1)
    return next((f"{each['seq']} {each['at']}" for each in _all(ledger, JUDGEMENT, asked)), "")
