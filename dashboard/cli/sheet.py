"""Commands on a sheet before it is loaded: inspect, template."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from dashboard.cli.app import JsonOption, QuietOption, app, out, told
from dashboard.cli.load import CrsOption, EncodingOption, MappingOption, named, or_refuse
from etl import inspection
from etl.inspection import Found, Inspection
from etl.mapping import read_mapping
from etl.table import Reading
from etl.template import write_template


@app.command(epilog="Example: simanta inspect range_march.xlsx --propose-mapping > range.toml")
def inspect(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Sheets, folders, patterns, or -, as for load.")
    ],
    mapping: MappingOption = None,
    propose_mapping: Annotated[
        bool, typer.Option("--propose-mapping", help="Write a draft of a mapping file to standard output.")
    ] = False,
    source: Annotated[str | None, typer.Option(help="Name of the source; else found by its header.")] = None,
    encoding: EncodingOption = None,
    crs: CrsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Says what a file is taken to be, its columns and the first problems; loads nothing. Exit 1: one is refused."""
    reading = Reading(encoding, crs)
    described = or_refuse(lambda: read_mapping(mapping), as_json) if mapping else None
    look = partial(inspection.inspect, source=source, mapping=described, reading=reading, today=date.today())
    with _named(files, as_json) as sheets:
        if propose_mapping:
            sys.stdout.write(or_refuse(lambda: inspection.propose(_alone(sheets), reading), as_json))
            return
        found = or_refuse(lambda: [look(sheet) for sheet in sheets], as_json)
    if as_json:
        out(found[0].as_dict() if len(found) == 1 else {"files": [each.as_dict() for each in found]})
    else:
        for each in found:
            _tell(each)
    raise typer.Exit(1 if any(each.is_refused for each in found) else 0)


@contextmanager
def _named(words: list[str], as_json: bool) -> Iterator[list[Path]]:
    """The files that the words name; standard input is kept in a folder of its own, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="simanta-") as folder, ExitStack() as spools:
        yield or_refuse(lambda: named(words, Path(folder), spools), as_json)


def _alone(sheets: list[Path]) -> Path:
    if len(sheets) != 1:
        raise typer.BadParameter("a mapping is drafted for one file: name it alone", param_hint="--propose-mapping")
    return sheets[0]


@app.command(epilog="Example: simanta template march.xlsx")
def template(
    file: Annotated[Path, typer.Argument(help="The workbook to write; its name ends in .xlsx.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Writes an empty sheet with drop-down lists and notes in English and Bangla."""
    or_refuse(lambda: write_template(file), as_json)
    if as_json:
        out({"file": str(file)})
    elif not quiet:
        told.print(f"wrote {file.name}", markup=False, highlight=False)


def _tell(found: Inspection) -> None:
    mapping = f", mapping {found.mapping['name']} {found.mapping['version']}" if found.mapping else ""
    _say(f"{found.file}{mapping}")
    for table in found.tables:
        _tell_table(table)
    if found.is_refused and not found.mapping:
        _say("Another agency's sheet? --propose-mapping drafts a mapping file for it.")


def _tell_table(table: Found) -> None:
    sheet = f" {table.sheet!r}" if table.sheet else ""
    header = f"; header in row {table.header_row}" if table.header_row else ""
    _say(f"table{sheet}: {table.taken_as}{header}; source {table.source}")
    for column in table.columns:
        _say(f"  {column.header or '(no name)'} -> {column.becomes or 'not known, left out'}")
    for warning in table.warnings:
        _say(f"  {warning.message}")
    if table.error:
        _say(f"refused: {table.error['message']} {table.error['fix']}")
        return
    rules = ", ".join(f"{n:,} {rule}" for rule, n in table.rules.items()) or "none"
    _say(f"{table.rows_looked_at:,} rows looked at; would be refused: {rules}")
    for problem in table.problems:
        _say(f"  row {problem.row}, {problem.field}: {problem.rule}. {problem.fix}")


def _say(line: str) -> None:
    told.print(Text(line), soft_wrap=True)
