"""Who vouches for a snapshot: one Ed25519 key an installation, beside the store and never in it; old ones stay known.

A keyring is a file of lines `KEY_ID PUBLIC_KEY SINCE`, all of it public: it is handed to those who verify elsewhere.
"""

import base64
import fcntl
import hashlib
import os
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from dashboard.errors import SimantaError

PRIVATE, KEYRING, LOCK = "snapshot-signing.pem", "snapshot-keyring.txt", "snapshot-signing.lock"
ID_BYTES = 8  # of the public key's hash


def folder_of(store: Path) -> Path:
    """Where a store's keys lie: beside it, so that a copy of the store is none of the keys."""
    return store.with_name(f"{store.name}.keys")


def sign(keys: Path, message: bytes, now: datetime) -> tuple[str, str]:
    """Key id and signature, as text. The key is made at first need."""
    private = _private(keys) if (keys / PRIVATE).exists() else _made(keys, now, is_first=True)
    return _id(private.public_key()), base64.b64encode(private.sign(message)).decode()


def rotate(keys: Path, now: datetime) -> Ed25519PrivateKey:
    """A new key signs from now on; what the old ones signed is verified as before."""
    return _made(keys, now, is_first=False)


def _made(keys: Path, now: datetime, is_first: bool) -> Ed25519PrivateKey:
    """A key, known to the keyring before it can sign. is_first: the one that there is, where another was faster."""
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(keys / LOCK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_first and (keys / PRIVATE).exists():
            return _private(keys)
        private = Ed25519PrivateKey.generate()
        public = private.public_key()
        line = f"{_id(public)} {base64.b64encode(_raw(public)).decode()} {now:%Y-%m-%d}\n"
        known = (keys / KEYRING).read_text(encoding="utf-8") if (keys / KEYRING).exists() else ""
        _write(keys / KEYRING, (known + line).encode())
        _write(keys / PRIVATE, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


def _write(file: Path, body: bytes) -> None:
    """Whole or not at all, for the owner alone, and on the disk before it counts."""
    beside = file.with_suffix(".part")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _private(keys: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key((keys / PRIVATE).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise SimantaError(
            "SIGNING_KEY",
            "The key that signs snapshots cannot be read.",
            "Restore it, or: simanta snapshot key --rotate",
        ) from None
    assert isinstance(key, Ed25519PrivateKey)  # we write no other
    return key


def keyring(file: Path) -> dict[str, bytes]:
    """Key id to public key, of a keyring or of one line of one. Raises SimantaError where a line is none."""
    try:
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        known = {line[0]: base64.b64decode(line[1], validate=True) for line in lines}
        if all(_id(Ed25519PublicKey.from_public_bytes(raw)) == name for name, raw in known.items()):
            return known
    except (OSError, ValueError, IndexError):
        known = {}
    raise SimantaError("KEYRING", "The public key cannot be read.", "Ask for it with: simanta snapshot key")


def known_keys(keys: Path) -> dict[str, bytes]:
    """The keys of this installation; none before the first snapshot."""
    return keyring(keys / KEYRING) if (keys / KEYRING).exists() else {}


def is_signed(known: dict[str, bytes], key_id: str, signature: str, message: bytes) -> bool:
    """Whether one of these keys signed the message."""
    if key_id not in known:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(known[key_id]).verify(raw, message)
    except (InvalidSignature, ValueError):
        return False
    return base64.b64encode(raw).decode() == signature  # the last letter has bits that decoding passes over


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _id(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(public)).hexdigest()[: 2 * ID_BYTES]
