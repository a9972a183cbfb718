"""Frozen Answers: freeze one for those it is for, open it again exactly, take it back, and name what was altered.

Whatever stands in the part `head` is under the content hash: page, versions, filters, and on what terms it is shared.
The signature is over the id and that hash.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from dashboard import audit, signing
from dashboard import ledger as kept
from dashboard.access import EXACT, PROTECTED, Audience, Principal, may_open, may_take_back, reader_of
from dashboard.audit import Deed
from dashboard.database import Selected
from dashboard.disclosure import POLICY, Answer, threshold_of
from dashboard.errors import (
    SimantaError,
    SnapshotAltered,
    SnapshotExpired,
    SnapshotOutdated,
    SnapshotRevoked,
    SnapshotUnknown,
)
from dashboard.filters import Filters
from dashboard.ledger import Ledger
from dashboard.settings import Access

COOKIE = "simanta_snapshot_"  # and a handle, which stands in the address in place of the id
FORMAT = 2  # of the tables that pages draw; raised where a page comes to need others
DISTRICT = 6  # signs of a district's code; a division, which any of its people may know of, has fewer
DAYS, MOST_DAYS = 30, 366  # that a snapshot may be opened unless said, and at most
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
class Terms:
    """By whom a snapshot was made, for whom, until when; the series that it is of, and the id whose place it takes."""

    author: str
    audience: Audience
    expires_at: datetime
    series: str | None = None
    supersedes: str | None = None

    @classmethod
    def of(
        cls,
        author: str,
        audience: Audience,
        now: datetime,
        days: int = DAYS,
        series: str | None = None,
        supersedes: str | None = None,
    ) -> "Terms":
        """Terms from now on. Raises SimantaError where nobody is named, or for no day or more than a year."""
        if not (audience.people or audience.roles or audience.districts):
            raise SimantaError("NO_AUDIENCE", "Nobody is named who may open it.", "Name people, roles or districts.")
        if not 1 <= days <= MOST_DAYS:
            raise SimantaError("NO_EXPIRY", f"It must end after 1 to {MOST_DAYS} days.", "Give another number of days.")
        return cls(author, audience, (now + timedelta(days=days)).replace(microsecond=0), series, supersedes)

    def as_dict(self) -> dict[str, object]:
        """As it stands in the part `head`."""
        return asdict(self) | {"expires_at": self.expires_at.isoformat()}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Terms":
        """The terms that `as_dict` wrote."""
        scope = told["audience"]["scope"]
        named = {name: tuple(told["audience"][name]) for name in ("people", "roles", "districts")}
        reader = told["audience"].get("reader", EXACT)  # of a release before there was one: the strictest
        audience = Audience(**named, scope=None if scope is None else tuple(scope), reader=reader)
        ends = datetime.fromisoformat(told["expires_at"])
        return cls(told["author"], audience, ends, told["series"], told["supersedes"])


@dataclass(frozen=True)
class Snapshot:
    """An Answer as it was frozen, and what identifies it."""

    id: str
    page: str
    created_at: str
    code_version: str
    content_hash: str
    format: int
    answer: Answer
    terms: Terms
    key_id: str | None = None


def for_audience(selected: Selected, audience: Audience, rules: Access) -> Selected:
    """What is selected, as those may see it who are named: no finer figures, and of their districts alone.

    Where districts are named or chosen, a snapshot is of these and no other, so that it opens for who sees those.
    Raises SimantaError where none is left.
    """
    maker, chosen = selected.principal, selected.filters.choices.get("d", ())
    asked = [set(each) for each in (audience.districts, chosen) if each]
    asked += [] if maker.districts is None else [set(maker.districts)]  # no district is none, and not every one
    kept = set.intersection(*asked) if asked else set()
    if asked and not kept:
        raise SimantaError(
            "NO_DISTRICT",
            "No district of theirs is in these figures.",
            "Choose other districts, here or in the filter.",
        )
    districts = tuple(sorted(kept)) if asked else maker.districts
    stricter = max(selected.reader, reader_of(maker, audience, rules), key=(EXACT, *PROTECTED).index)
    if stricter == EXACT:
        return selected
    return replace(selected, principal=Principal(maker.subject, maker.role, districts), reader=stricter)


def freeze(
    ledger: Ledger,
    page: str,
    answer: Answer,
    code_version: str,
    now: datetime,
    terms: Terms | None = None,
    deed: Deed | None = None,
) -> tuple[str, str]:
    """Keeps an Answer under a random id, signed; gives the id and the content hash, which says what was frozen.

    terms: without them it is for the local user alone, for the usual number of days.   deed: who does it, from where.
    Its line in the audit and the snapshot are written together, or neither.
    """
    terms = terms or Terms.of("local", Audience(people=("local",)), now)
    terms = replace(terms, audience=replace(terms.audience, scope=scope_of(answer), reader=answer.reader))
    created_at = now.isoformat(timespec="seconds")
    bodies = to_parts(page, answer, code_version, created_at, terms)
    parts = {name: (_sha256(body), body) for name, body in bodies.items()}
    snapshot_id, content_hash = new_id(), _content_hash(parts)
    head = {"id": snapshot_id, "created_at": created_at, "page": page, "content_hash": content_hash}
    key_id, signature = signing.sign(_keys(ledger), signed_message(snapshot_id, content_hash), now)
    signed = {"key_id": key_id, "signature": signature, "series": terms.series, "supersedes": terms.supersedes}
    deed = deed or Deed(terms.author, "none", "program", "share")
    deed = replace(deed, object=audit.short(snapshot_id), filters=answer.filters.to_link())
    kept.keep_snapshot(ledger, head, parts, signed, audit.beside(deed))
    return snapshot_id, content_hash


def scope_of(answer: Answer) -> tuple[str, ...] | None:
    """The districts that the figures are of: who may not see one of them may not open it. None: every district."""
    chosen = answer.filters.choices.get("d")
    if not chosen:
        return None if answer.scope == "all" else tuple(filter(None, answer.scope.split(",")))
    told = [
        table[column].to_pylist()
        for name, table in answer.tables.items()
        if name not in ("choice", "candidates")  # lists of names, without a figure
        for column in ("adm2", "origin_adm2")
        if column in table.column_names
    ]
    return tuple(sorted({*chosen, *(code for codes in told for code in codes if code and len(code) == DISTRICT)}))


def signed_message(snapshot_id: str, content_hash: str) -> bytes:
    """What a signature is over: a signature of one snapshot is none of another."""
    return f"simanta snapshot {snapshot_id} {content_hash}".encode()


def _keys(ledger: Ledger) -> Path:
    return signing.folder_of(kept.folder_of(ledger))


def new_id() -> str:
    """A locator of 126 random bits or more that a shell takes as a word: none begins like an option."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


