"""Commands that keep a store against the loss of its disk: backup, restore."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard import keybox, ledger, signing
from dashboard.cli.app import JsonOption, QuietOption, StoreOption, app, folder, noted, out, told
from dashboard.errors import SimantaError
from etl import backup as backups
from etl import store as stores

PASSPHRASE = "SIMANTA_KEYS_PASSPHRASE"  # the name of a variable
KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", help=f"File of the keys, sealed by a passphrase ({PASSPHRASE}, else asked for)."),
]
APART = "The keys are not in it: keep them apart with --keys, or no record is recognised after a restore."


@app.command(epilog="Example: simanta backup /media/usb --keys /media/other/simanta.keys")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file, or a folder: it gets a name with version and moment.")],
    keys: KeysOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes every version, the pointer and the ledger into one file, while the dashboard runs; never the keys."""
    where, now = folder(store), datetime.now(UTC)
    with noted(where, "backup") as about:
        if file.is_dir():
            file = file / f"simanta_v{stores.current(where) or 0:06d}_{now:%Y%m%dT%H%M%SZ}.tar"
        about.append(f"v{stores.current(where) or 0:06d}")
        if keys is not None:
            _seal(where, keys)
        held = backups.backup(where, file, lambda to: ledger.copied(ledger.open_ledger(where), to))
    if as_json:
        out({"file": str(file), "keys": keys and str(keys), **vars(held)})
    elif not quiet:
        told.print(f"{len(held.versions)} versions, {held.bytes:,} bytes: {file}", highlight=False, soft_wrap=True)
        told.print("" if keys else APART, highlight=False, soft_wrap=True)


def _seal(store: Path, file: Path) -> None:
    """A key is not written over: the file that is there may hold the only one."""
    box = keybox.sealed(signing.folder_of(store), _passphrase(is_new=True))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fix = "Give the name of a new file in a folder that can be written."
        raise SimantaError("KEYS_UNWRITABLE", f"{file.name} cannot be made: {error.strerror}.", fix) from None
    with os.fdopen(descriptor, "wb") as written:
        written.write(box)
        written.flush()
        os.fsync(written.fileno())


def _passphrase(is_new: bool) -> str:
    kept = os.environ.get(PASSPHRASE)
    return kept or typer.prompt("Passphrase of the keys", hide_input=True, confirmation_prompt=is_new, err=True)


@app.command(epilog="Example: simanta restore simanta_v000042_20261130T020000Z.tar --store /var/lib/simanta/store")
def restore(
    file: Annotated[Path, typer.Argument(help="A file of `simanta backup`.")],
    keys: KeysOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Makes a store out of a backup, in a folder that is empty or not there yet; all of it, or nothing."""
    where = folder(store)
    found = _opened(keys, signing.folder_of(where)) if keys else {}
    held = backups.restore(file, where)
    for name, content in found.items():
        _put(signing.folder_of(where) / name, content)
    with noted(where, "restore") as about:
        about.append(f"v{held.current:06d}")
    if as_json:
        out({"store": str(where), "keys": sorted(found), **vars(held)})
    elif not quiet:
        told.print(f"{len(held.versions)} versions, v{held.current:06d} in force.", highlight=False)
        told.print("Now: simanta check --deep", highlight=False)


def _opened(file: Path, into: Path) -> dict[str, bytes]:
    """The keys out of their file, before anything is put in place. Keys that are there are not written over."""
    with suppress(OSError):
        if any(into.iterdir()):
            fix = "Move them away, or restore without --keys."
            raise SimantaError("KEYS_EXIST", f"There are keys in {into.name} already.", fix)
    try:
        return keybox.opened(file.read_bytes(), _passphrase(is_new=False))
    except OSError as error:
        raise SimantaError("KEYS_UNREADABLE", f"{file.name}: {error.strerror}.", "Give the file of --keys.") from None


def _put(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(content)
