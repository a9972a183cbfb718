"""A snapshot as a file that is whole by itself: its last line is a signature over every byte before it.

An HTML file carries the line as a comment; a PDF after its end, where readers look for nothing.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dashboard import signing
from dashboard.errors import SimantaError, SnapshotAltered

MARKS = {"html": ("\n<!-- simanta ", " -->\n"), "pdf": ("\n%simanta ", "\n")}
SEAL = re.compile(rb"\n(?:<!-- simanta ([A-Za-z0-9+/=]+) -->|%simanta ([A-Za-z0-9+/=]+))\n\Z")
PARTS = ("id", "content_hash", "expires_at", "key_id", "signature")


@dataclass(frozen=True)
class Seal:
    """What the last line of a file says: which snapshot, with which content, until when, signed by which key."""

    id: str
    content_hash: str
    expires_at: str
    key_id: str


def sealed(
    body: bytes, kind: str, snapshot_id: str, content_hash: str, expires_at: str, keys: Path, now: datetime
) -> bytes:
    """The body with its seal. kind: html or pdf."""
    told = {"id": snapshot_id, "content_hash": content_hash, "expires_at": expires_at}
    key_id, signature = signing.sign(keys, _message(body, kind, told), now)
    line = json.dumps(told | {"key_id": key_id, "signature": signature}, sort_keys=True, separators=(",", ":"))
    before, after = MARKS[kind]
    return body + before.encode() + base64.b64encode(line.encode()) + after.encode()


def _message(body: bytes, kind: str, told: dict[str, str]) -> bytes:
    said = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return f"simanta file {kind} {hashlib.sha256(body).hexdigest()} {said}".encode()


def unsealed(file: bytes, known: dict[str, bytes]) -> Seal:
    """What the seal says, if not a byte was changed since one of these keys made it. Raises SnapshotAltered."""
    found = SEAL.search(file)
    if found is None:
        raise _altered("it has no seal at its end")
    packed = found[1] or found[2]
    try:
        told = json.loads(base64.b64decode(packed, validate=True))
        whole = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
        if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
            raise ValueError
        if sorted(told) != sorted(PARTS) or base64.b64encode(whole) != packed:
            raise ValueError
    except ValueError:
        raise _altered("its seal is not as it was made") from None
    key_id, signature = told.pop("key_id"), told.pop("signature")
    if key_id not in known:
        raise SimantaError("KEY_UNKNOWN", f"It is signed by the key {key_id}, which is not known here.", WHOSE)
    message = _message(file[: found.start()], "html" if found[1] else "pdf", told)
    if not signing.is_signed(known, key_id, signature, message):
        raise _altered("its bytes are not those that were signed")
    return Seal(**told, key_id=key_id)


WHOSE = "Ask its sender for the public key, by another way than the file came, and give it with --key."


def _altered(what: str) -> SnapshotAltered:
    return SnapshotAltered("SNAPSHOT_ALTERED", f"This file is not what was made: {what}.", "Do not use its figures.")
