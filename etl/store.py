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
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType

from etl import lake
from etl.errors import LoadError
from etl.facts_key import facts_key, not_for_a_lake
from etl.pointer import Mark, Pointer, read_pointer
from etl.shared import Shared, shared

KEY_BYTES = 32
VERSION_FILE = re.compile(r"v(\d{6,})\.duckdb")


def pointer(store: Path) -> Pointer:
    """The pointer of a store; an empty one where nothing was published yet.

    Raises LoadError POINTER_BROKEN where it is gone from a store with versions, or cannot be understood.
    """
    if where := shared(store):
        told: Pointer = _catalogue().pointer(where)
        return told
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


def _catalogue() -> ModuleType:
    """The room of the shared store's pointer, entered at need: a store of files needs no library of PostgreSQL."""
    from etl import catalogue

    return catalogue


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
        point(store, pointer(store).to(version))


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
            point(store, now.without(gone))
            sweep(store)
            forget_unpinned(store)
        return tuple(sorted(gone))


def _check_published(store: Path, version: int) -> None:
    published = versions(store)
    if version not in published:
        listed = ", ".join(map(str, published)) or "none"
        raise LoadError("UNKNOWN_VERSION", f"Version {version} is not published.", f"Published: {listed}.")
    if not shared(store):
        version_at_hand(store, version)


def version_at_hand(store: Path, version: int) -> Path:
    """The file of a published version; of a shared store a copy, made where this machine has none that is the same.

    Raises LoadError VERSION_MISSING, or what is wrong with the shared store.
    """
    file = version_file(store, version)
    if where := shared(store):
        _fetch(where, version, file)
    if not file.is_file():
        raise missing_version(store, version)
    return file


def size_of(store: Path, version: int) -> int:
    """Bytes of the file of a version; of a shared store, of the file that it was published from."""
    marks = pointer(store).marks.get(version, ()) if shared(store) else ()
    return marks[0].bytes if marks else version_file(store, version).stat().st_size


def snapshot_of(store: Path, version: int) -> int:
    """The snapshot of the lake that a published version is. Raises LoadError VERSION_MISSING."""
    marks = pointer(store).marks.get(version, ())
    if not marks or marks[0].snapshot is None:
        raise missing_version(store, version)
    return marks[0].snapshot


def copy_at_hand(where: Shared, version: int) -> Path | None:
    """A copy that lies here of what a version of a shared store now is; None where there is none."""
    file = version_file(where.folder, version)
    if not file.is_file():
        return None
    return file if _copy_is_of(file) == _named(where, snapshot_of(where.folder, version)) else None


def _named(where: Shared, snapshot: int | None) -> str:
    return f"{_catalogue().identity(where)} {snapshot}"


def _fetch(where: Shared, version: int, file: Path) -> None:
    if copy_at_hand(where, version):
        return
    snapshot = snapshot_of(where.folder, version)
    part = file.with_suffix(".duckdb.fetched.part")
    part.unlink(missing_ok=True)
    lake.fetch(where, snapshot, part, _spill(where.folder))
    _keep_copy(where, part, version, snapshot)


def _copy_is_of(file: Path) -> str:
    """Which store and snapshot a copy beside the lake is of; nothing where that is not known."""
    told = file.with_suffix(".of")
    return told.read_text() if told.is_file() else ""


def _keep_copy(where: Shared, part: Path, version: int, snapshot: int) -> None:
    file = version_file(where.folder, version)
    part.chmod(0o600)
    _sync(part)
    file.with_suffix(".of").unlink(missing_ok=True)
    part.rename(file)
    _write(file.with_suffix(".of"), _named(where, snapshot).encode(), mode=0o600)


def _spill(store: Path) -> Path:
    spill = store / "facts" / "spill.part"
    spill.mkdir(mode=0o700, exist_ok=True)
    return spill


def missing_version(store: Path, version: int) -> LoadError:
    """A version is published and its file is gone."""
    fix = f"Put {version_file(store, version)} back from a backup, or roll back to another version."
    return LoadError("VERSION_MISSING", f"The file of version {version} is gone.", fix)


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Be the only loader. Raises LoadError BUSY at once if another is at work, STORE_UNWRITABLE or FACTS_KEY_SHARED."""
    try:
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        (store / "facts").mkdir(mode=0o700, exist_ok=True)
        where = shared(store)
        if where and facts_key():
            raise not_for_a_lake()
        with (store / "lock").open("a") as lock:
            _take(lock.fileno())
            with _catalogue().alone(where) if where else nullcontext():
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
    if where := shared(store):
        mark = _into_lake(where, part)
        point(store, pointer(store).with_new(version, mark))
        _keep_copy(where, part, version, mark.snapshot or 0)
        return
    point(store, pointer(store).with_new(version, place(store, part, version)))


def place(store: Path, part: Path, version: int) -> Mark:
    """Bring a finished file to where its version is kept; it is none before the pointer says so."""
    if where := shared(store):
        mark = _into_lake(where, part)
        part.unlink()
        return mark
    mark = _settled(part)
    part.rename(version_file(store, version))
    _sync(version_file(store, version).parent)
    return mark


def replace_file(store: Path, part: Path, version: int) -> None:
    """Put a rewritten file in the place of a published version's. It is known by both marks while that is under way."""
    if where := shared(store):
        mark = _into_lake(where, part)
        point(store, pointer(store).marked(version, mark))
        _keep_copy(where, part, version, mark.snapshot or 0)
        return
    mark, now = _settled(part), pointer(store)
    point(store, now.marked(version, *now.marks.get(version, ()), mark))
    part.rename(version_file(store, version))
    _sync(version_file(store, version).parent)
    point(store, now.marked(version, mark))


def _into_lake(where: Shared, part: Path) -> Mark:
    """A finished file as a snapshot of the lake, while the lock is still ours."""
    snapshot, sums = lake.publish(where, part, _spill(where.folder))
    _catalogue().is_held(where)
    return Mark(part.stat().st_size, lake.digest(sums), snapshot)


def begin_anew(store: Path) -> None:
    """Of a shared store: what is replaced from now on shares no file with what there was. A file is always new."""
    if where := shared(store):
        lake.empty(where, _spill(store))


def forget_unpinned(store: Path) -> None:
    """Of a shared store: remove every file that no published version needs."""
    if where := shared(store):
        kept = {mark.snapshot for marks in pointer(store).marks.values() for mark in marks if mark.snapshot is not None}
        lake.forget(where, kept, _spill(store))


def settle(store: Path, version: int) -> None:
    """Know a version by its file alone, where a rewriting died before the pointer said so."""
    now = pointer(store)
    if len(now.marks.get(version, ())) > 1:
        point(store, now.marked(version, mark_of(version_file(store, version))))


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
    if where := shared(store):
        orphans = _stale_copies(where, now)
    facts = store / "facts"
    for left in (*facts.glob("*.part"), *facts.glob("*.part.wal"), *store.glob("*.part"), *orphans):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _stale_copies(where: Shared, now: Pointer) -> list[Path]:
    """Copies of what is no version in force any more: a loader needs no other, and an erased record is in none."""
    snapshot = next((mark.snapshot for mark in now.marks.get(now.current or 0, ())), None)
    in_force = _named(where, snapshot)
    stale = [file for file in _on_disk(where.folder).values() if _copy_is_of(file) != in_force]
    return [*stale, *(file.with_suffix(".of") for file in stale if file.with_suffix(".of").exists())]


def point(store: Path, to: Pointer) -> None:
    """Put a pointer in force, whole or not at all."""
    if where := shared(store):
        _catalogue().point(where, to)
        return
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
