"""Who did what, when, from where: lines that are only ever added, each under the hash of the one before it.

A line holds codes, dates and numbers of versions: no figure, no free text, no name of a file. The chain shows that a
line was altered or taken out; that the last ones were cut off, only an anchor kept elsewhere shows.
"""

import hashlib
import json
import os
import pwd
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select

from dashboard.ledger import Beside, Ledger, made, only_added_to, readable, written

METADATA = MetaData()
LINE = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("role", String, nullable=False),
    Column("address", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object", String, nullable=False),
    Column("question", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("hash", String, nullable=False),
)
QUESTION = Table(
    "audit_question",
    METADATA,
    Column("hash", String, primary_key=True),
    Column("filters", String, nullable=False),
)
KEPT = [*only_added_to(LINE), *only_added_to(QUESTION)]
ACTIONS = frozenset(
    {
        "sign_in",
        "sign_out",
        "denied",
        "open",
        "filter",
        "ask",
        "export",
        "share",
        "revoke",
        "judge",
        "load",
        "correct",
        "erase",
        "encrypt",
        "rollback",
        "prune",
        "key",
        "backup",
        "restore",
    }
)
UNWRITABLE = (
    "AUDIT_UNWRITABLE",
    "What is done here cannot be written down, so nothing is shown.",
    "See that the disk is not full and that the ledger can be written.",
)
UNREADABLE = ("AUDIT_UNREADABLE", "The audit cannot be read.", "Restore it from its backup.")
BEGINNING = "0" * 64  # what stands before the first line
HARMLESS = re.compile(r"[^\w.:@/ -]")
LONGEST = 80
_writing = Lock()  # of this process; between processes SQLite's own lock keeps the order


@dataclass(frozen=True)
class Deed:
    """What is written of a deed. subject, role, address: who and from where; object: on what; outcome: done, or a code.

    filters: the question that was asked, as a link; kept once, and named by its hash.
    """

    subject: str
    role: str
    address: str
    action: str
    object: str = ""
    outcome: str = "done"
    filters: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True)
class Line:
    """A deed as it is kept, with its number, its moment (UTC) and the hash that chains it to the line before."""

    seq: int
    at: str
    subject: str
    role: str
    address: str
    action: str
    object: str
    question: str
    outcome: str
    hash: str


@dataclass(frozen=True)
class Chain:
    """What a walk along the lines found. broken_at: the first line that is not what was written; None where all are."""

    n: int
    last: str
    broken_at: int | None
    why: str


def record(ledger: Ledger, deed: Deed, now: datetime | None = None) -> Line:
    """Adds one line. Raises SimantaError where it cannot be written: then nothing may be shown either."""
    with _writing, written(ledger, METADATA, KEPT, UNWRITABLE) as connection:
        return _add(connection, deed, now)


def beside(deed: Deed) -> Beside:
    """Writes a line in the transaction in which the deed itself is done: both of them, or neither."""

    def line(connection: Connection) -> None:
        made(connection, METADATA, KEPT)
        _add(connection, deed, None)

    return line


