"""Frozen Answers: freeze one, open it again exactly, and name what was altered.

The place for what a later release adds (signature, audience, expiry, policy version) is the part `head`: whatever
stands there is under the content hash.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from dashboard import ledger as kept
from dashboard.disclosure import POLICY, Answer
from dashboard.errors import SnapshotAltered, SnapshotUnknown
from dashboard.filters import Filters
from dashboard.ledger import Ledger

ID = re.compile(r"[A-Za-z0-9_-]{22}")
TYPES = {
    str(t): t
    for t in (
        pa.string(),
        pa.int64(),
        pa.int32(),
        pa.uint8(),
        pa.uint64(),
        pa.float64(),
        pa.bool_(),
        pa.date32(),
    )
}


@dataclass(frozen=True)
class Snapshot:
    """An Answer as it was frozen, and what identifies it."""

    id: str
    page: str
    created_at: str
    code_version: str
    content_hash: str
    answer: Answer


def freeze(ledger: Ledger, page: str, answer: Answer, code_version: str, now: datetime) -> tuple[str, str]:
    """Keeps an Answer under a random id; gives the id and the content hash, which says what was frozen."""
    created_at = now.isoformat(timespec="seconds")
    bodies = to_parts(page, answer, code_version, created_at)
    parts = {name: (_sha256(body), body) for name, body in bodies.items()}
    snapshot_id, content_hash = secrets.token_urlsafe(16), _content_hash(parts)
    head = {"id": snapshot_id, "created_at": created_at, "page": page, "content_hash": content_hash}
    kept.keep_snapshot(ledger, head, parts)
    return snapshot_id, content_hash


def open_snapshot(ledger: Ledger, snapshot_id: str) -> Snapshot:
    """The snapshot with this id, checked byte for byte. Raises SnapshotUnknown, SnapshotAltered naming the part."""
    found = kept.find_snapshot(ledger, snapshot_id) if ID.fullmatch(snapshot_id) else None
    if found is None:
        raise SnapshotUnknown("SNAPSHOT_UNKNOWN", "There is no snapshot with this id.", "Ask its sender for the link.")
    head, parts = found
    verify(head, parts)
    page, created_at, code_version, answer = from_parts({name: body for name, (_, body) in parts.items()})
    if (page, created_at) != (head["page"], head["created_at"]):
        raise _altered("its entry in the list")
    return Snapshot(snapshot_id, page, created_at, code_version, head["content_hash"], answer)


def pinned_versions(ledger: Ledger) -> frozenset[int]:
    """The data versions that snapshots were frozen from: they are kept, so that a snapshot can be asked again."""
    return frozenset(int(json.loads(body)["version"]) for body in kept.snapshot_parts(ledger, "head"))


def verify(head: Mapping[str, str], parts: Mapping[str, tuple[str, str]]) -> None:
    """Raises SnapshotAltered naming the first part whose bytes are not those that were frozen."""
    for name, (digest, body) in sorted(parts.items()):
        if _sha256(body) != digest:
            raise _altered(f"its part '{name}'")
    if _content_hash(parts) != head["content_hash"]:
        raise _altered("its list of parts or its content hash")


def to_parts(page: str, answer: Answer, code_version: str, created_at: str) -> dict[str, str]:
    """An Answer as named canonical JSON texts: the head, each table, the labels."""
    head = {
        "page": page,
        "created_at": created_at,
        "code_version": code_version,
        "policy": POLICY,
        "question": answer.question,
        "version": answer.version,
        "as_of": answer.as_of.isoformat(),
        "boundary_version": answer.boundary_version,
        "filters": answer.filters.to_link(),
        "scope": answer.scope,
        "notes": dict(answer.notes),
    }
    tables = {f"table {name}": _canonical(_columns(table)) for name, table in answer.tables.items()}
    return {"head": _canonical(head), **tables, "labels": _canonical(_columns(answer.labels))}


def from_parts(parts: Mapping[str, str]) -> tuple[str, str, str, Answer]:
    """Page, moment, code version and Answer out of the texts of `to_parts`."""
    head = json.loads(parts["head"])
    tables = {name.removeprefix("table "): _table(body) for name, body in parts.items() if name.startswith("table ")}
    answer = Answer(
        head["question"],
        head["version"],
        datetime.fromisoformat(head["as_of"]),
        head["boundary_version"],
        Filters.from_link(head["filters"]),
        head["scope"],
        tables,
        _table(parts["labels"]),
        head["notes"],
    )
    return head["page"], head["created_at"], head["code_version"], answer


def _columns(table: pa.Table) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "type": str(table.schema.field(name).type),
            "values": [_written(v) for v in column.to_pylist()],
        }
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]


def _table(body: str) -> pa.Table:
    columns = json.loads(body)
    arrays = [pa.array([_read(v, c["type"]) for v in c["values"]], TYPES[c["type"]]) for c in columns]
    return pa.table(arrays, names=[c["name"] for c in columns])


def _written(value: object) -> object:
    if isinstance(value, float):
        return repr(value)  # a decimal as text: JSON numbers are rewritten by some readers
    return value.isoformat() if isinstance(value, date) else value


def _read(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "double":
        return float(str(value))
    return date.fromisoformat(str(value)) if kind == "date32[day]" else value


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _content_hash(parts: Mapping[str, tuple[str, str]]) -> str:
    return _sha256(_canonical({name: digest for name, (digest, _) in parts.items()}))


def _altered(what: str) -> SnapshotAltered:
    return SnapshotAltered(
        "SNAPSHOT_ALTERED",
        f"This snapshot is not what was frozen: {what} was altered.",
        "Do not use its figures.",
    )
