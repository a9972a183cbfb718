"""Writes docs/commands.md from the command line itself: `make reference` after any change of a command."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.main import get_command

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.cli import commands  # noqa: E402
from dashboard.cli.ask import FILTERS  # noqa: E402

PAGE = ROOT / "docs" / "commands.md"
TOP = """# Commands

Made by `make reference` from the command line itself: change it there. `simanta COMMAND --help` says the same.

Exit codes of all: 0 done; 1 refused or not as it must be, and nothing was changed; 2 the command was written wrongly;
3 another loader is running; 4 (`snapshot verify` alone) intact, and over or taken back.

Every command that answers a question takes the *filters* beside its own options:
{filters}.
What each means, and its name in a link, is in [filters.md](filters.md).
"""
KINDS = {"datetime": "moment", "Path": "file or folder", "int": "whole number", "float": "number", "str": "text"}


def page() -> str:
    """The whole document."""
    filters = ", ".join(f"`{option}`" for option in _filter_options())
    return "\n".join([TOP.format(filters=filters), *_command(get_command(commands()), "simanta")])


def _filter_options() -> list[str]:
    takes = get_command(commands()).commands["overview"].params
    return [each.opts[0] for each in takes if each.name in FILTERS]


def _command(command: Any, name: str) -> Iterator[str]:
    """One command, and below a family those of it."""
    if command.params and name != "simanta":
        yield f"## `{name}`\n\n{command.help}\n"
        yield from _parameters(command.params)
        yield f"```\n{command.epilog.removeprefix('Example: ')}\n```\n"
    for _, inner in sorted(getattr(command, "commands", {}).items()):  # in which order they were imported says nothing
        yield from _command(inner, f"{name} {inner.name}")


def _parameters(params: list[Any]) -> Iterator[str]:
    asks = {each.name for each in params} >= set(FILTERS)
    own = [each for each in params if not (asks and each.name in FILTERS)]
    yield "| option | takes | what it says |\n|---|---|---|"
    for each in own:
        yield f"| {_name(each)} | {_takes(each)} | {_cell(each.help or '')}{_default(each)} |"
    yield "| *the filters* | | see [filters.md](filters.md) |\n" if asks else ""


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"*{param.metavar or param.name.upper().removesuffix('_')}*{' …' if param.nargs == -1 else ''}"
    return f"`{param.opts[0]}`{', required' if param.required else ''}"


def _takes(param: Any) -> str:
    kind = param.type_descriptor.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if kind is bool:
        return ""
    inner = get_args(kind)[0] if get_origin(kind) is list else kind
    told = KINDS[inner.__name__] + (", repeatable" if get_origin(kind) is list and param.opts[0][0] == "-" else "")
    return told + _span(param)


def _span(param: Any) -> str:
    if param.min is None:
        return ""
    return f", {param.min} to {param.max}" if param.max is not None else f", {param.min} or more"


def _default(param: Any) -> str:
    if param.default in (None, False, True, ""):
        return f" Else `{param.envvar}`, else the configuration." if param.envvar else ""
    return f" Without it `{param.default}`."


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
