"""What must hold of a store, one line a thing, each looked at anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.errors import LoadError
from etl.facts import opened
from etl.facts_key import KEY, is_encrypted
from etl.lake import digest
from etl.pointer import Pointer
from etl.shared import shared
from etl.store import KEY_BYTES, key_file, mark_of, pointer, version_file

LEAST_FREE = 100_000_000  # bytes, beside what a copy of the version in force needs


@dataclass(frozen=True)
class Line:
    """One thing that must hold: its name, whether it does, and what was seen or what to do."""

    name: str
    holds: bool
    told: str


def check(store: Path, now: datetime, *, deep: bool = False) -> list[Line]:
    """Every line on a store; with `deep` each version's bytes are hashed, else those of the one in force.

    now: the clock, UTC without a zone. Nothing is changed and no lock is taken.
    """
    try:
        known = pointer(store)
    except LoadError as error:
        return [Line("pointer", False, str(error)), _permissions(store)]
    if known.current is None:
        return [Line("pointer", True, "nothing has been published yet"), _permissions(store)]
    told = f"version {known.current} is in force, {len(known.published)} are published"
    lines: list[Callable[[], Line]] = [
        lambda: _versions(store, known),
        lambda: _hashes(store, known, deep),
        lambda: _free_disk(store, known),
        lambda: _clock(store, known, now),
        lambda: _permissions(store),
        lambda: _key(store),
        lambda: _encryption(store, known),
        lambda: _equation(store, known),
        lambda: _erasures(store, known),
    ]
    return [Line("pointer", True, told), *(line() for line in lines)]


def _line(name: str, wrong: list[str], otherwise: str) -> Line:
    return Line(name, not wrong, "; ".join(wrong) if wrong else otherwise)


def _versions(store: Path, known: Pointer) -> Line:
    wrong = [told for version in known.published for told in _faults_of(store, version)]
    return _line("versions", wrong, f"{len(known.published)} open")


def _faults_of(store: Path, version: int) -> Iterator[str]:
    try:
        with opened(store, version):
            pass
    except LoadError as error:
        yield f"version {version}: {error}"


def _hashes(store: Path, known: Pointer, deep: bool) -> Line:
    if shared(store):
        return _sums(store, known, deep)
    wrong, hashed, unmarked = [], 0, 0
    for version in known.published:
        file, marks = version_file(store, version), known.marks.get(version, ())
        unmarked += not marks
        if not marks or not file.is_file():
            continue
        is_hashed = deep or version == known.current
        hashed += is_hashed
        is_known = mark_of(file) in marks if is_hashed else file.stat().st_size in {mark.bytes for mark in marks}
        if not is_known:
            wrong.append(f"Version {version} is not the file that was published: put it back from a backup.")
    sizes = f"{len(known.published) - unmarked - hashed} by size"
    return _line("hashes", wrong, f"{hashed} hashed, {sizes}, {unmarked} of an older release not known")


def _sums(store: Path, known: Pointer, deep: bool) -> Line:
    """In a lake a version is known by what is in it: all of it is read, and the sums of its rows are compared."""
    looked_at = [version for version in known.published if deep or version == known.current]
    wrong = [
        f"Version {v} is not what was published: see that no file is missing."
        for v in looked_at
        if _differs(store, v, known)
    ]
    return _line("hashes", wrong, f"{len(looked_at)} read whole, {len(known.published) - len(looked_at)} not looked at")


def _differs(store: Path, version: int, known: Pointer) -> bool:
    try:
        with opened(store, version, is_copy_enough=False) as facts:
            return digest(facts.sums()) not in {mark.sha256 for mark in known.marks.get(version, ())}
    except LoadError:
        return True


def _free_disk(store: Path, known: Pointer) -> Line:
    file = version_file(store, known.current or 0)
    needed = LEAST_FREE + (2 * file.stat().st_size if file.is_file() else 0)
    free = shutil.disk_usage(store).free
    wrong = [] if free >= needed else [f"{free:,} bytes are free; the next load may need {needed:,}"]
    return _line("free disk", wrong, f"{free // 1_000_000:,} MB free")


def _clock(store: Path, known: Pointer, now: datetime) -> Line:
    try:
        with opened(store, known.current or 0) as facts:
            last = facts.about().published_at
    except LoadError as error:
        return Line("clock", False, str(error))
    wrong = [f"It is {now:%Y-%m-%d %H:%M} and the version in force is of {last:%Y-%m-%d %H:%M}: set the clock."]
    return _line("clock", wrong if now < last else [], f"{now:%Y-%m-%d %H:%M} UTC")


def _permissions(store: Path) -> Line:
    """Nobody but the owner of store and key may look into them."""
    key = key_file(store)
    private = [(store, "700"), (key.parent, "700"), (key, "600")]
    wrong = [f"chmod {mode} {path}" for path, mode in private if path.exists() and path.stat().st_mode & 0o077]
    return _line("permissions", wrong, "store and key are the owner's alone")


def _key(store: Path) -> Line:
    file = key_file(store)
    is_whole = file.is_file() and file.stat().st_size == KEY_BYTES
    return _line("key", [] if is_whole else [f"Put {file} back from its backup."], "the key of the references is there")


def _encryption(store: Path, known: Pointer) -> Line:
    """With a key every version is encrypted, without one none is. Whether it is the right key, `versions` says."""
    encrypted = [version for version in known.published if is_encrypted(version_file(store, version))]
    bare = [version for version in known.published if version not in encrypted]
    wrong = []
    if KEY in os.environ and bare:
        wrong.append(f"versions {', '.join(map(str, bare))} are not encrypted: simanta encrypt")
    if KEY not in os.environ and encrypted:
        wrong.append(f"{len(encrypted)} versions are encrypted: set {KEY}")
    return _line("encryption", wrong, f"{len(encrypted)} of {len(known.published)} versions are encrypted")


def _equation(store: Path, known: Pointer) -> Line:
    wrong = []
    for version in known.published:
        try:
            with opened(store, version) as facts:
                wrong += [f"version {version}, {told}" for told in facts.what_does_not_add_up()]
        except LoadError as error:
            wrong.append(f"version {version}: {error.message}")
    return _line("row equation", wrong, "every load of every version adds up")


def _erasures(store: Path, known: Pointer) -> Line:
    """What was erased from one version is in none: an erasure may have died, or a backup may have come back."""
    erased: dict[int, set[bytes]] = {}
    for version in known.published:
        with suppress(LoadError), opened(store, version) as facts:  # the line on versions says what is wrong there
            erased[version] = facts.erased()
    barred = set().union(*erased.values())
    wrong = [f"version {v} misses an erasure: ask for it again" for v, found in erased.items() if found != barred]
    return _line("erasures", wrong, f"{len(barred)} records were erased, from every version")
