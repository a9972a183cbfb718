"""A store in one file and back: its versions and pointer as they were published, each known by its hash.

The file is a tar without compression, as what is in it is compressed: `manifest.json` comes last, so that a file that
was cut off has none. Keys are never in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from etl.errors import LoadError
from etl.pointer import Mark, Pointer, read_pointer
from etl.schema import SCHEMA_VERSION
from etl.shared import shared
from etl.store import locked, mark_of, pointer, version_at_hand, version_file

MANIFEST, POINTER, LEDGER = "manifest.json", "current.json", "ledger.sqlite"
MEMBER = re.compile(r"facts/v\d{6,}\.duckdb|current\.json|ledger\.sqlite|manifest\.json")
LARGEST_MANIFEST = 10_000_000
BLOCK = 1 << 20
COPY_LEDGER = Callable[[Path], bool]


@dataclass(frozen=True)
class Held:
    """What is in a backup."""

    versions: tuple[int, ...]
    current: int
    schema_version: int
    bytes: int


def backup(store: Path, file: Path, copy_ledger: COPY_LEDGER) -> Held:
    """Write a store into a file that is not there yet. No loader is at work meanwhile; who reads is not disturbed.

    copy_ledger: writes what people did into a file as of one moment; says whether there was anything.
    Raises LoadError BUSY, EMPTY_STORE, BACKUP_EXISTS, BACKUP_UNWRITABLE, or what is wrong with a version.
    """
    if shared(store):
        fix = "Move it into a folder with simanta store migrate, and back that up; or back up database and files."
        raise LoadError("STORE_IS_SHARED", "A shared store is not backed up into one file.", fix)
    if pointer(store).current is None:
        raise LoadError("EMPTY_STORE", "No data has been loaded yet.", "There is nothing to keep.")
    if file.exists():
        raise LoadError("BACKUP_EXISTS", f"{file.name} is there already.", "Give another name, or a folder.")
    with locked(store), _made(file) as part, tarfile.open(part, "w") as into:
        return _packed(store, pointer(store), into, part.with_suffix(".ledger"), copy_ledger)


def _packed(store: Path, now: Pointer, into: tarfile.TarFile, ledger: Path, copy_ledger: COPY_LEDGER) -> Held:
    marks = {_name(version): _added(into, store, version, now) for version in now.published}
    try:  # after the facts, so that no snapshot names a version that is not there
        if copy_ledger(ledger):
            into.add(ledger, LEDGER)
            marks[LEDGER] = mark_of(ledger)
    finally:
        ledger.unlink(missing_ok=True)
    marks[POINTER] = _add_text(into, POINTER, now.as_text())
    files = {name: mark.told() for name, mark in marks.items()}
    _add_text(into, MANIFEST, json.dumps({"format": 1, "schema_version": SCHEMA_VERSION, "files": files}))
    return Held(now.published, now.current or 0, SCHEMA_VERSION, sum(mark.bytes for mark in marks.values()))


def _name(version: int) -> str:
    return f"facts/{version_file(Path(), version).name}"


def _added(into: tarfile.TarFile, store: Path, version: int, now: Pointer) -> Mark:
    """Puts a version in, if it is the one that was published."""
    file = version_at_hand(store, version)
    mark = mark_of(file)
    if mark not in now.marks.get(version, (mark,)):
        fix = "See: simanta check --deep. Put it back from an earlier backup, or prune it."
        raise LoadError("STORE_DAMAGED", f"Version {version} is not the file that was published.", fix)
    into.add(file, _name(version))
    return mark


def _add_text(into: tarfile.TarFile, name: str, text: str) -> Mark:
    content = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    into.addfile(member, io.BytesIO(content))
    return Mark(len(content), hashlib.sha256(content).hexdigest())


@contextmanager
def _made(file: Path) -> Iterator[Path]:
    """A half-made file beside this one: it gets its name when it is whole and on the disk, and else it goes."""
    part = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except OSError as error:
        fix = f"Check the rights and the free space of {file.parent}."
        raise LoadError("BACKUP_UNWRITABLE", "The backup cannot be written; there is none.", fix) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def restore(file: Path, store: Path) -> Held:
    """Make a store out of a backup, where there is none. Every file is hashed; all of it is put in place, or nothing.

    Raises LoadError STORE_EXISTS, BACKUP_UNREADABLE or STORE_UNWRITABLE.
    """
    if store.exists() and (not store.is_dir() or any(store.iterdir())):
        fix = "Give another folder with --store, or move the old one away."
        raise LoadError("STORE_EXISTS", f"{store.name} is not empty.", fix)
    part = store.with_name(f"{store.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "facts").mkdir(mode=0o700, parents=True)
        part.chmod(0o700)
        held = _unpacked(file, part)
        if store.exists():
            store.rmdir()
        part.rename(store)
        return held
    except OSError as error:
        fix = f"Check that it is there, and the rights and free space of {store.parent}."
        raise LoadError("BACKUP_UNREADABLE", f"{file.name} cannot be restored.", fix) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpacked(file: Path, into: Path) -> Held:
    found: dict[str, Mark] = {}
    manifest = b""
    try:
        with tarfile.open(file, "r:") as packed:
            for member in packed:
                if not member.isreg() or not MEMBER.fullmatch(member.name) or member.name in found:
                    raise _damaged(file, "holds what no backup of ours does")
                with closing(_stream(packed, member)) as content:
                    if member.name == MANIFEST:
                        manifest = content.read(LARGEST_MANIFEST)
                    else:
                        found[member.name] = _written(content, into / member.name)
        told = json.loads(manifest)
        _check_marks(file, told["files"], found)
        now = read_pointer((into / POINTER).read_text(encoding="utf-8"))
        total = sum(mark.bytes for mark in found.values())
        return Held(now.published, now.current or 0, int(told["schema_version"]), total)
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError) as error:
        raise _damaged(file, "is cut off, or no backup") from error


def _stream(packed: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = packed.extractfile(member)
    if content is None:
        raise ValueError("no content")
    return content


def _written(content: BinaryIO, to: Path) -> Mark:
    digest, size = hashlib.sha256(), 0
    with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while block := content.read(BLOCK):
            digest.update(block)
            size += out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return Mark(size, digest.hexdigest())


def _check_marks(file: Path, told: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mark]) -> None:
    wrong = sorted(
        name for name in {*told, *found} if told.get(name) != (found[name].told() if name in found else None)
    )
    if wrong:
        raise _damaged(file, f"does not hold {wrong[0]} as it was kept")


def _damaged(file: Path, how: str) -> LoadError:
    return LoadError("BACKUP_UNREADABLE", f"{file.name} {how}. Nothing was restored.", "Use another backup.")
