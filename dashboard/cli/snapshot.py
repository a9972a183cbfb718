"""Commands on snapshots: create, list, show, verify, compare, revoke, key."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from dashboard import audit, database, differences, ledger, sealed, signing, snapshots
from dashboard.access import EXACT, MAY, Audience, Principal
from dashboard.cli.app import (
    JsonOption,
    QuietOption,
    StoreOption,
    admitted,
    app,
    denied,
    folder,
    noted,
    out,
    principal,
    say,
    told,
)
from dashboard.cli.ask import HOW_TO_NAME, FiltersOption, as_json, code_of
from dashboard.cli.handout import LangOption, PageOption, to_give, write
from dashboard.errors import SimantaError, SnapshotAltered, SnapshotExpired, SnapshotRevoked
from dashboard.i18n import Text
from dashboard.settings import settings

family = typer.Typer(no_args_is_help=True, help="Frozen, citable views.")
app.add_typer(family, name="snapshot")
INTACT, ALTERED, OVER = 0, 1, 4  # exit codes of verify

IdArgument = Annotated[str, typer.Argument(help="The id behind /s/.")]
ForOption = Annotated[list[str] | None, typer.Option("--for", help="A person, as they sign in; repeatable.")]
RoleOption = Annotated[list[str] | None, typer.Option("--role", help="A role whose people may open it; repeatable.")]
OfOption = Annotated[
    list[str] | None, typer.Option("--of", help="A district, code or name, whose people may; repeatable.")
]
FiguresOption = Annotated[
    Literal["inside", "outside"] | None,
    typer.Option("--figures", help="Protected figures, as a reader inside or outside the force is shown them."),
]
FIGURES = {
    EXACT: "counts from 5 on as you read them",
    "inside": "figures rounded for readers inside the force",
    "outside": "figures rounded for readers outside the force",
}
DaysOption = Annotated[int, typer.Option("--days", help="Until it ends.")]
SeriesOption = Annotated[
    str | None, typer.Option("--series", help="A name; it takes the place of the last one of that name.")
]


@family.command(epilog="Example: simanta snapshot create --page overview --filters 'd=BD4041' --role planner")
def create(
    page: PageOption = "overview",
    filters: FiltersOption = None,
    for_: ForOption = None,
    role: RoleOption = None,
    of: OfOption = None,
    days: DaysOption = snapshots.DAYS,
    series: SeriesOption = None,
    supersedes: Annotated[str | None, typer.Option(help="The id whose place it takes.")] = None,
    figures: FiguresOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Freezes what a page shows under these filters, as those may see it who are named, until it ends. Signed."""
    book, now, who = ledger.open_ledger(folder(store)), _now(), admitted(folder(store), "share")
    named = Audience((who.subject, *(for_ or ())), _roles(role or ()), _districts(folder(store), of or ()))
    before = supersedes or (ledger.find_last_of(book, series) if series else None)
    terms = snapshots.Terms.of(who.subject, named, now, days, series, before)
    theirs = partial(snapshots.for_audience, audience=named, rules=settings().access)
    answer = to_give(page, folder(store), {}, filters, figures, theirs)
    deed = audit.at_terminal("share")
    made, content_hash = snapshots.freeze(book, page, answer, version("simanta"), now, terms, deed)
    ends = terms.expires_at.isoformat()
    made_of = {"id": made, "link": f"/s/{made}", "hash": content_hash, "expires_at": ends, "supersedes": before}
    line = f"/s/{made}\nsha256 {content_hash}\nuntil {ends[:10]}, {FIGURES[answer.reader]}"
    out(made_of | {"figures": answer.reader}) if json_ else told.print(line, highlight=False)


def _roles(given: Sequence[str]) -> tuple[str, ...]:
    """The roles as they are. Raises SimantaError naming one that there is not: the snapshot would open for nobody."""
    if unknown := [name for name in given if name not in MAY]:
        raise SimantaError("ROLE_UNKNOWN", f"No role: {', '.join(unknown)}.", f"Name one of: {', '.join(MAY)}.")
    return tuple(given)


