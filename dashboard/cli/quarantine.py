"""Commands on refused rows: list, export for correction, dismiss."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard import audit, ledger
from dashboard.cli.app import (
    JsonOption,
    QuietOption,
    StoreOption,
    app,
    denied,
    folder,
    noted,
    out,
    principal,
    say,
    told,
)
from dashboard.errors import NotAdmitted
from etl import scrub
from etl import store as stores
from etl.errors import LoadError
from etl.facts import Refusal, opened
from etl.quarantine import write_workbook

family = typer.Typer(no_args_is_help=True, help="Refused rows: see them, correct them, dismiss them.")
app.add_typer(family, name="quarantine")

RuleOption = Annotated[str | None, typer.Option("--rule", help="Only rows that this rule refused.")]
FileOption = Annotated[str | None, typer.Option("--file", help="Only rows of the file of this name.")]
SHOWN = 50


@family.command("list", epilog="Example: simanta quarantine list --rule impossible_date --open")
def list_(
    rule: RuleOption = None,
    file: FileOption = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only rows that nobody has dealt with.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Lists refused rows: by rule and file with their number, then row by row with what became of each."""
    _officer(folder(store))
    if folder(store).is_dir():  # one that is not there has no row to tell of
        audit.by_command(ledger.open_ledger(folder(store)), "open", "refused rows")
    told_rows, groups, n = [], Counter[tuple[str, str]](), 0
    for row in _rows(folder(store), rule, file):
        if not is_open or row["status"] == "open":
            n += 1
            groups[str(row["rule"]), str(row["file"])] += 1
            if as_json or n <= SHOWN:
                told_rows.append(row)
    if as_json:
        told_of = [{"rule": rule, "file": file, "n": n} for (rule, file), n in groups.most_common()]
        out({"version": stores.current(folder(store)), "n": n, "groups": told_of, "rows": told_rows})
        return
    for (rule_name, file_name), many in groups.most_common():
        say(f"{many:>8,}  {rule_name}  {file_name}")
    for row in told_rows:
        say(_told(row))
    if n > SHOWN and not quiet:
        told.print(f"and {n - SHOWN:,} more: narrow them with --rule, --file, --open, or ask for --json")


def _officer(store: Path) -> None:
    """Refused rows are of every district, as loads are. Raises NotAdmitted, which is written down."""
    with denied(store, "refused rows"):
        who = principal()
        if not who.sees_all:
            raise NotAdmitted("ROLE", "Your role does not read refused rows.", "Ask your administrator.", who.subject)


def _told(row: Mapping[str, object]) -> str:
    where = ", ".join(str(part) for part in (row["file"], row["sheet"], f"row {row['row']}") if part)
    since = f" in version {row['status_in']}" if row["status_in"] else ""
    return f"{row['quarantine_id']}  {where}, {row['field']}: {row['rule']}. {row['fix']}  [{row['status']}{since}]"


def _rows(store: Path, rule: str | None, file: str | None) -> Iterator[dict[str, object]]:
    """Refused rows with what the ledger knows of them; without what was kept of their cells."""
    decisions = ledger.list_decisions(ledger.open_ledger(store))
    for refusal in _refusals(store, rule, file):
        row = {name: value for name, value in vars(refusal).items() if name not in ("kept", "is_identified")}
        decision = decisions.get(refusal.quarantine_id)
        yield row | ({"status": "dismissed"} | decision if decision and refusal.status == "open" else {})


def _refusals(store: Path, rule: str | None = None, file: str | None = None) -> Iterator[Refusal]:
    current = stores.current(store)
    if current is not None:
        with opened(store, current) as facts:
            yield from facts.refusals(rule, file)


@family.command(epilog="Example: simanta quarantine export to_correct.xlsx --file patrol_feb.xlsx")
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.")],
    rule: RuleOption = None,
    file: FileOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes the open rows as a workbook: correct the cells, then load the same file again."""
    _officer(folder(store))
    dismissed = ledger.list_decisions(ledger.open_ledger(folder(store)))
    found = _refusals(folder(store), rule, file)
    rows = (each for each in found if each.status == "open" and each.quarantine_id not in dismissed)
    with noted(folder(store), "export") as about:
        about.append("refused rows")
        sheets = {name: n for name, n in write_workbook(target, folder(store), rows).items() if n}
    if as_json:
        out({"file": target.name, "n": sum(sheets.values()), "sheets": sheets})
    elif not quiet:
        told_of = ", ".join(f"{n:,} in sheet {name}" for name, n in sheets.items()) or "no rows"
        told.print(f"{told_of}. Correct them, then: simanta load {target.name}", markup=False, highlight=False)


@family.command(epilog="Example: simanta quarantine resolve Q7-12 Q7-13 --reason 'no incident'")
def resolve(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Numbers of refused rows, as `list` shows them.")],
    reason: Annotated[str, typer.Option(help="Why they need no correction. No names, no numbers of people.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Dismisses refused rows: a person's decision, kept in the ledger with its reason."""
    _check(folder(store), ids, reason)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with noted(folder(store), "correct") as about:
        about += sorted(set(ids))
        ledger.keep_decisions(ledger.open_ledger(folder(store)), sorted(set(ids)), now, reason.strip())
    if as_json:
        out({"dismissed": sorted(set(ids)), "decided_at": now})
    elif not quiet:
        told.print(f"dismissed: {', '.join(sorted(set(ids)))}", markup=False, highlight=False)


def _check(store: Path, ids: Sequence[str], reason: str) -> None:
    if not reason.strip() or scrub.in_free_text(reason):
        message = "The reason is empty or holds what looks like personal data."
        raise LoadError("REASON_REFUSED", message, "Write why, without names and numbers.")
    known = {refusal.quarantine_id for refusal in _refusals(store) if refusal.status == "open"}
    if not known.issuperset(ids):
        fix = "Name numbers that `simanta quarantine list --open` shows."
        raise LoadError("UNKNOWN_QUARANTINE_ID", "Not every number is that of an open refused row.", fix)
