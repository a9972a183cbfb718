"""The name of a shared store: where its catalogue is, where its files lie, and with which folder this machine works."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from dashboard.errors import SimantaError

ROOT = Path(__file__).resolve().parents[1]
FILE, BEGINNING = "shared.json", "ducklake:postgres:"
AS = f"Write it as {BEGINNING}dbname=simanta host=db.example user=simanta;data=/srv/simanta"


@dataclass(frozen=True)
class Shared:
    """A store in a lake. catalogue: how PostgreSQL is reached; data: the folder of the files that all hosts see."""

    folder: Path
    catalogue: str
    data: Path


def shared(folder: Path) -> Shared | None:
    """Where the facts of a shared store are; None for a store of files. Raises SimantaError STORE_NAME."""
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Shared(folder, str(told["catalogue"]), Path(told["data"]))
    except (OSError, ValueError, KeyError, TypeError):
        what = f"{FILE} does not say where the shared store is."
        raise SimantaError("STORE_NAME", what, "Remove it: it is written anew from SIMANTA_STORE.") from None


def folder_of(name: str) -> Path:
    """The folder that a store is named by; of a shared store that of this machine, which then says what it is.

    Raises SimantaError STORE_NAME where the name of a shared store cannot be read, or holds a password.
    """
    if not name.startswith(BEGINNING):
        return Path(name)
    catalogue, *further = name.removeprefix(BEGINNING).split(";")
    told = dict(each.partition("=")[::2] for each in further)
    if not told.get("data", "").startswith("/") or set(told) - {"data", "local"}:
        raise SimantaError("STORE_NAME", "The name of the shared store cannot be read.", f"{AS}.")
    written = _without_password(catalogue)
    own = f"shared-{hashlib.sha256(written.encode()).hexdigest()[:8]}"
    folder = Path(told.get("local") or ROOT / "data" / own)
    _settle(folder, json.dumps({"catalogue": written, "data": told["data"]}))
    return folder


def _without_password(catalogue: str) -> str:
    from psycopg import Error  # not above: who has no shared store needs none of it
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        parts = conninfo_to_dict(catalogue)
    except Error:
        raise SimantaError("STORE_NAME", "The name of the shared store cannot be read.", f"{AS}.") from None
    if not {"password", "sslpassword"}.isdisjoint(parts):
        fix = "Take it out, and put it into the file that PGPASSFILE names."
        raise SimantaError("STORE_NAME", "The name of the shared store holds a password.", fix)
    return make_conninfo("", **parts)


def _settle(folder: Path, told: str) -> None:
    """Says in the folder what it is; not where files of another kind of store lie in it."""
    file = folder / FILE
    if (folder / "current.json").exists():
        fix = "Name another folder with local=, or move its facts with: simanta store migrate."
        raise SimantaError("STORE_NAME", f"{folder} is a store of files already.", fix)
    if file.is_file() and file.read_text(encoding="utf-8") == told:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = folder / f"{FILE}.{os.getpid()}"
        part.write_text(told, encoding="utf-8")
        part.replace(file)
    except OSError:
        fix = "Name a folder that can be written with local=, or check the rights of this one."
        raise SimantaError("STORE_NAME", f"{folder} cannot be written.", fix) from None