def _districts(store: Path, given: Sequence[str]) -> tuple[str, ...]:
    """Codes of districts, from codes or names. Raises SimantaError naming what is no district of the store."""
    if not given:
        return ()
    opened = database.open_current(store)
    codes = {name: code_of(opened, "d", name) for name in given}
    if unknown := [name for name, code in codes.items() if code not in opened.codes["district"]]:
        raise SimantaError("DISTRICT_UNKNOWN", f"No district: {', '.join(unknown)}.", HOW_TO_NAME)
    return tuple(codes.values())


@family.command("list", epilog="Example: simanta snapshot list")
def list_(store: StoreOption = None, json_: JsonOption = False, quiet: QuietOption = False) -> None:
    """Lists the snapshots, newest first."""
    book = ledger.open_ledger(folder(store))
    who = principal()
    found = [head | {"state": _state(book, head["id"], who)} for head in ledger.list_snapshots(book)]
    found = [head for head in found if head["state"] != "unknown"]  # of what is for others nothing is told
    if json_:
        out({"snapshots": found})
        return
    for head in found:
        line = f"{head['id']}  {head['created_at']}  {head['page']}  {head['state']}"
        told.print(line, markup=False, highlight=False)


def _state(book: ledger.Ledger, snapshot_id: str, who: Principal) -> str:
    """Whether it opens now for this person."""
    try:
        snapshots.open_for(book, snapshot_id, who, _now())
    except SimantaError as error:
        return error.code.removeprefix("SNAPSHOT_").lower()
    return "open"


@family.command(epilog="Example: simanta snapshot show ID --out view.html --lang bn")
def show(
    snapshot_id: IdArgument,
    out_: Annotated[Path | None, typer.Option("--out", help="A file, .html or .pdf, that opens anywhere.")] = None,
    lang: LangOption = "en",
    store: StoreOption = None,
    json_: JsonOption = True,
    quiet: QuietOption = False,
) -> None:
    """Prints the frozen numbers, as JSON in any case; or writes the snapshot as one file that verify takes anywhere."""
    opened = _opened(folder(store), snapshot_id)
    if out_ is not None:
        _write(opened, out_, lang, folder(store), json_)
        return
    out(
        {
            "id": opened.id,
            "hash": opened.content_hash,
            "page": opened.page,
            "created_at": opened.created_at,
            "code_version": opened.code_version,
            "expires_at": opened.terms.expires_at.isoformat(),
            "key_id": opened.key_id,
            **as_json(opened.answer),
        }
    )


def _opened(store: Path, snapshot_id: str) -> snapshots.Snapshot:
    """A snapshot for who types; that it was opened, or was not, is written down first."""
    book = ledger.open_ledger(store)
    with denied(store, audit.short(snapshot_id)):
        opened = snapshots.open_for(book, snapshot_id, principal(), _now())
    audit.by_command(book, "open", audit.short(snapshot_id))
    return opened


def _write(opened: snapshots.Snapshot, file: Path, lang: str, store: Path, as_json: bool) -> None:
    kind = file.suffix.lower().removeprefix(".")
    if kind not in sealed.MARKS:
        raise typer.BadParameter(f"its ending is one of {', '.join(sealed.MARKS)}", param_hint="--out")
    logging.disable(logging.WARNING)  # Streamlit would say that this is no server
    from dashboard.components import frozen
    from dashboard.pages import BY_NAME

    keys = signing.folder_of(store)
    audit.by_command(ledger.open_ledger(store), "export", f"{audit.short(opened.id)} {kind}")
    write(file, frozen.file_of(BY_NAME[opened.page], opened, Text(lang), kind, keys, _now()), as_json)


