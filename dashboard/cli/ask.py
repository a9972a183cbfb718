"""Commands that answer a question: the numbers that the page of that name shows."""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs

import typer
from rich.console import Console
from rich.table import Table

from dashboard import access, database
from dashboard.answers import corridors, hotspots, overview, trends
from dashboard.cli.app import StoreOption, app, folder, told
from dashboard.database import Selected, Store, label_of
from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.errors import SimantaError
from dashboard.filters import read_link

ANSWERS: dict[str, Callable[[Selected], Answer]] = {
    "overview": overview.answer,
    "hotspots": hotspots.answer,
    "corridors": corridors.answer,
    "trends": trends.answer,
}
MAIN = {"overview": "crossings", "hotspots": "cells", "corridors": "corridors", "trends": "times"}

FromOption = Annotated[str | None, typer.Option("--from", help="First day, 2026-01-31.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Last day.")]
DistrictOption = Annotated[list[str] | None, typer.Option("--district", help="Code or name; repeatable.")]
LabelOption = Annotated[list[str] | None, typer.Option("--label", help="TIP, SOM, TIP_AND_SOM, …; repeatable.")]
TypeOption = Annotated[list[str] | None, typer.Option("--event-type", help="Repeatable; without it all but pushed_in.")]
AgencyOption = Annotated[list[str] | None, typer.Option("--agency", help="Repeatable.")]
CrossingOption = Annotated[list[str] | None, typer.Option("--crossing", help="Code or name; repeatable.")]
PrecisionOption = Annotated[int | None, typer.Option("--min-precision", min=1, max=7, help="Keeps codes 1 to N.")]
ResolutionOption = Annotated[int | None, typer.Option("--resolution", help="H3 resolution of cells.")]
FiltersOption = Annotated[str | None, typer.Option("--filters", help="The address bar's query string.")]
FormatOption = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How to print it.")]


def _command(name: str, purpose: str) -> None:
    """One command a page, with the same filters."""

    def run(
        store: StoreOption = None,
        from_: FromOption = None,
        to: ToOption = None,
        district: DistrictOption = None,
        label: LabelOption = None,
        event_type: TypeOption = None,
        agency: AgencyOption = None,
        crossing: CrossingOption = None,
        min_precision: PrecisionOption = None,
        resolution: ResolutionOption = None,
        filters: FiltersOption = None,
        format_: FormatOption = "table",
        as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    ) -> None:
        given = {
            "from": from_,
            "to": to,
            "d": district,
            "label": label,
            "type": event_type,
            "agency": agency,
            "x": crossing,
            "prec": min_precision,
            "res": resolution,
        }
        answer = asked(name, folder(store), given, filters)
        _print(answer, "json" if as_json else format_)

    run.__doc__ = purpose
    app.command(name, epilog=f"Example: simanta {name} --from 2026-01-01 --to 2026-06-30 --format json")(run)


def asked(name: str, store: Path, given: Mapping[str, object], link: str | None) -> Answer:
    """The Answer to a question under the address bar's query string and options, which win over it."""
    options = {k: _texts(v) for k, v in given.items() if v not in (None, [])}
    written = parse_qs((link or "").lstrip("?")) | options
    opened = _version(store, written.pop("v", []))
    coded = {facet: [_code(opened, facet, value) for value in values] for facet, values in written.items()}
    filters, ignored = read_link(coded, opened.codes)
    if any(each.split("=")[0] in options for each in ignored):
        raise SimantaError("FILTER_UNKNOWN", f"Not understood: {', '.join(ignored)}.", HOW_TO_NAME)
    if ignored:
        told.print(f"ignored: {', '.join(ignored)}", markup=False, highlight=False)
    return ANSWERS[name](opened.select(filters, access.local_user()))


def _version(store: Path, asked_for: list[str]) -> Store:
    """The data version that a link names, so that it shows the numbers it was made on; without one, the current."""
    current, published = database.versions(store)
    if not asked_for:
        return database.open_store(store, current)
    if asked_for[0] not in {str(number) for number in published}:
        raise SimantaError("VERSION_UNKNOWN", f"v={asked_for[0]} is not kept.", "Leave v out to ask the current data.")
    return database.open_store(store, int(asked_for[0]))


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


