"""The key of encrypted facts: out of the environment at each need, kept nowhere, in no message.

Whether a version is encrypted its file says by itself; docs/administrator.md, 7, says how a key is set and changed.
"""

from __future__ import annotations

import base64
import os
from contextlib import suppress
from pathlib import Path

from etl.errors import LoadError

KEY, KEY_BEFORE = "SIMANTA_FACTS_KEY", "SIMANTA_FACTS_KEY_BEFORE"  # names of variables
BYTES = 32
MAGIC, FLAGS_AT = b"DUCK", 20  # of DuckDB's header, from byte 8: its name, its format, then flags; the first: encrypted
WRONG_KEY = "FACTS_KEY_WRONG"
HOW = f"{BYTES} random bytes in base64, or the absolute path of a file that holds them"


def facts_key(variable: str = KEY) -> str | None:
    """The key in one spelling, None where none is set. Raises LoadError FACTS_KEY_INVALID, also where it is empty."""
    told = os.environ.get(variable)
    if told is None:
        return None
    key = b""
    with suppress(OSError, ValueError):
        key = base64.b64decode((_content(told) if _is_path(told) else told).strip(), validate=True)
    if len(key) != BYTES:
        raise LoadError("FACTS_KEY_INVALID", f"{variable} is set to no key.", f"Set it to {HOW}.")
    return base64.b64encode(key).decode()


def _is_path(told: str) -> bool:
    """A key may begin with a slash too: it ends in the sign that fills base64 up."""
    return told.startswith("/") and not told.strip().endswith("=")


def _content(file: str) -> str:
    return Path(file).read_text(encoding="ascii")


def is_encrypted(file: Path) -> bool:
    """Whether a version was written with a key. What is no version is not: the database says what is wrong with it."""
    head = b""
    with suppress(OSError), file.open("rb") as stream:
        head = stream.read(FLAGS_AT + 1)
    return len(head) > FLAGS_AT and head[8:12] == MAGIC and bool(head[FLAGS_AT] & 1)


def key_for(file: Path, variable: str = KEY) -> str | None:
    """The key of a version, also of one to be made, or None. Raises LoadError FACTS_KEY_MISSING or _INVALID."""
    if file.exists() and not is_encrypted(file):
        return None
    key = facts_key(variable)
    if key is None and file.exists():
        raise missing_key(variable)
    return key


def missing_key(variable: str = KEY) -> LoadError:
    """Facts are encrypted or are to be, and there is no key."""
    fix = f"Set it to their key: {HOW}."
    return LoadError("FACTS_KEY_MISSING", f"The facts need a key, and {variable} is not set.", fix)


def wrong_key(variable: str) -> LoadError:
    """A version does not open with the key that is set."""
    fix = "Set the key that it was written with. If that is the one, the file is damaged: put it back from a backup."
    return LoadError(WRONG_KEY, f"The facts do not open with the key in {variable}.", fix)


def not_encrypted() -> LoadError:
    """A key is set, and the version in force was written without one."""
    fix = "Encrypt what is there once, with: simanta encrypt."
    return LoadError("FACTS_NOT_ENCRYPTED", f"{KEY} is set, and the facts are not encrypted yet.", fix)


def not_for_a_lake() -> LoadError:
    """A key is set, and the store is a shared one."""
    fix = f"Leave {KEY} unset, and encrypt the volumes of the files and of PostgreSQL."
    return LoadError("FACTS_KEY_SHARED", "Simanta does not encrypt the facts of a shared store.", fix)


def no_cipher() -> LoadError:
    """What encrypts is not installed, or is not what was signed."""
    fix = "Install Simanta anew from its lock file: the package duckdb-extension-httpfs belongs to it."
    return LoadError("CIPHER_MISSING", "Facts cannot be encrypted here; nothing was written.", fix)
