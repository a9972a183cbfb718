"""`simanta store`: facts and ledger moved from one kind of store to the other."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard import audit, ledger
from dashboard.cli.app import JsonOption, QuietOption, app, noted, out, told
from dashboard.shared import folder_of
from etl import migrate as moving

stores = typer.Typer(no_args_is_help=True, help="Moves a store between a folder and a shared one.")
app.add_typer(stores, name="store")
APART = "The first store is as it was. Now name the other one in SIMANTA_STORE, and run: simanta check --deep"


@stores.command(
    epilog="Example: simanta store migrate data/store 'ducklake:postgres:dbname=simanta host=db;data=/srv/simanta'"
)
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Folder of a store, or name of a shared one.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same of one that has no version yet.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Copies versions, keys and ledger into another store, and proves by counts and hashes that all is the same."""
    here, there = folder_of(source), folder_of(target)
    with noted(here, "backup") as about:
        about.append("store")
        rows: dict[str, int] = {}
        moved = moving.migrate(here, there, lambda: rows.update(_ledger(here, there)))
    with noted(there, "restore") as about:
        about.append(f"v{moved.current:06d}")
    tables = {
        f"v{version:06d}": {table: {"rows": n, "hash": f"{total:x}"} for table, (n, total) in sums.items()}
        for version, sums in moved.sums.items()
    }
    if as_json:
        out({"current": moved.current, "versions": moved.versions, "equal": tables, "ledger": rows, "keys": moved.keys})
    elif not quiet:
        n = sum(rows_of for sums in moved.sums.values() for rows_of, _ in sums.values())
        told.print(f"{len(tables)} versions, {n:,} rows, each table equal by count and hash.", highlight=False)
        told.print(f"{sum(rows.values()):,} lines of the ledger, each equal. {APART}", highlight=False, soft_wrap=True)


def _ledger(here: Path, there: Path) -> dict[str, int]:
    """Rows of each table that was moved. Of the audit the line on this deed is still to come, in both."""
    book, other = ledger.open_ledger(here), ledger.open_ledger(there)
    return {
        **ledger.moved(book, other, ledger.METADATA),
        **ledger.moved(book, other, ledger.JUDGED, ledger.only_added_to(ledger.JUDGEMENT)),
        **ledger.moved(book, other, audit.METADATA, audit.KEPT),
    }