HOW_TO_NAME = "Use a code, or a name as the screen shows it."
CODED = {"d": "district", "x": "crossing", "label": "crime_label", "type": "event_type", "agency": "agency"}


def _code(store: Store, facet: str, given: str) -> str:
    """The code of a name in either language; what is no name stays as it is."""
    names = CODED.get(facet)
    if names is None or given in store.codes.get(names, ()):
        return given
    for language in ("en", "bn"):
        label = label_of(store.labels, language)
        for code in store.codes.get(names, ()):
            if given.casefold() in (code.casefold(), label(names, code).casefold()):
                return code
    return given


def as_json(answer: Answer) -> dict[str, object]:
    """The shape of `--format json`: version, filters, totals, every table; a withheld number is null and said so."""
    (totals,) = _spoken(answer, "totals")
    shared = {
        "version": answer.version,
        "as_of": answer.as_of.isoformat(),
        "filters": answer.filters.to_link(),
        "n": totals["n"],
        "totals": totals,
        **answer.notes,
    }
    if answer.question == "hotspots":
        return shared | _hotspots(answer, totals)
    return shared | {name: _spoken(answer, name) for name in answer.tables if name != "totals"}


def _hotspots(answer: Answer, totals: dict[str, object]) -> dict[str, object]:
    cells = [
        {
            "cell": format(row["cell"], "x"),
            "adm2": row["adm2"],
            "count": row["n"],
            "z": row["z"],
            "p": row["p"],
            "q": row["q"],
            "p_hot": None,
            "class": row["class"],
            "effort": "unknown",
        }
        | ({"suppressed": True} if "suppressed" in row else {})
        for row in _spoken(answer, "cells")
    ]
    return {
        "resolution": answer.filters.resolution,
        "n_placed": totals["n_placed"],
        "n_district_only": totals["n_district_only"],
        "method": "Gi*, exact randomisation p, Benjamini-Hochberg",
        "cells": cells,
        "districts": _districts(answer),
    }


def _districts(answer: Answer) -> list[Row]:
    english, bangla = answer.label("en"), answer.label("bn")
    return [
        {
            "adm2": row["adm2"],
            "name_en": english("district", str(row["adm2"])),
            "name_bn": bangla("district", str(row["adm2"])),
            "count": row["n"],
            "low": row["low"],
            "high": row["high"],
        }
        | ({"suppressed": True} if "suppressed" in row else {})
        for row in _spoken(answer, "districts")
    ]


def _spoken(answer: Answer, table: str) -> list[Row]:
    """Rows without the hidden twins; a row with a withheld number carries `suppressed`."""
    rows = []
    for row in answer.rows(table):
        plain = {name: value for name, value in row.items() if not name.endswith(HIDDEN)}
        rows.append(plain | ({"suppressed": True} if any(v for k, v in row.items() if k.endswith(HIDDEN)) else {}))
    return rows


def _print(answer: Answer, form: str) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(as_json(answer), ensure_ascii=False, default=str) + "\n")
        return
    rows = [
        {k: _shown(k, v, row) for k, v in row.items() if not k.endswith(HIDDEN)}
        for row in answer.rows(MAIN[answer.question])
    ]
    if form == "csv":
        _print_csv(rows)
    else:
        _print_table(answer, rows)


def _shown(name: str, value: object, row: Row) -> str:
    if row.get(name + HIDDEN):
        return "<5"
    if value is None:
        return ""
    if name == "cell" and isinstance(value, int):
        return format(value, "x")
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _print_csv(rows: list[dict[str, str]]) -> None:
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    sys.stdout.write(made.getvalue())


def _print_table(answer: Answer, rows: list[dict[str, str]]) -> None:
    shown = Table(
        caption=f"{answer.question}, data v{answer.version:06d}, {answer.filters.date_from} to "
        f"{answer.filters.date_to}: detections, not persons and not prevalence"
    )
    for column in rows[0] if rows else ["nothing matches"]:
        shown.add_column(column)
    for row in rows:
        shown.add_row(*row.values())
    Console().print(shown)


for _name, _purpose in {
    "overview": "How many, where, which corridor, what changed.",
    "hotspots": "Cells where detections cluster more than chance would give.",
    "corridors": "Origin district, crossing, destination.",
    "trends": "Counts a week or month, and the period before.",
}.items():
    _command(_name, _purpose)
