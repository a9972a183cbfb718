"""Commands that keep the store: versions, rollback, prune, erase, encrypt, check."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard import audit, ledger, snapshots
from dashboard.cli.app import JsonOption, QuietOption, StoreOption, app, folder, noted, out, say, told
from dashboard.errors import SimantaError
from dashboard.settings import ROOT
from etl import store as stores
from etl.check import Line
from etl.check import check as checked
from etl.encrypt import encrypt as encrypted
from etl.erase import erase as erased
from etl.errors import LoadError
from etl.facts import opened

BARE = "Backups made before are not encrypted, or are under the key before: replace or erase them too."
BACKUPS = "Backups may still hold the record: replace or erase them too. Restart a dashboard that is running."


@app.command(epilog="Example: simanta versions --json")
def versions(store: StoreOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Lists the published versions: number, when, rows, size, files, note; the one in force and the pinned marked."""
    now = stores.pointer(folder(store))
    about = [_about(folder(store), version, now.current) for version in now.published]
    if as_json:
        out({"current": now.current, "versions": list(now.published), "about": about})
        return
    for each in about:
        mark = "*" if each["is_current"] else " "
        pinned = "  pinned" if each["is_pinned"] else ""
        if each["error"]:
            say(f"{mark} v{each['version']:06d}  {each['error']}")
            continue
        files = ", ".join(map(str, each["files"]))  # type: ignore[call-overload]  # a list of names
        say(
            f"{mark} v{each['version']:06d}  {each['published_at']:%Y-%m-%d %H:%M}  {each['rows']:,} rows  "
            f"{int(str(each['bytes'])) / 1e6:,.1f} MB  {files}{pinned}  {each['note']}".rstrip()
        )


def _about(store: Path, version: int, current: int | None) -> dict[str, object]:
    marks = {"version": version, "is_current": version == current, "is_pinned": version in _pinned(store)}
    try:
        with opened(store, version) as facts:
            about = vars(facts.about())
        return marks | about | {"bytes": stores.size_of(store, version), "error": None}
    except LoadError as error:
        return marks | {"error": error.message}


def _pinned(store: Path) -> frozenset[int]:
    return snapshots.pinned_versions(ledger.open_ledger(store))


@app.command(epilog="Example: simanta rollback 42")
def rollback(
    version: Annotated[int, typer.Argument(help="The version to go back to.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Puts an earlier version in force; a later load still gets a new number."""
    with noted(folder(store), "rollback") as about:
        about.append(f"v{version:06d}")
        if version in stores.versions(folder(store)):
            _readable(folder(store), version)
        stores.rollback(folder(store), version)
    if as_json:
        out({"version": version})
    elif not quiet:
        told.print(f"The current version is v{version:06d}.", highlight=False)


def _readable(store: Path, version: int) -> None:
    """Raises LoadError where this program cannot read a version: its file is damaged, or of another release."""
    with opened(store, version):
        pass


@app.command(epilog="Example: simanta prune --keep 10")
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions to keep.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Removes old versions; never the one in force, nor one that a snapshot was made from."""
    with noted(folder(store), "prune") as about:
        if (now := stores.current(folder(store))) is not None:
            _readable(folder(store), now)  # of a newer release: what it keeps, this one cannot know
        removed = stores.prune(folder(store), keep, _pinned(folder(store)))
        about += [f"v{each:06d}" for each in removed]
    if as_json:
        out({"removed": list(removed), "versions": list(stores.versions(folder(store)))})
    elif not quiet:
        told.print(f"removed: {', '.join(f'v{each:06d}' for each in removed) or 'none'}", highlight=False)


@app.command(epilog="Example: simanta erase --source-ref GD-114/2026 --reason 'court order'")
def erase(
    source_ref: Annotated[str, typer.Option(help="The record's reference, as its sheet writes it.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the tombstone. No names, no numbers of people.")],
    source: Annotated[str | None, typer.Option(help="Its source, where more than one has this reference.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Removes a record from every kept version, and bars its reference from coming back."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with noted(folder(store), "erase") as about:
        done = erased(folder(store), source_ref, source, reason, now)
        about += [f"v{each:06d}" for each in done.rewritten]
    if as_json:
        out(vars(done) | {"warning": BACKUPS})
    elif not quiet:
        held = ", ".join(f"v{each:06d}" for each in done.held) or "no version any more"
        rewritten = ", ".join(f"v{each:06d}" for each in done.rewritten) or "none"
        told.print(f"held by: {held}\nwritten anew: {rewritten}\n{BACKUPS}", highlight=False, soft_wrap=True)


@app.command(epilog="Example: SIMANTA_FACTS_KEY=/run/keys/facts.key simanta encrypt")
def encrypt(store: StoreOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Writes each version anew under SIMANTA_FACTS_KEY; what has another key is read with SIMANTA_FACTS_KEY_BEFORE."""
    with noted(folder(store), "encrypt") as about:
        done = encrypted(folder(store))
        about += [f"v{each:06d}" for each in done]
    if as_json:
        out({"encrypted": list(done), "warning": BARE})
    elif not quiet:
        written = ", ".join(f"v{each:06d}" for each in done) or "none"
        told.print(f"written anew: {written}\n{BARE}", highlight=False, soft_wrap=True)


@app.command(epilog="Example: simanta check --deep")
def check(
    deep: Annotated[bool, typer.Option("--deep", help="Hash every version, not only the one in force.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Says of each thing that must hold whether it does: exit 0 all hold, 1 not."""
    now = datetime.now(UTC).replace(tzinfo=None)
    lines = [*checked(folder(store), now, deep=deep), _ledger(folder(store)), _audit(folder(store)), _fonts()]
    holds = all(line.holds for line in lines)
    if as_json:
        out({"holds": holds, "lines": [vars(line) for line in lines]})
    else:
        for line in lines:
            if not quiet or not line.holds:
                say(f"{'ok ' if line.holds else 'NOT'}  {line.name}: {line.told}")
    raise typer.Exit(0 if holds else 1)


def _ledger(store: Path) -> Line:
    opened_ledger = ledger.open_ledger(store)
    try:
        n, decided = len(ledger.list_snapshots(opened_ledger)), len(ledger.list_decisions(opened_ledger))
        released = len(ledger.list_releases(opened_ledger))
    except SimantaError as error:
        return Line("ledger", False, str(error))
    return Line(
        "ledger", True, f"{n} snapshots, {decided} decisions on refused rows, {released} releases of protected figures"
    )


def _audit(store: Path) -> Line:
    """The chain of who did what, walked from its first line."""
    try:
        chain = audit.verify(ledger.open_ledger(store))
    except SimantaError as error:
        return Line("audit", False, str(error))
    return Line("audit", chain.broken_at is None, chain.why)


def _fonts() -> Line:
    """Every font that the theme names: without them Bangla may be shown as boxes."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    files = {ROOT / face["url"].removeprefix("app/") for face in theme["fontFaces"]}
    missing = sorted(file.name for file in files if not file.is_file())
    return Line("fonts", not missing, f"missing: {', '.join(missing)}" if missing else f"{len(files)} there")
