"""Whether a store is a shared one: its folder then holds where the facts are, and what this machine works with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from etl.errors import LoadError

FILE = "shared.json"


@dataclass(frozen=True)
class Shared:
    """A store in a lake. catalogue: how PostgreSQL is reached; data: the folder of the files that all hosts see."""

    folder: Path
    catalogue: str
    data: Path


def shared(store: Path) -> Shared | None:
    """Where the facts of a shared store are; None for a store of files. Raises LoadError STORE_NAME."""
    file = store / FILE
    if not file.is_file():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Shared(store, str(told["catalogue"]), Path(told["data"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "Remove it: it is written anew from SIMANTA_STORE."
        raise LoadError("STORE_NAME", f"{FILE} does not say where the shared store is.", fix, file.name) from error
