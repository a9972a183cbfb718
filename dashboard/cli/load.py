"""Commands that publish: load, demo, practice. They speak to the loading half."""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from dashboard.cli.app import JsonOption, QuietOption, StoreOption, app, fail, folder, noted, out, told
from dashboard.cli.progress import following
from dashboard.settings import ROOT, settings
from etl import build
from etl import store as stores
from etl.errors import LoadError
from etl.inputs import named_files, spooled
from etl.invented import write_invented
from etl.invented_parts import write_invented_parts
from etl.mapping import read_mapping
from etl.practice import PARTS as INSTITUTIONS
from etl.practice import make_room, write_practice
from etl.report import Refused, Report
from etl.table import Reading

SAMPLE = ROOT / "data" / "sample" / "public_reports.csv"
T = TypeVar("T")
FIRST_REFUSED = 5
MappingOption = Annotated[
    Path | None, typer.Option("--mapping", help="TOML file that says what the columns of these files are.")
]
EncodingOption = Annotated[str | None, typer.Option(help="Of CSV files that do not say it, such as utf-16-le.")]
CrsOption = Annotated[
    str | None, typer.Option(help="Of coordinates in a sheet, or of a map that does not say it, such as EPSG:32646.")
]
PARTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")


@app.command(epilog="Example: simanta load patrol_feb.xlsx --dry-run")
def load(
    files: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns, or - for standard input. All of them, or none.")
    ],
    store: StoreOption = None,
    source: Annotated[str | None, typer.Option(help="Name of the source; else found by its header.")] = None,
    date_order: Annotated[
        str | None, typer.Option(help="dmy, mdy, ymd or mixed, where dates are not 2026-03-21.")
    ] = None,
    mapping: MappingOption = None,
    encoding: EncodingOption = None,
    crs: CrsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but stores.")] = False,
    note: Annotated[str, typer.Option(help="A word on this load, kept with its version.")] = "",
    receipt: Annotated[Path | None, typer.Option(help="CSV file: what became of every incoming row.")] = None,
    engine: Annotated[
        Literal["local", "spark"],
        typer.Option(help="Where rows are judged: here, or on Spark (CSV and Parquet of Simanta's own sheet)."),
    ] = "local",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Reads each file, accounts for every row, and publishes one new version for all of them or none."""
    described = mapping and or_refuse(lambda: read_mapping(mapping), as_json)
    options = {"source": source, "date_order": date_order, "mapping": described, "dry_run": dry_run, "note": note}
    options |= {"receipt_to": receipt, "spark_master": settings().spark_master if engine == "spark" else None}
    with ExitStack() as spools:
        found = or_refuse(lambda: named(files, folder(store), spools), as_json)
        _load(found, store, as_json, quiet, reading=Reading(encoding, crs), **options)


@app.command(epilog="Example: simanta demo --rows 500")
def demo(
    rows: Annotated[int, typer.Option(min=0, help="Invented rows beside the public reports.")] = 1500,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only where no data has been loaded yet.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Loads the shipped public reports, and invented rows clearly marked so."""
    if if_empty and or_refuse(lambda: stores.current(folder(store)), as_json) is not None:
        return
    with tempfile.TemporaryDirectory(prefix="simanta-") as made:
        invented = Path(made) / "invented.csv"
        write_invented(invented, rows=rows, seed=7, until=date.today())
        further = write_invented_parts(invented, Path(made), until=date.today())
        files = [SAMPLE, invented, *further] if rows else [SAMPLE]
        _load(files, store, as_json, quiet, note="shipped sample")


@app.command(epilog="Example: simanta practice --institution police")
def practice(
    institution: Annotated[str, typer.Option(help=f"Whose: {', '.join(INSTITUTIONS)}.")] = "border_force",
    seed: Annotated[int, typer.Option(min=0, max=999_999_999, help="Another number, another data set.")] = 7,
    store: Annotated[Path | None, typer.Option("--store", help="Folder for it; else one beside the store.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Makes an invented data set to practise on, in a store of its own; a practice set that is there is made anew."""
    if institution not in INSTITUTIONS:
        raise typer.BadParameter(f"one of: {', '.join(INSTITUTIONS)}", param_hint="--institution")
    configured = settings().store
    into = store or configured.with_name(f"{configured.name}-practice-{institution}")
    or_refuse(lambda: make_room(into, configured), as_json)
    with tempfile.TemporaryDirectory(prefix="simanta-") as made:
        files = write_practice(Path(made), institution, seed, until=date.today())
        _load(files, into, as_json, quiet, note=f"practice {institution} {seed}")
    if not quiet and not as_json:
        told.print(f"Open it with: simanta serve --store {into}", markup=False, highlight=False, soft_wrap=True)


def named(words: list[str], store: Path, spools: ExitStack) -> list[Path]:
    """The files that the words name; what comes in on standard input is kept for as long as `spools` is open."""
    stdin = sys.stdin.buffer
    listed = ([spools.enter_context(spooled(stdin, store))] if w == "-" else named_files([w]) for w in words)
    return [file for files in listed for file in files]


def _load(files: list[Path], store: Path | None, as_json: bool, quiet: bool, **options: object) -> None:
    is_shown = told.is_terminal and not quiet and not as_json
    with following(told, files, is_shown) as follow, noted(folder(store), "load") as about:
        report = or_refuse(
            lambda: build.load(files, folder(store), today=date.today(), progress=follow, **options),  # type: ignore[arg-type]  # the options are typed by their command
            as_json,
        )
        about.append("dry run" if options.get("dry_run") else f"v{report.version or 0:06d} files {len(files)}")
    if as_json:
        out(report.as_dict())
    elif not quiet:
        _tell(report)


def _tell(report: Report) -> None:
    """The row equation in words, and the first rows that need a person."""
    told_of = report.as_dict()
    equation = " + ".join(f"{told_of[part]:,} {part}" for part in PARTS)
    told.print(f"{told_of['rows_in']:,} rows in = {equation}   holds", highlight=False, soft_wrap=True)
    if told_of["quarantined"]:
        told.print(f"{told_of['quarantined']:,} rows need you: {_rules(report)}", highlight=False, soft_wrap=True)
    for row in report.refused[:FIRST_REFUSED]:
        told.print(
            f"  {_place(row)}, {row.field}: {row.rule}. {row.fix}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    for warning in (w for file in report.files for w in file.warnings):
        told.print(f"  {warning.message}", markup=False, highlight=False, soft_wrap=True)
    published = told_of["version"] != told_of["previous_version"]
    told.print(f"published v{told_of['version']:06d}" if published else "nothing was published", highlight=False)


def _place(row: Refused) -> str:
    return ", ".join(part for part in (row.file, row.sheet, f"row {row.row}") if part)


def _rules(report: Report) -> str:
    counts: Counter[str] = Counter()
    for file in report.files:
        counts.update(file.rules)
    return ", ".join(f"{n:,} {rule}" for rule, n in counts.most_common())


def or_refuse(do: Callable[[], T], as_json: bool) -> T:
    """What is done, or the command ends with the refusal."""
    try:
        return do()
    except LoadError as error:
        fail(error.as_dict(), str(error), error.exit_code, as_json)
