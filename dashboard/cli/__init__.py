"""`simanta`: one module a family of commands. The one room with a door to both halves."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from dashboard.cli.app import app, fail
from dashboard.errors import SimantaError
from etl.errors import LoadError, fault_of

FAMILIES = (
    "ask",
    "audit",
    "backup",
    "cases",
    "handout",
    "keep",
    "lists",
    "load",
    "quarantine",
    "serve",
    "sheet",
    "snapshot",
    "store",
)
# Commands that need no statistics, which take longer to import than a daily load: the family of each.
HOME = {
    "load": "load", "demo": "load", "practice": "load", "serve": "serve", "inspect": "sheet", "template": "sheet",
    "versions": "keep", "rollback": "keep", "prune": "keep", "erase": "keep", "encrypt": "keep", "check": "keep",
    "quarantine": "quarantine", "open-cases": "cases", "backup": "backup", "restore": "backup",
    "store": "store",
}  # fmt: skip


def commands(words: Sequence[str] = ()) -> typer.Typer:
    """The program with the family of the command that is typed; with all of them where that is not a plain one."""
    named = HOME.get(next((word for word in words if not word.startswith("-")), ""))
    for family in [named] if named else FAMILIES:
        import_module(f"dashboard.cli.{family}")
    return app


def main() -> None:
    """Runs a command. A refusal is one sentence (or one JSON object) and an exit code, never a traceback."""
    try:
        commands(sys.argv[1:])()
    except (SimantaError, LoadError) as error:
        exit_code = error.exit_code if isinstance(error, LoadError) else 1
        fail(error.as_dict(), str(error), exit_code, as_json="--json" in sys.argv)
    except Exception as error:  # noqa: BLE001  # its own words may quote a cell: its kind and place are told
        fault = fault_of(error)
        fail(fault.as_dict(), str(fault), fault.exit_code, as_json="--json" in sys.argv)
