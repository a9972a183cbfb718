"""What becomes of a row once it meets the store, and how often it did in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from etl.records import INCIDENT, QUARANTINE, SHEET

VERDICTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")
REPEATED = {
    "reference_conflict": "Rows with this reference differ and none is reported later: keep one or date them.",
    "older_than_stored": "A later report of this reference is stored: leave this row out.",
}
PART_REFUSED = {
    "unknown_reference": "No incident has this reference: load the incident with it, or correct the reference.",
    "reference_conflict": "Rows of this sheet tell the same and differ: keep one.",
}
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
                [(AS_TYPED.get(name, name), _typed(row[name])) for name in shown if row[name] is not None]
                for row in rows
            ],
            "kind": ["incident"] * len(rows),
            "source": [row["source"] for row in rows],
            "incident_id": [row["incident_id"] for row in rows],
        },
        schema=QUARANTINE,
    )


def part_as_refused(conflicts: pa.Table, kind: str, source: str) -> pa.Table:
    """The same of staged rows of a further sheet; references are digests, and are not kept."""
    rows = conflicts.drop_columns(["table_no"]).to_pylist()
    return pa.table(
        {
            "row_no": [row["row_no"] for row in rows],
            "rule": [row["rule"] for row in rows],
            "field": ["source_ref" if row["rule"] == "unknown_reference" else "row" for row in rows],
            "value_redacted": ["<reference>" if row["rule"] == "unknown_reference" else "<row>" for row in rows],
            "fix": [PART_REFUSED[row["rule"]] for row in rows],
            "kept": [[(name, str(value)) for name, value in row.items() if _is_kept(name, value)] for row in rows],
            "kind": [kind] * len(rows),
            "source": [source] * len(rows),
            "incident_id": [row.get("incident_id") for row in rows],
        },
        schema=QUARANTINE,
    )


def _is_kept(name: str, value: object) -> bool:
    return name not in ("row_no", "rule") and value is not None and not isinstance(value, bytes)


def _typed(value: object) -> str:
    """A stored value as a sheet writes it."""
    return ";".join(value) if isinstance(value, list) else str(value)
