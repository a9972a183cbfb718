"""The store's folder: its pointer, its versions, its one loader's lock, the key of its pseudonyms."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from etl.errors import LoadError
from etl.pointer import Mark, Pointer, read_pointer

KEY_BYTES = 32
VERSION_FILE = re.compile(r"v(\d{6,})\.duckdb")


def pointer(store: Path) -> Pointer:
    """The pointer of a store; an empty one where nothing was published yet.

    Raises LoadError POINTER_BROKEN where it is gone from a store with versions, or cannot be understood.
    """
    try:
        return read_pointer((store / "current.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        # A loader that died between the first version and the first pointer leaves version 1, and no other.
        if max(_on_disk(store), default=0) > 1:
            raise _broken(store) from None
        return Pointer(None, ())
    except OSError as error:
        raise unwritable(store) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _broken(store) from error


def _broken(store: Path) -> LoadError:
    numbers = sorted(_on_disk(store))
    whole = json.dumps({"current": max(numbers, default=1), "published": numbers or [1]})
    fix = f"Put {store / 'current.json'} back from a backup, or write into it: {whole}."
    return LoadError("POINTER_BROKEN", "The store does not say which version is in force.", fix)


def unwritable(store: Path) -> LoadError:
    """The store's folder cannot be read or written, or its disk is full."""
    fix = f"Check the rights and the free space of {store}."
    return LoadError("STORE_UNWRITABLE", "The store cannot be written; nothing was published.", fix)


def versions(store: Path) -> tuple[int, ...]:
    """All published versions, oldest first."""
    return pointer(store).published


def current(store: Path) -> int | None:
    """The version in force, None where nothing was published yet."""
    return pointer(store).current


def version_file(store: Path, version: int) -> Path:
    """Where a version is kept."""
    return store / "facts" / f"v{version:06d}.duckdb"


def _on_disk(store: Path) -> dict[int, Path]:
    named = ((VERSION_FILE.fullmatch(file.name), file) for file in (store / "facts").glob("v*.duckdb"))
    return {int(match[1]): file for match, file in named if match}


def rollback(store: Path, version: int) -> None:
    """Put an earlier (or later) published version in force. Raises LoadError UNKNOWN_VERSION or BUSY."""
    _check_published(store, version)
    with locked(store):
        _check_published(store, version)
        _point(store, pointer(store).to(version))


def prune(store: Path, keep: int, pinned: Collection[int]) -> tuple[int, ...]:
    """Remove all but the newest `keep` versions, the one in force and the pinned; returns those removed.

    The pointer forgets a version before its file goes, so that none is ever named and not there.
    """
    if not versions(store):
        return ()
    with locked(store):
        sweep(store)
        now = pointer(store)
        kept = {*now.published[max(len(now.published) - keep, 0) :], now.current, *pinned}
        gone = frozenset(version for version in now.published if version not in kept)
        if gone:
            _point(store, now.without(gone))
            sweep(store)
        return tuple(sorted(gone))


def _check_published(store: Path, version: int) -> None:
    published = versions(store)
    if version not in published:
        listed = ", ".join(map(str, published)) or "none"
        raise LoadError("UNKNOWN_VERSION", f"Version {version} is not published.", f"Published: {listed}.")
    if not version_file(store, version).is_file():
        raise missing_version(store, version)


def missing_version(store: Path, version: int) -> LoadError:
    """A version is published and its file is gone."""
    fix = f"Put {version_file(store, version)} back from a backup, or roll back to another version."
    return LoadError("VERSION_MISSING", f"The file of version {version} is gone.", fix)


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Be the only loader. Raises LoadError BUSY at once if another is at work, or STORE_UNWRITABLE."""
    try:
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        (store / "facts").mkdir(mode=0o700, exist_ok=True)
        with (store / "lock").open("a") as lock:
            _take(lock.fileno())
            yield
    except OSError as error:
        raise unwritable(store) from error


def _take(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        fix = "Wait until it is done, then load again."
        raise LoadError("BUSY", "Another loader is running.", fix) from error


def key_file(store: Path) -> Path:
    """Where the key of the pseudonyms is: beside the store, so that a copy of the store does not hold it."""
    return store.with_name(f"{store.name}.keys") / "pseudonym.key"


def site_key(store: Path, *, keep: bool = True) -> bytes:
    """The key of the pseudonyms, made at first need. Raises LoadError KEY_MISSING if it is lost or cut off.

    keep: whether a new key is written, or only lent for a trial.
    """
    file = key_file(store)
    found = file.read_bytes() if file.exists() else b""
    if len(found) == KEY_BYTES:
        return found
    if found or versions(store):
        fix = f"Put it back from its backup as {file}: without it no record can be recognised."
        raise LoadError("KEY_MISSING", "The store has records, and the key of their references is gone.", fix)
    key = secrets.token_bytes(KEY_BYTES)
    if keep:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(file, key, mode=0o600)
    return key


def publish_file(store: Path, part: Path, version: int) -> None:
    """Put a finished file in force as this version: it is on the disk before its name, its name before the pointer."""
    mark = _settled(part)
    part.rename(version_file(store, version))
    _sync(version_file(store, version).parent)
    _point(store, pointer(store).with_new(version, mark))


def replace_file(store: Path, part: Path, version: int) -> None:
    """Put a rewritten file in the place of a published version's. It is known by both marks while that is under way."""
    mark, now = _settled(part), pointer(store)
    _point(store, now.marked(version, *now.marks.get(version, ()), mark))
    part.rename(version_file(store, version))
    _sync(version_file(store, version).parent)
    _point(store, now.marked(version, mark))


def settle(store: Path, version: int) -> None:
    """Know a version by its file alone, where a rewriting died before the pointer said so."""
    now = pointer(store)
    if len(now.marks.get(version, ())) > 1:
        _point(store, now.marked(version, mark_of(version_file(store, version))))


def mark_of(file: Path) -> Mark:
    """The size and the SHA-256 of a file."""
    with file.open("rb") as stream:
        return Mark(file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def _settled(part: Path) -> Mark:
    """The mark of a finished file, which is on the disk when this returns; the two take their time at once."""
    part.chmod(0o600)
    with ThreadPoolExecutor(1) as pool:
        mark = pool.submit(mark_of, part)
        _sync(part)
        return mark.result()


def sweep(store: Path) -> None:
    """Take away what a loader that died left behind: half-made files, and versions that are not published.

    A file that the pointer never knew stays: it may be all that is left of a store whose pointer was written by hand.
    """
    now = pointer(store)
    orphans = [file for version, file in _on_disk(store).items() if version > now.last or version in now.removing]
    facts = store / "facts"
    for left in (*facts.glob("*.part"), *facts.glob("*.part.wal"), *store.glob("*.part"), *orphans):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _point(store: Path, to: Pointer) -> None:
    _write(store / "current.json", to.as_text().encode(), mode=0o600)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and on the disk before this returns."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
