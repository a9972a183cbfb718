"""Cases that still accuse a victim, or wait to be screened: by pseudonym, for the officer whose cases they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl import scrub
from etl.facts import OpenCase, opened
from etl.sources import all_sources
from etl.store import current, site_key


def open_cases(store: Path, districts: Sequence[str] | None, reference: str | None = None) -> list[OpenCase]:
    """Open cases of the version in force within some districts, None for all; of a reference, its own if it is open.

    Raises LoadError where the store or its key cannot be read.
    """
    version = current(store)
    if version is None:
        return []
    with opened(store, version) as facts:
        found, sources = facts.open_cases(districts), facts.sources()
    if reference is None:
        return found
    key, told = site_key(store, keep=False), pl.Series([reference.strip()])
    names = sources | {each.name for each in all_sources()}
    mine = {scrub.pseudonyms(key, name, told)[0].hex() for name in names}
    return [case for case in found if case.case_hash in mine]
