"""`simanta`: one module a family of commands. The one room with a door to both halves."""

import sys

from dashboard.cli import ask, load, serve, sheet, snapshot
from dashboard.cli.app import app, fail
from dashboard.errors import SimantaError

__all__ = ["app", "ask", "load", "main", "serve", "sheet", "snapshot"]


def main() -> None:
    """Runs a command. A refusal is one sentence (or one JSON object) and an exit code, never a traceback."""
    try:
        app()
    except SimantaError as error:
        fail(error.as_dict(), str(error), 1, as_json="--json" in sys.argv)