def open_snapshot(ledger: Ledger, snapshot_id: str) -> Snapshot:
    """The snapshot with this id, checked byte for byte, whoever asks and whenever.

    Raises SnapshotUnknown, SnapshotRevoked, SnapshotAltered naming the part or the signature, SnapshotOutdated for one
    that was made before there were signatures.
    """
    found = kept.find_snapshot(ledger, snapshot_id) if ID.fullmatch(snapshot_id) else None
    if found is None:
        raise unknown()
    _refuse_revoked(ledger, snapshot_id)
    head, parts = found
    verify(head, parts)
    snapshot = read(snapshot_id, head["content_hash"], {name: body for name, (_, body) in parts.items()})
    if (snapshot.page, snapshot.created_at) != (head["page"], head["created_at"]):
        raise _altered("its entry in the list")
    signed = kept.find_signature(ledger, snapshot_id) or {"key_id": "", "signature": ""}
    key_id, signature = str(signed["key_id"]), str(signed["signature"])
    message = signed_message(snapshot_id, snapshot.content_hash)
    if not signing.is_signed(signing.known_keys(_keys(ledger)), key_id, signature, message):
        raise _altered("its signature")
    return replace(snapshot, key_id=key_id)


def open_to_draw(ledger: Ledger, snapshot_id: str) -> Snapshot:
    """As `open_snapshot`. Raises SnapshotOutdated besides, where this release draws other tables than were frozen."""
    snapshot = open_snapshot(ledger, snapshot_id)
    if snapshot.format != FORMAT:
        raise _outdated()
    return snapshot


def open_for(ledger: Ledger, snapshot_id: str, principal: Principal, now: datetime) -> Snapshot:
    """The snapshot, if this person may open it now: to anybody else there is none, also none that was taken back.

    Raises as `open_to_draw`, and SnapshotExpired.
    """
    if not _is_for(ledger, snapshot_id, principal):
        raise unknown()
    snapshot = open_to_draw(ledger, snapshot_id)
    if now >= snapshot.terms.expires_at:
        raise expired(snapshot.terms)
    return snapshot


def _is_for(ledger: Ledger, snapshot_id: str, principal: Principal) -> bool:
    """By what is kept of its audience. Where that cannot be read, what is wrong is told to the local user alone."""
    told = _terms_of(ledger, snapshot_id)
    try:
        return may_open(principal, Audience() if told is None else Terms.read(told).audience)
    except (ValueError, KeyError, TypeError):
        return may_open(principal, Audience())