def _add(connection: Connection, deed: Deed, now: datetime | None) -> Line:
    if deed.action not in ACTIONS:
        raise ValueError(f"no such deed: {deed.action}")
    last = connection.execute(select(LINE).order_by(LINE.c.seq.desc()).limit(1)).mappings().first()
    told: dict[str, Any] = {
        "seq": last["seq"] + 1 if last else 1,
        "at": (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds"),
        "subject": harmless(deed.subject),
        "role": harmless(deed.role),
        "address": harmless(deed.address),
        "action": deed.action,
        "object": harmless(deed.object),
        "question": _kept_question(connection, deed.filters),
        "outcome": harmless(deed.outcome),
    }
    line = Line(**told, hash=_hash(last["hash"] if last else BEGINNING, told))
    connection.execute(insert(LINE).values(**asdict(line)))
    return line


def harmless(given: str) -> str:
    """A word for the audit: letters, digits and few signs, and not long; the rest is a dot."""
    return HARMLESS.sub("·", given)[:LONGEST]


def short(snapshot_id: str) -> str:
    """What the audit tells of a snapshot's id: its beginning. The whole id is what opens it."""
    return f"snapshot {harmless(snapshot_id)[:6]}"


def account() -> str:
    """Whose process this is, as the system knows it: what the environment says of it anybody can change."""
    return pwd.getpwuid(os.getuid()).pw_name


def by_command(
    ledger: Ledger,
    action: str,
    object_: str = "",
    outcome: str = "done",
    filters: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """A line on what the person at the terminal did."""
    record(ledger, at_terminal(action, object_, outcome, filters))


def at_terminal(
    action: str, object_: str = "", outcome: str = "done", filters: Mapping[str, Sequence[str]] | None = None
) -> Deed:
    """What the person at the terminal does, by the name of their account on this machine."""
    return Deed(f"os:{account()}", "terminal", "terminal", action, object_, outcome, filters)


def _kept_question(connection: Connection, filters: Mapping[str, Sequence[str]] | None) -> str:
    if filters is None:
        return ""
    body = _canonical({name: list(values) for name, values in filters.items()})
    digest = hashlib.sha256(body.encode()).hexdigest()
    if connection.execute(select(QUESTION.c.hash).where(QUESTION.c.hash == digest)).first() is None:
        connection.execute(insert(QUESTION).values(hash=digest, filters=body))
    return digest


def _hash(before: str, told: Mapping[str, object]) -> str:
    return hashlib.sha256((before + _canonical(told)).encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def lines(
    ledger: Ledger,
    user: str | None = None,
    since: str | None = None,
    most: int | None = None,
    before: str | None = None,
    action: str | None = None,
) -> list[Line]:
    """The lines, the last first; where asked, of one subject or deed, from a moment on, before another.

    since, before: ISO dates or times.
    """
    asked = select(LINE).order_by(LINE.c.seq.desc())
    if user is not None:
        asked = asked.where(LINE.c.subject == user)
    if since is not None:
        asked = asked.where(LINE.c.at >= since)
    if before is not None:
        asked = asked.where(LINE.c.at < before)
    if action is not None:
        asked = asked.where(LINE.c.action == action)
    with readable(ledger, LINE, UNREADABLE) as connection:
        found = connection.execute(asked.limit(most)).mappings().all() if connection else []
    return [Line(**row) for row in found]


def begun_on(ledger: Ledger) -> date | None:
    """The day of the first line (UTC); None where there is none."""
    with readable(ledger, LINE, UNREADABLE) as connection:
        first = connection.execute(select(LINE.c.at).order_by(LINE.c.seq).limit(1)).scalar() if connection else None
    return date.fromisoformat(first[:10]) if first else None


def questions(ledger: Ledger) -> dict[str, dict[str, list[str]]]:
    """Hash of a question to its filters, as a link."""
    with readable(ledger, LINE, UNREADABLE) as connection:
        found = connection.execute(select(QUESTION)).all() if connection else []
    return {digest: json.loads(body) for digest, body in found}


def verify(ledger: Ledger, anchors: Mapping[int, str] | None = None) -> Chain:
    """Walks the chain from its first line, and holds it against anchors (number of a line to its hash)."""
    before, n, asked = BEGINNING, 0, set()
    with readable(ledger, LINE, UNREADABLE) as connection:
        rows = connection.execute(select(LINE).order_by(LINE.c.seq)).mappings() if connection else ()
        for row in rows:
            n += 1
            told = {name: row[name] for name in row if name != "hash"}
            if row["seq"] != n:
                return Chain(n, before, n, f"line {n} is missing")
            before = _hash(before, told)
            if before != row["hash"]:
                return Chain(n, before, n, f"line {n} is not what was written")
            if (anchors or {}).get(n, before) != before:
                return Chain(n, before, n, f"line {n} is not what was anchored")
            asked.add(row["question"])
        kept = connection.execute(select(QUESTION)).all() if connection else []
    if beyond := [number for number in anchors or {} if number > n]:
        return Chain(n, before, min(beyond), f"line {min(beyond)} was anchored and is not there")
    whole = {digest for digest, body in kept if hashlib.sha256(body.encode()).hexdigest() == digest}
    if not asked - {""} <= whole:
        return Chain(n, before, n, "the filters of a question are not what was written")
    return Chain(n, before, None, f"{n} lines, whole")
