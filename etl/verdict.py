"""What becomes of a row once it meets the store, and how often it did in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyarrow as pa

from etl.kinds import Kind
from etl.records import INCIDENT, QUARANTINE, SHEET, joined

VERDICTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")
REPEATED = {
    "reference_conflict": "Rows with this reference differ and none is reported later: keep one or date them.",
    "older_than_stored": "A later report of this reference is stored: leave this row out.",
}
PART_REFUSED = {
    "unknown_reference": "No incident has this reference: load the incident with it, or correct the reference.",
    "reference_conflict": "Rows of this sheet tell the same and differ: keep one.",
}
UNTOLD = "<reference>"
AS_TYPED = {"is_invented": "invented", "country": "country"}  # stored, and what the sheet calls it


@dataclass(frozen=True)
class FileCount:
    """What became of the rows of one file, or of one table of it."""

    verdicts: Mapping[str, int]
    rules: Mapping[str, int]
    precision: Mapping[int, int]


def summed(counts: Iterable[FileCount]) -> FileCount:
    """What became of the rows of several tables."""
    verdicts, rules, precision = Counter[str](), Counter[str](), Counter[int]()
    for each in counts:
        verdicts.update(each.verdicts)
        rules.update(each.rules)
        precision.update(each.precision)
    return FileCount(verdicts, dict(rules.most_common()), precision)


def as_refused(conflicts: pa.Table) -> pa.Table:
    """Staged rows that the store cannot take, as refused rows; kept of them are codes, days and numbers."""
    shown = [name for name in INCIDENT.names if name in SHEET or name in AS_TYPED]
    rows = conflicts.to_pylist()
    return pa.table(
        {
            "row_no": [row["row_no"] for row in rows],
            "rule": [row["rule"] for row in rows],
            "field": ["report_date"] * len(rows),
            "value_redacted": [str(row["report_date"] or "") for row in rows],
            "fix": [REPEATED[row["rule"]] for row in rows],
            "kept": [
                joined((AS_TYPED.get(name, name), _typed(row[name])) for name in shown if row[name] is not None)
                for row in rows
            ],
            "kind": ["incident"] * len(rows),
            "source": [row["source"] for row in rows],
            "incident_id": [UUID(row["incident_id"]).bytes for row in rows],
        },
        schema=QUARANTINE,
    )


def part_as_refused(conflicts: pa.Table, kind: Kind, source: str) -> pa.Table:
    """The same of staged rows of a further sheet; of references, which are digests, is kept that they were there."""
    rows = conflicts.drop_columns(["table_no"]).to_pylist()
    return pa.table(
        {
            "row_no": [row["row_no"] for row in rows],
            "rule": [row["rule"] for row in rows],
            "field": ["source_ref" if row["rule"] == "unknown_reference" else "row" for row in rows],
            "value_redacted": ["<reference>" if row["rule"] == "unknown_reference" else "<row>" for row in rows],
            "fix": [PART_REFUSED[row["rule"]] for row in rows],
            "kept": [joined(_kept_of_part(row, kind)) for row in rows],
            "kind": [kind.name] * len(rows),
            "source": [source] * len(rows),
            "incident_id": [UUID(row["incident_id"]).bytes if row.get("incident_id") else None for row in rows],
        },
        schema=QUARANTINE,
    )


def _kept_of_part(row: Mapping[str, object], kind: Kind) -> list[tuple[str, str]]:
    hours = {column.name: row[column.stored_at] for column in kind.columns if column.holds == "moment"}
    told = [
        (column, hours.get(column.name) or row[column.stored or column.name])
        for column in kind.columns
        if column.name != "source_ref"
    ]
    return [
        (column.name, UNTOLD if column.holds == "reference" else _typed(value))
        for column, value in told
        if value is not None
    ]


def _typed(value: object) -> str:
    """A stored value as a sheet writes it."""
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value}Z"
    return str(value)
