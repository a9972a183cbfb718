"""What a person takes away of an Answer: its tables as plain rows, and one of them as the text of a CSV file."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from dashboard.disclosure import HIDDEN, Answer, Row
from dashboard.filters import Label

# As a spreadsheet reads a cell: what begins so is calculated, also after blanks and in full-width signs.
FORMULA = re.compile(r"\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
MARK = "\ufeff"  # without it a spreadsheet takes Bangla for another encoding
NAMED = {
    "adm2": "district",
    "origin_adm2": "district",
    "crossing": "crossing",
    "country": "country",
    "destination_country": "country",
    "neighbour": "neighbour",
    "crime_label": "crime_label",
    "detecting_agency": "agency",
    "trail_type": "trail",
    "first_label": "crime_label",
    "label_now": "crime_label",
    "label_status": "label_status",
    "decider_org": "decider_org",
    "pillar": "pillar",
    "step": "outcome_step",
    "from_agency": "stakeholder",
    "to_agency": "stakeholder",
    "turn": "stakeholder",
    "stakeholder": "stakeholder",
    "legal_basis": "legal_basis",
    "screening_status": "screening_status",
    "sex": "sex",
    "stage": "trail_stage",
}  # columns of codes and the list of each
# The table that a format with room for one holds, by question; without one chosen, District brief has districts alone.
MAIN = {
    "overview": "crossings",
    "hotspots": "cells",
    "corridors": "corridors",
    "trends": "weeks",
    "playback": "framed",
    "warning": "alerts",
    "district": "crossings",
    "response": "pairs",
    "trails": "grid",
    "law": "cited",
    "plan": "statements",
}
ASIDE = ("choice", "marks", "candidates")  # tables that only a page's widgets and drawings need

Told = Mapping[str, Sequence[str]]  # language to the lines that every file carries: filters, n, as-of, limits, citation


def as_csv(answer: Answer, table: str) -> bytes:
    """A table as UTF-8 text: withheld counts empty, with a column that says so; no cell that calculates."""
    rows = answer.tables[table]
    twins = [name for name in rows.column_names if name.endswith(HIDDEN)]
    plain = [name for name in rows.column_names if name not in twins]
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([*plain, *(["suppressed"] if twins else [])])
    for row in rows.to_pylist():
        told = ["yes" if any(row[name] for name in twins) else "no"] if twins else []
        writer.writerow([*(cell(row[name]) for name in plain), *told])
    return (MARK + made.getvalue()).encode()


def cell(value: object) -> str:
    """A value as text that no spreadsheet calculates; empty where there is none."""
    written = "" if value is None else str(value)
    return f"'{written}" if FORMULA.match(written) and not NUMBER.fullmatch(written) else written


def tables(answer: Answer) -> list[str]:
    """The tables of an Answer that a person takes away."""
    return [name for name in answer.tables if name not in ASIDE]


def main(answer: Answer) -> str:
    """The table that a format with room for one holds."""
    listed = [
        MAIN.get(answer.question, ""),
        "districts",
        *(name for name in tables(answer) if name != "totals"),
        "totals",
    ]
    return next(name for name in listed if name in answer.tables)


def plain(answer: Answer, table: str) -> list[Row]:
    """Rows without hidden twins; every code with both of its names; cells as H3 writes them; and what is withheld."""
    names = {language: answer.label(language) for language in ("en", "bn")}
    return [_plain(row, names) for row in answer.rows(table)]


def _plain(row: Row, names: Mapping[str, Label]) -> Row:
    made: Row = {}
    for name, value in row.items():
        if name.endswith(HIDDEN):
            continue
        made[name] = format(value, "x") if name == "cell" and value is not None else value
        if name in NAMED:
            for language, label in names.items():
                made[f"{name}_{language}"] = label(NAMED[name], value) if value else None
    twins = [name for name in row if name.endswith(HIDDEN)]
    return made | ({"suppressed": any(row[name] for name in twins)} if twins else {})
