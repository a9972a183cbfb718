"""Commands on a sheet before it is loaded: inspect, template."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from dashboard.cli.app import JsonOption, QuietOption, app, out, told
from dashboard.cli.load import CrsOption, EncodingOption, MappingOption, or_refuse
from etl import inspection
from etl.inspection import Found, Inspection
from etl.mapping import read_mapping
from etl.table import Reading
from etl.template import write_template


@app.command(epilog="Example: simanta inspect range_march.xlsx --propose-mapping > range.toml")
def inspect(
    file: Annotated[Path, typer.Argument(help="A sheet, as for load.")],
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
    """Says what a file is taken to be, its columns and the first problems; loads nothing. Exit 1: it is refused."""
    reading = Reading(encoding, crs)
    if propose_mapping:
        sys.stdout.write(or_refuse(lambda: inspection.propose(file, reading), as_json))
        return
    described = or_refuse(lambda: read_mapping(mapping), as_json) if mapping else None
    found = or_refuse(
        lambda: inspection.inspect(file, source=source, mapping=described, reading=reading, today=date.today()), as_json
    )
    out(found.as_dict()) if as_json else _tell(found)
    raise typer.Exit(1 if found.is_refused else 0)


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
