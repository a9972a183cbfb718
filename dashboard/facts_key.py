"""The key of encrypted facts: out of the environment when a version is opened, kept nowhere, in no message.

What the variable may hold, and how a version says that it is encrypted: data/contract/README.md. `etl` has its own.
"""

import base64
import os
from contextlib import suppress
from pathlib import Path

from dashboard.errors import StoreUnreadable

KEY, BYTES = "SIMANTA_FACTS_KEY", 32
MAGIC, FLAGS_AT = b"DUCK", 20


def key_for(file: Path) -> str | None:
    """The key of a version, None for one that is not encrypted. Raises StoreUnreadable where none is set, or no key."""
    if not is_encrypted(file):
        return None
    told = os.environ.get(KEY)
    if told is None:
        what = f"The facts are encrypted, and {KEY} is not set."
        raise StoreUnreadable("FACTS_KEY_MISSING", what, "Start Simanta with the key that they were written with.")
    key = b""
    with suppress(OSError, ValueError):
        is_path = told.startswith("/") and not told.strip().endswith("=")
        key = base64.b64decode((Path(told).read_text("ascii") if is_path else told).strip(), validate=True)
    if len(key) != BYTES:
        how = f"Set it to {BYTES} random bytes in base64, or the absolute path of a file that holds them."
        raise StoreUnreadable("FACTS_KEY_INVALID", f"{KEY} is set to no key.", how)
    return base64.b64encode(key).decode()


def wrong_key() -> StoreUnreadable:
    """A version does not open with the key that is set."""
    fix = "Set the key that it was written with. If that is the one, the file is damaged: put it back from a backup."
    return StoreUnreadable("FACTS_KEY_WRONG", f"The facts do not open with the key in {KEY}.", fix)


def is_encrypted(file: Path) -> bool:
    """Whether a version was written with a key, as its header says. What is no version is not."""
    head = b""
    with suppress(OSError), file.open("rb") as stream:
        head = stream.read(FLAGS_AT + 1)
    return len(head) > FLAGS_AT and head[8:12] == MAGIC and bool(head[FLAGS_AT] & 1)
