"""Writes docs/configuration.md from the settings themselves: `make reference` after any change of a setting."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.settings import Access, Disclosure, Grant, Settings  # noqa: E402

PAGE = ROOT / "docs" / "configuration.md"
TOP = """# Configuration

Made by `make reference` from `dashboard/settings.py`: change it there. Nothing needs to be set to run on one machine.

What is set stands in `simanta.toml` beside `Makefile`, or in the environment, which wins. Both are checked at the
start: a key that there is not, or a value that cannot be read, is named, never quoted, and nothing starts. What to
write for more than one person, with examples: [administrator.md](administrator.md).

The key of encrypted facts stands in the environment alone, for the dashboard and for every command:
`SIMANTA_FACTS_KEY`, and while it is changed `SIMANTA_FACTS_KEY_BEFORE`. Either holds 32 random bytes in base64, or the
absolute path of a file that holds them ([administrator.md](administrator.md), 7).
"""
TABLES: dict[str, tuple[type[BaseModel], str, str]] = {
    "## At the top of the file": (Settings, "", "SIMANTA_"),
    "## `[access]`": (Access, "access.", "SIMANTA_ACCESS__"),
    "## `[disclosure]`": (Disclosure, "disclosure.", "SIMANTA_DISCLOSURE__"),
    '## A grant: `[access.people."NAME"]`, `[access.groups."NAME"]`': (Grant, "", ""),
}
KINDS = {
    Path: "file or folder",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "secret",
    bool: "true or false",
}


def page() -> str:
    """The whole document."""
    return "\n".join([TOP, *(line for title, of in TABLES.items() for line in _table(title, *of))])


def _table(title: str, model: type[BaseModel], path: str, prefix: str) -> Iterator[str]:
    yield f"{title}\n"
    yield "| key | in the environment | takes | without it | what it says |\n|---|---|---|---|---|"
    for name, field in model.model_fields.items():
        variable = f"`{prefix}{name.upper()}`" if prefix and not _is_table(field) else ""
        if not field.description:
            raise ValueError(f"{model.__name__}.{name} has no docstring: say below it what it is for.")
        yield f"| `{path}{name}` | {variable} | {_takes(field)} | {_default(field)} | {field.description} |"
    yield ""


def _is_table(field: FieldInfo) -> bool:
    kind = field.annotation
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _takes(field: FieldInfo) -> str:
    least, most = ([getattr(each, side) for each in field.metadata if hasattr(each, side)] for side in ("ge", "le"))
    span = f", {least[0]} to {most[0]}" if least and most else ""
    return ("a table" if _is_table(field) else _kind(field.annotation)) + span


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f'`"{choice}"`' for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "a list of codes"
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_kind(each) for each in get_args(kind) if each is not type(None))
    return KINDS[kind]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    if field.default in (None, (), {}) or _is_table(field):
        return ""
    told = field.default
    return f"`{told.relative_to(ROOT).as_posix() if isinstance(told, Path) else told}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
