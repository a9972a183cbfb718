"""The command itself, the options that all commands share, and how a refusal is printed."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from dashboard.settings import settings

app = typer.Typer(
    name="simanta",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Detections of trafficking and smuggling: load sheets, read hotspots, corridors and trends, freeze views.",
)
told = Console(stderr=True)  # everything but the answer itself, so that standard output can be piped

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", envvar="SIMANTA_STORE")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Say nothing but the answer and errors.")]


def folder(store: Path | None) -> Path:
    """The store's folder: the option, else the configuration."""
    return store if store is not None else settings().store


def out(answer: object) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")


def say(line: str) -> None:
    """A line of an answer, on standard output, as it is."""
    sys.stdout.write(line + "\n")


def fail(error: Mapping[str, object], sentence: str, exit_code: int, as_json: bool) -> NoReturn:
    """Ends the command with its sentence, or with `{"error": …}`."""
    if as_json:
        out({"error": error})
    else:
        told.print(f"simanta: {sentence}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(exit_code)