def _terms_of(ledger: Ledger, snapshot_id: str) -> dict[str, Any] | None:
    """The terms as they are kept, also of one that was taken back; None where they cannot be read."""
    tombstone = kept.find_tombstone(ledger, snapshot_id)
    found = kept.find_snapshot(ledger, snapshot_id) if ID.fullmatch(snapshot_id) else None
    try:
        told = json.loads(str(tombstone["audience"])) if tombstone else json.loads(found[1]["head"][1])["terms"]  # type: ignore[index]
    except (ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told, dict) else None


def _refuse_revoked(ledger: Ledger, snapshot_id: str) -> None:
    tombstone = kept.find_tombstone(ledger, snapshot_id)
    if tombstone is not None:
        day, reason = str(tombstone["revoked_at"])[:10], tombstone["reason"]
        raise SnapshotRevoked("SNAPSHOT_REVOKED", f"It was taken back on {day}: {reason}.", "Do not use its figures.")


def revoke(
    ledger: Ledger, snapshot_id: str, who: Principal, reason: str, now: datetime, deed: Deed | None = None
) -> None:
    """Takes a snapshot back for good: its contents are gone, and its tombstone says when and why.

    Its author may, or a commander of every district. deed: as of `freeze`. Raises SnapshotUnknown, also to who may not;
    SnapshotRevoked where that was done before; SimantaError without a reason, or where it holds a number or a name.
    """
    if not reason.strip():
        raise SimantaError("NO_REASON", "A snapshot is taken back for a reason.", "Give it with --reason.")
    if found := kept.personal(reason):
        raise SimantaError("PERSONAL_DATA", f"The reason holds a {found} that may be a person's.", "Write it without.")
    snapshot = kept.find_snapshot(ledger, snapshot_id) if ID.fullmatch(snapshot_id) else None
    terms = _terms_of(ledger, snapshot_id)
    if snapshot is None or not may_take_back(who, str((terms or {}).get("author"))):
        raise unknown()
    _refuse_revoked(ledger, snapshot_id)
    by = {"revoked_by": who.subject, "reason": reason.strip()[:200], "audience": _canonical(terms)}
    deed = replace(deed or Deed(who.subject, who.role, "program", "revoke"), object=audit.short(snapshot_id))
    stone = by | {"revoked_at": now.isoformat(timespec="seconds")}
    kept.revoke_snapshot(ledger, snapshot_id, stone, audit.beside(deed))


def unknown() -> SnapshotUnknown:
    """What is said of an id that there is not, and of one that is for others."""
    return SnapshotUnknown("SNAPSHOT_UNKNOWN", "There is no snapshot with this id.", "Ask its sender for the link.")


def expired(terms: Terms) -> SnapshotExpired:
    """What is said of a snapshot after its day."""
    said = f"This snapshot ended on {terms.expires_at:%Y-%m-%d}."
    return SnapshotExpired("SNAPSHOT_EXPIRED", said, "Ask its sender for a new one.")


def _outdated() -> SnapshotOutdated:
    fix = "Ask its sender for a new one; simanta snapshot verify still says whether it is intact."
    said = "This snapshot was made by another release, or under another threshold for small counts."
    return SnapshotOutdated("SNAPSHOT_OUTDATED", said, fix)


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


def read(snapshot_id: str, content_hash: str, bodies: Mapping[str, str]) -> Snapshot:
    """A snapshot of the texts of `to_parts`. Raises SnapshotOutdated for one without terms."""
    head = json.loads(bodies["head"])
    if "terms" not in head:
        raise _outdated()
    page, created_at, code_version, answer = from_parts(bodies)
    if answer.reader == EXACT and threshold_of(answer.policy) != threshold_of(POLICY):
        raise _outdated()  # its own would be told as the one in force
    form, terms = int(head.get("format", 1)), Terms.read(head["terms"])
    return Snapshot(snapshot_id, page, created_at, code_version, content_hash, form, answer, terms)


def to_parts(page: str, answer: Answer, code_version: str, created_at: str, terms: Terms) -> dict[str, str]:
    """An Answer as named canonical JSON texts: the head, each table, the labels."""
    head = {
        "format": FORMAT,
        "page": page,
        "created_at": created_at,
        "code_version": code_version,
        "terms": terms.as_dict(),
        "policy": answer.policy,
        "question": answer.question,
        "version": answer.version,
        "as_of": answer.as_of.isoformat(),
        "boundary_version": answer.boundary_version,
        "filters": answer.filters.to_link(),
        "scope": answer.scope,
        "reader": answer.reader,
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
        head.get("reader", EXACT),
        head["policy"] if head.get("reader", EXACT) == EXACT else POLICY,
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
