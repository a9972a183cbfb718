"""Every kept version under the key in force: once when a key is set at first, and again when it is changed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from etl import facts
from etl.errors import LoadError
from etl.facts_key import WRONG_KEY, facts_key, is_encrypted, missing_key
from etl.store import locked, pointer, replace_file, settle, sweep, version_file


def encrypt(store: Path) -> tuple[int, ...]:
    """The versions that had to be written anew, newest first. Each version is whole at every moment.

    One that died goes on where it stopped when it is asked for again.
    Raises LoadError FACTS_KEY_MISSING, FACTS_KEY_WRONG, BUSY, or what is wrong with the store.
    """
    if facts_key() is None:
        raise missing_key()
    with locked(store), facts.in_words(store), ExitStack() as stack:
        sweep(store)
        stack.callback(sweep, store)
        (store / "facts" / "spill.part").mkdir(mode=0o700)
        return tuple(each for each in sorted(pointer(store).published, reverse=True) if _is_encrypted_anew(store, each))


def _is_encrypted_anew(store: Path, version: int) -> bool:
    if _is_done(store, version):
        settle(store, version)
        return False
    file = version_file(store, version)
    part = file.with_suffix(".duckdb.part")
    facts.encrypt(file, part, store / "facts" / "spill.part")
    replace_file(store, part, version)
    return True


def _is_done(store: Path, version: int) -> bool:
    """Whether a version opens with the key in force, and not without."""
    try:
        with facts.opened(store, version):
            return is_encrypted(version_file(store, version))
    except LoadError as error:
        if error.code == WRONG_KEY:
            return False
        raise
