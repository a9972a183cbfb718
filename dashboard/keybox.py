"""The keys beside a store in one file, under a passphrase: a backup of the facts holds none of them."""

import base64
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dashboard.errors import SimantaError

MAGIC = b"simanta keys 1\n"
SALT_BYTES, NONCE_BYTES = 16, 12
COST = 2**15  # of the derivation: about 32 MiB and a tenth of a second a guess
SHORTEST = 12  # characters


def sealed(keys: Path, passphrase: str) -> bytes:
    """All files of a folder of keys. Raises SimantaError where there is none, or the passphrase is too short."""
    if len(passphrase) < SHORTEST:
        raise SimantaError("PASSPHRASE", f"The passphrase has fewer than {SHORTEST} characters.", "Take a longer one.")
    files = {file.name: file.read_bytes() for file in sorted(keys.glob("*")) if file.suffix in (".key", ".pem", ".txt")}
    if not files:
        raise SimantaError("NO_KEYS", "There are no keys beside this store.", "See that --store names the right one.")
    body = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()}).encode()
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, body, MAGIC)


def opened(box: bytes, passphrase: str) -> dict[str, bytes]:
    """Name and content of each key. Raises SimantaError where the passphrase is another, or the file is damaged."""
    salt, nonce, body = (box[a:b] for a, b in ((15, 31), (31, 43), (43, None)))
    try:
        if not box.startswith(MAGIC):
            raise ValueError
        told = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, body, MAGIC))
    except (InvalidTag, ValueError):
        raise SimantaError(
            "KEYS_SEALED",
            "The keys cannot be opened.",
            "Give the passphrase that they were sealed with, or another file.",
        ) from None
    return {Path(name).name: base64.b64decode(content) for name, content in told.items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode())
