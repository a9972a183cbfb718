"""The command itself, the options that all commands share, and how a refusal is printed."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from dashboard import access, audit, ledger
from dashboard.errors import NotAdmitted, SimantaError
from dashboard.settings import ROOT, settings
from dashboard.shared import folder_of

app = typer.Typer(
    name="simanta",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
told = Console(stderr=True)  # everything but the answer itself, so that standard output can be piped


def _version(is_asked: bool) -> None:
    """Says the release and the schema of its stores, and ends."""
    if is_asked:
        schema = (ROOT / "data" / "contract" / "VERSION").read_text(encoding="utf-8").strip()
        say(f"simanta {version('simanta')}, schema {schema}")
        raise typer.Exit


@app.callback()  # a program of several commands, also where one alone was imported
def program(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Release, and schema of its stores.")
    ] = False,
) -> None:
    """Detections of trafficking and smuggling: load sheets, read hotspots, corridors and trends, freeze views."""


StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        help="Folder of the store, or name of a shared one.",
        envvar="SIMANTA_STORE",
        parser=folder_of,
        metavar="PATH",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
# Every command takes it, so that a script need not know which of them say more than their answer.
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


def principal() -> access.Principal:
    """Who types. Raises NotAdmitted where people sign in and this account of the machine has no grant."""
    return access.at_terminal(settings().access, audit.account())


def admitted(store: Path, action: str) -> access.Principal:
    """Who types, where they may do this. Raises NotAdmitted, which is written down."""
    with denied(store, action):
        who = principal()
        if not who.may(action):
            raise NotAdmitted("ROLE", "Your role does not do this.", "Ask your administrator.", who.subject)
    return who


@contextmanager
def denied(store: Path, about: str) -> Iterator[None]:
    """Writes down what is refused to the person at the terminal."""
    try:
        yield
    except SimantaError as refusal:
        if store.is_dir():
            audit.by_command(ledger.open_ledger(store), "denied", about, refusal.code)
        raise


@contextmanager
def noted(store: Path, action: str) -> Iterator[list[str]]:
    """Writes a deed into the audit once it is known how it ended. What it was done to is put into the list."""
    about: list[str] = []
    outcome = "done"
    try:
        yield about
    except SystemExit as ended:
        outcome = "done" if not ended.code else "refused"
        raise
    except Exception as error:
        outcome = str(getattr(error, "code", "fault"))
        raise
    finally:
        if store.is_dir():
            with nullcontext() if outcome == "done" else suppress(SimantaError):  # why it was refused is told already
                audit.by_command(ledger.open_ledger(store), action, " ".join(about), outcome)
