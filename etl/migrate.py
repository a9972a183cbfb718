"""A store moved to another place, from a folder to a shared store or back: proven equal before it is in force there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from etl.errors import LoadError
from etl.facts import in_words, opened
from etl.lake import Sums
from etl.pointer import Mark, Pointer
from etl.store import forget_unpinned, key_file, locked, place, point, pointer, sweep, version_at_hand, version_file


@dataclass(frozen=True)
class Moved:
    """What is in force in the other store now. sums: of each version and table, rows and the sum of their hashes."""

    current: int
    versions: tuple[int, ...]
    sums: dict[int, Sums]
    keys: tuple[str, ...]


def migrate(store: Path, to: Path, move_ledger: Callable[[], object]) -> Moved:
    """Copy every version, pointer and key into a store that has none; the first store stays as it is.

    move_ledger: copies what people did, once the facts are proven and before they are in force.
    Raises LoadError EMPTY_STORE, STORE_EXISTS, KEYS_EXIST, BUSY, STORE_DIFFERS, or what is wrong with one of the two.
    """
    if pointer(store).current is None:
        raise LoadError("EMPTY_STORE", "No data has been loaded yet.", "There is nothing to move.")
    with locked(store), locked(to), in_words(to):
        _check_empty(to)
        sweep(to)
        keys = _copy_keys(store, to)
        now = pointer(store)
        marks, sums = {}, {}
        for version in now.published:
            marks[version], sums[version] = _moved(store, to, version)
        move_ledger()
        point(to, replace(now, marks={version: (mark,) for version, mark in marks.items()}, removing=()))
        forget_unpinned(to)
        return Moved(now.current or 0, now.published, sums, keys)


def _check_empty(to: Path) -> None:
    if pointer(to) != Pointer(None, ()):
        raise LoadError("STORE_EXISTS", f"{to.name} has versions already.", "Move into a store that has none.")


def _moved(store: Path, to: Path, version: int) -> tuple[Mark, Sums]:
    """One version, copied and read again where it now is."""
    part = version_file(to, version).with_suffix(".duckdb.part")
    shutil.copyfile(version_at_hand(store, version), part)
    mark = place(to, part, version)
    with (
        opened(store, version, is_copy_enough=False) as here,
        opened(to, version, is_copy_enough=False, snapshot=mark.snapshot) as there,
    ):
        sums = here.sums()
        if sums != there.sums():
            what = f"Version {version} did not arrive as it was; nothing was moved."
            raise LoadError("STORE_DIFFERS", what, "See: simanta check --deep, in both stores.")
    return mark, sums


def _copy_keys(store: Path, to: Path) -> tuple[str, ...]:
    """Keys that are there already are left, if they are the same."""
    here, there = key_file(store).parent, key_file(to).parent
    files = sorted(file for file in here.glob("*") if file.is_file())
    for file in files:
        if (there / file.name).exists() and (there / file.name).read_bytes() != file.read_bytes():
            fix = f"Move {there} away; it belongs to another store."
            raise LoadError("KEYS_EXIST", f"There is another {file.name} beside {to.name}.", fix)
    there.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, there / file.name)
        (there / file.name).chmod(0o600)
    return tuple(file.name for file in files)
