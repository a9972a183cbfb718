"""The command on single cases. It writes to the terminal of who may look, and is in no page, file or snapshot."""

from typing import Annotated

import typer

from dashboard import audit, ledger
from dashboard.cli.app import JsonOption, QuietOption, StoreOption, admitted, app, folder, out, say, told
from etl.cases import open_cases as found_open

WAITS_FOR = {"victim_accused": "a victim is still accused", "not_screened": "not screened yet"}


@app.command("open-cases", epilog="Example: simanta open-cases --source-ref GD-114/2026")
def open_cases(
    source_ref: Annotated[
        str | None, typer.Option(help="A record's reference, to see whether it is one of them.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Lists, by a hash of its reference, each case under a law against travellers that may accuse a victim."""
    who = admitted(folder(store), "look")
    cases = found_open(folder(store), who.districts, source_ref)
    audit.by_command(ledger.open_ledger(folder(store)), "open", "open-cases", "done")
    if as_json:
        out({"n": len(cases), "cases": [vars(case) for case in cases]})
        return
    for case in cases:
        say(f"{case.case_hash}  {WAITS_FOR[case.waits_for]}  {case.legal_basis}  {case.detecting_agency or '-'}")
    if not quiet:
        told.print(
            f"{len(cases):,} open. --source-ref REFERENCE says which hash is a record of yours.", highlight=False
        )