@family.command(epilog="Example: simanta snapshot verify view.pdf --key hq.txt")
def verify(
    what: Annotated[str, typer.Argument(metavar="ID|FILE", help="The id behind /s/, or a file of show --out.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The sender's public key, as `simanta snapshot key` prints it.")
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Says whether a snapshot is what was frozen: exit 0 intact, 1 altered or signed by nobody known, 4 over."""
    try:
        content_hash = _of_file(Path(what), key, folder(store)) if Path(what).is_file() else _of_id(what, folder(store))
    except (SnapshotAltered, SnapshotExpired, SnapshotRevoked) as error:
        is_intact = not isinstance(error, SnapshotAltered)
        out({"intact": is_intact, "error": error.as_dict()}) if json_ else told.print(str(error), highlight=False)
        raise typer.Exit(OVER if is_intact else ALTERED) from None
    out({"intact": True, "hash": content_hash}) if json_ else told.print(f"intact, sha256 {content_hash}")


def _of_file(file: Path, key: Path | None, store: Path) -> str:
    """The content hash that an intact file names. Raises as `verify` tells."""
    keys = signing.folder_of(store)
    seal = sealed.unsealed(file.read_bytes(), signing.keyring(key) if key else signing.known_keys(keys))
    book = ledger.open_ledger(store)
    if ledger.find_tombstone(book, seal.id):  # known to its own installation alone
        snapshots.open_snapshot(book, seal.id)
    if _now() >= datetime.fromisoformat(seal.expires_at):
        raise SnapshotExpired("SNAPSHOT_EXPIRED", f"Intact, and ended on {seal.expires_at[:10]}.", "Ask for a new one.")
    return seal.content_hash


def _of_id(snapshot_id: str, store: Path) -> str:
    opened = snapshots.open_snapshot(ledger.open_ledger(store), snapshot_id)
    if _now() >= opened.terms.expires_at:
        raise snapshots.expired(opened.terms)
    return opened.content_hash


@family.command(epilog="Example: simanta snapshot compare ID ID")
def compare(
    before: IdArgument,
    now: IdArgument,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Lists the counts that differ between two snapshots of one page."""
    old, new = (_opened(folder(store), each) for each in (before, now))
    if old.page != new.page:
        raise SimantaError("NOT_COMPARABLE", f"One is of {old.page}, one of {new.page}.", "Name two of one page.")
    found = differences.between(old.answer, new.answer)
    if json_:
        rows = [{"figure": d.figure, **dict(d.key), "before": d.before, "now": d.now} for d in found]
        is_same = old.answer.filters == new.answer.filters
        out({"page": old.page, "same_filters": is_same, "changed": rows})
        return
    if old.answer.filters != new.answer.filters:
        told.print("The two were made under other filters.", highlight=False)
    for each in found:
        what = each.figure or " ".join(str(value) for _, value in each.key)
        say(f"{what}: {_count(each.before, each.under[0])} -> {_count(each.now, each.under[1])}")
    told.print(f"{len(found)} differ", highlight=False)


def _count(n: int | None, below: int) -> str:
    return f"<{below}" if n is None else str(n)


@family.command(epilog="Example: simanta snapshot revoke ID --reason 'wrong period'")
def revoke(
    snapshot_id: IdArgument,
    reason: Annotated[str, typer.Option(help="Why; it is shown to those who could open it. Name nobody.")],
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Takes a snapshot back: its contents are gone for good, and its link says since when and why."""
    now, book, who = _now(), ledger.open_ledger(folder(store)), admitted(folder(store), "share")
    with denied(folder(store), audit.short(snapshot_id)):
        snapshots.revoke(book, snapshot_id, who, reason, now, audit.at_terminal("revoke"))
    made = {"id": snapshot_id, "revoked_at": now.isoformat(timespec="seconds")}
    out(made) if json_ else told.print(f"{snapshot_id} is taken back; copies in files are not", highlight=False)


@family.command(epilog="Example: simanta snapshot key > hq.txt")
def key(
    rotate: Annotated[bool, typer.Option("--rotate", help="Makes a new one; the old ones still verify.")] = False,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Prints the public keys of this installation, newest last: to be handed to those who verify elsewhere."""
    keys = signing.folder_of(folder(store))
    if rotate or not (keys / signing.KEYRING).exists():
        with noted(folder(store), "key") as about:
            signing.rotate(keys, _now())
            about += ["rotate", list(signing.known_keys(keys))[-1]]
    lines = (keys / signing.KEYRING).read_text(encoding="utf-8").splitlines()
    if json_:
        out({"keys": [dict(zip(("key_id", "public_key", "since"), line.split(), strict=True)) for line in lines]})
        return
    for line in lines:
        say(line)


def _now() -> datetime:
    return datetime.now(UTC)
