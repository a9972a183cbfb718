"""`simanta`: one module a family of commands. The one room with a door to both halves."""

import sys

from dashboard.cli import ask, keep, load, quarantine, serve, sheet, snapshot
from dashboard.cli.app import app, fail
from dashboard.errors import SimantaError
from etl.errors import LoadError, fault_of

__all__ = ["app", "ask", "keep", "load", "main", "quarantine", "serve", "sheet", "snapshot"]


def main() -> None:
    """Runs a command. A refusal is one sentence (or one JSON object) and an exit code, never a traceback."""
    try:
        app()
    except (SimantaError, LoadError) as error:
        exit_code = error.exit_code if isinstance(error, LoadError) else 1
        fail(error.as_dict(), str(error), exit_code, as_json="--json" in sys.argv)
    except Exception as error:  # noqa: BLE001  # its own words may quote a cell: its kind and place are told
        fault = fault_of(error)
        fail(fault.as_dict(), str(fault), fault.exit_code, as_json="--json" in sys.argv)
