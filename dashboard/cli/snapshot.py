"""Commands on snapshots: create, list, show, verify."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

import typer

from dashboard import ledger, snapshots
from dashboard.cli.app import JsonOption, StoreOption, app, folder, out, told
from dashboard.cli.ask import ANSWERS, FiltersOption, as_json, asked
from dashboard.errors import SnapshotAltered

family = typer.Typer(no_args_is_help=True, help="Frozen, citable views.")
app.add_typer(family, name="snapshot")

IdArgument = Annotated[str, typer.Argument(help="The id behind /s/.")]


@family.command(epilog="Example: simanta snapshot create --page hotspots --filters 'd=BD4041'")
def create(
    page: Annotated[str, typer.Option(help=f"One of {', '.join(ANSWERS)}.")] = "overview",
    filters: FiltersOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Freezes what a page shows under these filters."""
    if page not in ANSWERS:
        raise typer.BadParameter(f"one of {', '.join(ANSWERS)}", param_hint="--page")
    answer = asked(page, folder(store), {}, filters)
    made, content_hash = snapshots.freeze(
        ledger.open_ledger(folder(store)), page, answer, version("simanta"), datetime.now(UTC)
    )
    made_of = {"id": made, "link": f"/s/{made}", "hash": content_hash, "expires_at": None}
    out(made_of) if json_ else told.print(f"/s/{made}\nsha256 {content_hash}", highlight=False)


@family.command("list", epilog="Example: simanta snapshot list")
def list_(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Lists the snapshots, newest first."""
    found = ledger.list_snapshots(ledger.open_ledger(folder(store)))
    if json_:
        out({"snapshots": found})
        return
    for head in found:
        told.print(f"{head['id']}  {head['created_at']}  {head['page']}", markup=False, highlight=False)


@family.command(epilog="Example: simanta snapshot show ID --json")
def show(snapshot_id: IdArgument, store: StoreOption = None, json_: JsonOption = True) -> None:
    """Prints the frozen numbers, as JSON in any case."""
    opened = snapshots.open_snapshot(ledger.open_ledger(folder(store)), snapshot_id)
    out(
        {
            "id": opened.id,
            "hash": opened.content_hash,
            "page": opened.page,
            "created_at": opened.created_at,
            "code_version": opened.code_version,
            **as_json(opened.answer),
        }
    )


@family.command(epilog="Example: simanta snapshot verify ID")
def verify(snapshot_id: IdArgument, store: StoreOption = None, json_: JsonOption = False) -> None:
    """Says whether a snapshot is what was frozen: exit 0 intact, 1 altered."""
    try:
        opened = snapshots.open_snapshot(ledger.open_ledger(folder(store)), snapshot_id)
    except SnapshotAltered as error:
        out({"intact": False, "error": error.as_dict()}) if json_ else told.print(str(error), highlight=False)
        raise typer.Exit(1) from None
    out({"intact": True, "hash": opened.content_hash}) if json_ else told.print(f"intact, sha256 {opened.content_hash}")
