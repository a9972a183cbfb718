"""Commands on the audit: who did what; whether the chain is whole; what to write down elsewhere."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard import audit, ledger
from dashboard.cli.app import JsonOption, QuietOption, StoreOption, admitted, app, folder, out, say
from dashboard.errors import SimantaError

family = typer.Typer(help="Who did what, when, from where.")
app.add_typer(family, name="audit")

SHOWN = 200


@family.callback(invoke_without_command=True, epilog="Example: simanta audit --since 2026-11-01 --json")
def lines(
    asked: typer.Context,
    user: Annotated[str | None, typer.Option(help="Only lines of this person, as the lines write them.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only lines from this day or moment on; UTC where it says no other.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Lists the lines, the last first; with --json all of them, with the filters of each question."""
    if asked.invoked_subcommand:
        return
    beginning = _moment(since) if since is not None else None
    admitted(folder(store), "audit")
    book = ledger.open_ledger(folder(store))
    audit.by_command(book, "open", "audit")
    found = audit.lines(book, user, beginning, None if as_json else SHOWN)
    if as_json:
        questions = audit.questions(book)
        out({"lines": [asdict(line) | {"filters": questions.get(line.question)} for line in found]})
        return
    for line in found:
        say(
            f"{line.seq:>7}  {line.at[:19]}  {line.subject}  {line.role}  {line.address}  {line.action}  "
            f"{line.object}  {line.outcome}"
        )


def _moment(given: str) -> str:
    """A day (its first moment) or a moment, in UTC as the lines write it. Raises BadParameter where it is neither."""
    try:
        told = datetime.fromisoformat(given.strip())
        at = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        said = "write a day or a moment: 2026-11-30, 2026-11-30T17:00 (UTC) or 2026-11-30T23:00+06:00"
        raise typer.BadParameter(said, param_hint="--since") from None
    return at.isoformat(timespec="milliseconds")


@family.command(epilog="Example: simanta audit verify --anchors anchors.txt")
def verify(
    anchors: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Lines that `anchor` printed, kept elsewhere.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Walks the chain from its first line: exit 0 whole, 1 not."""
    chain = audit.verify(ledger.open_ledger(folder(store)), _read(anchors) if anchors else None)
    if as_json:
        out({"intact": chain.broken_at is None, "n": chain.n, "last": chain.last, "told": chain.why})
    elif not quiet or chain.broken_at is not None:
        say(chain.why)
    raise typer.Exit(0 if chain.broken_at is None else 1)


@family.command(epilog="Example: simanta audit anchor >> /media/usb/anchors.txt")
def anchor(store: StoreOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Prints the last line's number and hash, to be kept where nobody who can write here can write."""
    chain = audit.verify(ledger.open_ledger(folder(store)))
    if chain.broken_at is not None:
        raise SimantaError("AUDIT_BROKEN", f"{chain.why}.", "Hold it against the anchors that you kept.")
    out({"seq": chain.n, "hash": chain.last}) if as_json else say(f"{chain.n} {chain.last}")


def _read(file: Path) -> dict[int, str]:
    """Number of a line to its hash. Raises SimantaError naming a line that is no anchor."""
    found: dict[int, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        seq, _, digest = line.strip().partition(" ")
        if not line.strip():
            continue
        if not seq.isdecimal() or len(digest) != len(audit.BEGINNING):
            raise SimantaError("ANCHOR_UNREADABLE", f"{file.name}, line {number}: no anchor.", "Write NUMBER HASH.")
        found[int(seq)] = digest
    return found
