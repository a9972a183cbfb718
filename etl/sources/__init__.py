"""The sources, one a module; each is found by being here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from etl.source import Source


@cache
def all_sources() -> tuple[Source, ...]:
    """Every `SOURCE` of the modules in this folder, by name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Source] = [module.SOURCE for module in modules]
    return tuple(sorted(found, key=lambda source: source.name))


def recognised(header: Sequence[str]) -> Source:
    """The source that knows most of a header."""
    return max(all_sources(), key=lambda source: source.known(header))
