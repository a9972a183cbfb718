"""A record taken out of every kept version, for good: a legal duty, and the one time a version is written anew."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from etl import scrub
from etl.errors import LoadError
from etl.facts import in_words, opened, rewrite
from etl.sources import all_sources
from etl.store import (
    begin_anew,
    forget_unpinned,
    locked,
    pointer,
    replace_file,
    settle,
    site_key,
    sweep,
    version_at_hand,
    versions,
)


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: the source of the record, the versions that held it, those that were written anew."""

    source: str
    held: tuple[int, ...]
    rewritten: tuple[int, ...]


def erase(store: Path, reference: str, source: str | None, reason: str, now: datetime) -> Erasure:
    """Take a record out of every version and bar its reference. Each version is whole at every moment.

    An erasure that died goes on where it stopped when it is asked for again.
    Raises LoadError UNKNOWN_REFERENCE, AMBIGUOUS_REFERENCE, BUSY, or what is wrong with the store.
    """
    _check(reason)
    if not versions(store):
        raise _unknown()
    with locked(store), in_words(store), ExitStack() as stack:
        sweep(store)
        stack.callback(sweep, store)
        (store / "facts" / "spill.part").mkdir(mode=0o700, exist_ok=True)
        for version in pointer(store).published:
            version_at_hand(store, version)
        name, identity = _identified(store, reference.strip(), source)
        newest_first = sorted(pointer(store).published, reverse=True)
        held = tuple(version for version in newest_first if _holds(store, version, identity))
        begin_anew(store)
        rewritten = tuple(v for v in newest_first if _erase_from(store, v, identity, reason, now))
        forget_unpinned(store)
        return Erasure(name, held, rewritten)


def _check(reason: str) -> None:
    if not reason.strip():
        raise LoadError("REASON_MISSING", "An erasure needs a reason.", "Say why with --reason.")
    if scrub.in_free_text(reason):
        fix = "Write it without names and numbers."
        raise LoadError("PERSONAL_DATA", "The reason holds what looks like personal data.", fix)


def _unknown() -> LoadError:
    fix = "Write it as the sheet does, with upper and lower case; say its source with --source."
    return LoadError("UNKNOWN_REFERENCE", "No kept version holds a record of this reference.", fix)


def _identified(store: Path, reference: str, source: str | None) -> tuple[str, bytes]:
    """Source and identity of the one record that has this reference."""
    key, kept = site_key(store, keep=False), versions(store)
    names = {source} if source else _sources(store, kept) | {each.name for each in all_sources()}
    identities = {name: scrub.pseudonyms(key, name, pl.Series([reference]))[0] for name in sorted(names)}
    held = {name for name, identity in identities.items() if any(_holds(store, v, identity) for v in kept)}
    # An erasure that died may have left no more than its tombstones.
    found = held or {name for name, identity in identities.items() if any(_is_barred(store, v, identity) for v in kept)}
    if not found:
        raise _unknown()
    if len(found) > 1:
        fix = f"Say which with --source: {', '.join(sorted(found))}."
        raise LoadError("AMBIGUOUS_REFERENCE", "More than one source has a record of this reference.", fix)
    name = found.pop()
    return name, identities[name]


def _sources(store: Path, kept: Collection[int]) -> set[str]:
    names: set[str] = set()
    for version in kept:
        with opened(store, version) as facts:
            names |= facts.sources()
    return names


def _is_barred(store: Path, version: int, identity: bytes) -> bool:
    with opened(store, version) as facts:
        return identity in facts.erased()


def _holds(store: Path, version: int, identity: bytes) -> bool:
    with opened(store, version) as facts:
        return facts.holds(identity)


def _erase_from(store: Path, version: int, identity: bytes, reason: str, now: datetime) -> bool:
    """Whether the version had to be written anew; one that never held the record is barred to it all the same."""
    if _is_barred(store, version, identity) and not _holds(store, version, identity):
        settle(store, version)
        return False
    file = version_at_hand(store, version)
    part = file.with_suffix(".duckdb.part")
    rewrite(file, part, store / "facts" / "spill.part", identity, now, reason)
    replace_file(store, part, version)
    return True
