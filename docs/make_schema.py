"""Writes docs/schema.md from the contract itself: `python docs/make_schema.py` after any change of schema or lists."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from etl.kinds import KINDS, Column  # noqa: E402
from etl.reference import load_reference  # noqa: E402
from etl.schema import create, lists_of  # noqa: E402

CONTRACT = ROOT / "data" / "contract"
PAGE = ROOT / "docs" / "schema.md"
MADE = re.compile(r"CREATE (?:TABLE|VIEW) ([\w.]+)")
COLUMN = re.compile(r"    (\w+) [A-Z][\w\[\]()', ]*?(?: NOT NULL)?,? *-- (.+)")
BARE = "As the table of the same name."
MEANING = re.compile(r"^--   (\w+): (.+)$", re.MULTILINE)
HOLDS = {
    "reference": "your reference; kept as a keyed digest only",
    "count": "a whole number, 0 or more",
    "day": "a day, as in the sheet of incidents",
    "moment": "a day, or a day and an hour, as 2026-03-02 14:30; without a zone it is Dhaka's",
    "week": "any day of the week; kept as its Monday",
    "yes_no": "yes or no",
    "district": "district: code, name or old spelling",
    "upazila": "upazila: code or name; read inside its district",
    "crossing": "id or name in the crossings list",
    "country": "two-letter code or name",
}
TOP = """# The schema

Made by `docs/make_schema.py` from `data/contract`: change it there. Schema version {version}.

A version of the facts is one DuckDB file. The loading half writes the tables of `main`; the dashboard reads the views
of `published` and nothing else. No name, no number of a person, no free text and no reference is in either: an incident
is known by a keyed digest.
"""


def page() -> str:
    """The whole document."""
    told = (CONTRACT / "schema.sql").read_text(encoding="utf-8")
    version = (CONTRACT / "VERSION").read_text().strip()
    with duckdb.connect() as con:
        create(con, lists_of(load_reference()))
        types = con.execute(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY column_index"
        ).fetchall()
    tables: dict[str, list[tuple[str, str, bool]]] = {}
    for schema, table, column, kind, is_nullable in types:
        tables.setdefault(table if schema == "main" else f"{schema}.{table}", []).append((column, kind, is_nullable))
    lines = [TOP.format(version=version), *_tables(told, tables), *_sheets(), *_lists()]
    return "\n".join(lines) + "\n"


def _tables(told: str, tables: dict[str, list[tuple[str, str, bool]]]) -> Iterator[str]:
    notes, glossary = dict(_notes(told)), dict(MEANING.findall(told))
    for title, is_view in (("## Tables of `main`", False), ("## Views of `published`", True)):
        yield title
        for name in (name for name in MADE.findall(told) if name.startswith("published.") == is_view):
            about, meanings = notes[name]
            yield f"\n### `{name}`\n{about or BARE}\n"
            yield "| column | type | meaning |\n|---|---|---|"
            for column, told_kind, is_nullable in tables[name]:
                kind = "ENUM" if told_kind.startswith("ENUM") else told_kind  # its codes are in the lists below
                known = kind if is_nullable or is_view else f"{kind}, never null"
                yield f"| `{column}` | {known} | {meanings.get(column) or glossary[column]} |"
        yield ""


def _notes(told: str) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    """Table or view -> the comment above it, and the comment beside each of its columns."""
    above: list[str] = []
    name = ""
    meanings: dict[str, str] = {}
    for line in told.splitlines():
        made = MADE.match(line)
        if made:
            name, meanings = made[1], {}
            yield name, (" ".join(above), meanings)
            above = []
        elif line.startswith("--"):
            above.append(line.removeprefix("-- "))
        elif not line.strip():
            above = []
        elif beside := COLUMN.match(line):
            meanings[beside[1]] = beside[2]


def _sheets() -> Iterator[str]:
    yield "## Further sheets\n"
    yield "Each is a sheet of the workbook, known by its name or its header, or a CSV file of its own."
    for kind in KINDS:
        same = ", ".join(f"`{name}`" for name in ("source_ref", *kind.key) if name in kind.texts)
        yield f"\n### `{kind.name}`, {kind.bangla}"
        yield f"Table `{kind.table}`. Rows equal in {same} are one row told again.\n"
        yield "| column | Bangla | needed | what it takes |\n|---|---|---|---|"
        for column in kind.columns:
            needed = (
                "required" if column.name in kind.required else "one of these" if column.name in kind.one_of else ""
            )
            yield f"| `{column.name}` | {column.bangla} | {needed} | {_takes(column)} |"
    yield ""


def _takes(column: Column) -> str:
    listed = {"code": f"list *{column.codes}*", "codes": f"list *{column.codes}*; several with `;`"}
    listed["band"] = f"list *{column.codes}*, or a whole number, of which its band is kept"
    takes = listed.get(column.holds) or HOLDS[column.holds]
    takes += f"; empty is {column.when_empty}" if column.when_empty else ""
    return takes + (f"; not before {column.not_before}" if column.not_before else "")


def _lists() -> Iterator[str]:
    yield "## Code lists\n"
    yield "| list | codes | whose | what |\n|---|---|---|---|"
    for row in _rows(CONTRACT / "lists.csv"):
        name = row["list"]
        n = sum(1 for _ in _rows(CONTRACT / "codes" / f"{name}.csv"))
        link = f"[`{name}`](../data/contract/codes/{name}.csv)"
        yield f"| {link} | {n} | {row['standard']} | {row['title_en']} / {row['title_bn']} |"


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
