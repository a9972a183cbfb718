"""The versions as their keeper sees them: read past the schema `published`, and rewritten without a record.

Each is attached to a database of its own in memory, so that a reader of the same process may have it open too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl import lake, schema
from etl.attached import attach
from etl.errors import LoadError
from etl.facts_key import KEY, KEY_BEFORE, is_encrypted
from etl.records import parted
from etl.shared import shared
from etl.statements import statement
from etl.store import copy_at_hand, snapshot_of, unwritable, version_at_hand

MEMORY = "1GB"
AT_ONCE = 10_000  # rows
IDENTITIES = ("incident_id", "incident_id_a", "incident_id_b", "incident_ids")
NO_MORE = {
    "rule": "erased_reference",
    "field": "source_ref",
    "fix": "This record was erased and may not be loaded again: leave the row out.",
}

# What the record alone wrote goes; what others of its file wrote too stays, as theirs.
WITHOUT_NAMES = """
INSERT INTO part.place_log
WITH others AS (
    SELECT rowid, [each FOR each IN incident_ids IF each <> $identity::UUID] AS whose FROM facts.place_log
)
SELECT place_log.* REPLACE (n - coalesce(len(incident_ids) - len(whose), 0) AS n, whose AS incident_ids)
FROM facts.place_log
JOIN others USING (rowid)
WHERE n > coalesce(len(incident_ids) - len(whose), 0)
"""


@dataclass(frozen=True)
class Refusal:
    """A refused row as it is kept. `status` is open, corrected, resent or erased, since version `status_in`."""

    quarantine_id: str
    load_id: int
    file: str
    sheet: str
    row: int
    kind: str
    source: str
    rule: str
    field: str
    value: str
    fix: str
    kept: Mapping[str, str]
    is_identified: bool
    status: str
    status_in: int | None


@dataclass(frozen=True)
class OpenCase:
    """case_hash: the record's pseudonym in hexadecimal.   waits_for: victim_accused, not_screened."""

    case_hash: str
    legal_basis: str
    detecting_agency: str | None
    waits_for: str


@dataclass(frozen=True)
class About:
    """What a version says of itself. `files` are those of the load that made it."""

    published_at: datetime
    note: str
    rows: int
    quarantined: int
    files: Sequence[str]


@contextmanager
def in_words(store: Path) -> Iterator[None]:
    """What the database says of its files, without the values that its messages may quote."""
    try:
        yield
    except (
        duckdb.IOException,
        duckdb.OutOfMemoryException,
        duckdb.FatalException,
        duckdb.TransactionException,
    ) as error:
        raise unwritable(store) from error


class Facts:
    """One version, read-only."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def about(self) -> About:
        """What the version says of itself."""
        (told,) = self._rows("SELECT published_at, note, version FROM version")
        files = self._rows("SELECT DISTINCT file FROM load_file WHERE load_id = ? ORDER BY file", [told[2]])
        ((rows, quarantined),) = self._rows("SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM quarantine)")
        return About(told[0], told[1], rows, quarantined, [str(name) for (name,) in files])

    def is_all_invented(self) -> bool:
        """Whether there are records, each marked as invented, and no refused row, of which that is not known."""
        told = self._rows("SELECT bool_and(is_invented) AND (SELECT count(*) FROM quarantine) = 0 FROM incident")
        return bool(told[0][0])

    def open_cases(self, districts: Sequence[str] | None) -> list[OpenCase]:
        """Under a law against travellers: what still accuses a victim or waits to be screened; None: everywhere."""
        return [OpenCase(*row) for row in self._rows(statement("open_cases"), {"districts": districts})]

    def refusals(self, rule: str | None = None, file: str | None = None) -> Iterator[Refusal]:
        """The refused rows of this version, in the order of their numbers, some in memory at a time.

        One whose reference came again is closed: what became of it then is told by the row that came last.
        """
        found = self._con.execute(
            """
            WITH answered AS (
                SELECT quarantine_id, min(load_id) FILTER (verdict <> 'quarantined') AS corrected_in,
                    max(load_id) AS resent_in
                FROM correction GROUP BY quarantine_id
            ), again AS (
                SELECT kind, incident_id, max(load_id) AS last_in FROM quarantine WHERE kind = 'incident' GROUP BY ALL
            )
            SELECT quarantine_id, q.load_id, q.file, q.sheet, q.row_no, q.kind, q.source, q.rule, q.field,
                q.value_redacted, q.fix, q.kept, q.incident_id IS NOT NULL,
                coalesce(corrected_in, CASE WHEN i.load_id > q.load_id THEN i.load_id END),
                coalesce(resent_in, CASE WHEN again.last_in > q.load_id THEN again.last_in END)
            FROM quarantine AS q
            LEFT JOIN answered USING (quarantine_id)
            LEFT JOIN again ON again.kind = q.kind AND again.incident_id = q.incident_id
            LEFT JOIN incident AS i ON q.kind = 'incident' AND i.incident_id = q.incident_id
            WHERE coalesce(q.rule = $rule, true) AND coalesce(q.file = $file, true)
            ORDER BY q.load_id, length(quarantine_id), quarantine_id
            """,
            {"rule": rule, "file": file},
        )
        while rows := found.fetchmany(AT_ONCE):
            yield from map(_refusal, rows)

    def erased(self) -> set[bytes]:
        """The identities that were erased from this version."""
        return {identity.bytes for (identity,) in self._rows("SELECT incident_id FROM erased")}

    def sources(self) -> set[str]:
        """Every source that a row of this version came from."""
        return {str(n) for (n,) in self._rows("SELECT source FROM load_file UNION SELECT source FROM quarantine")}

    def holds(self, identity: bytes) -> bool:
        """Whether anything but a tombstone has this identity."""
        return any(
            self._number(f"SELECT count(*) FROM {table} WHERE {_is_it(columns)}", {"identity": identity})  # noqa: S608
            for table, columns in _tables(self._con, "facts").items()
            if columns and table != "erased"
        )

    def sums(self) -> lake.Sums:
        """Rows and sum of hashes of every table: equal for equal facts, in a file or in a lake."""
        return lake.sums_of(self._con)

    def what_does_not_add_up(self) -> list[str]:
        """The row equation of every load, counted anew: a sentence for each that does not hold."""
        wrong = self._rows(
            "SELECT load_id, 'a file''s five parts are not its rows' FROM load_file "
            "WHERE rows_in <> loaded + unchanged + superseded + duplicate + quarantined "
            "UNION ALL SELECT load_id, 'refused rows are not as many as told' "
            "FROM (SELECT load_id, sum(quarantined) AS told FROM load_file GROUP BY load_id) "
            "FULL JOIN (SELECT load_id, count(*) AS kept FROM quarantine GROUP BY load_id) USING (load_id) "
            "WHERE coalesce(told, 0) <> coalesce(kept, 0) "
            "UNION ALL SELECT load_id, 'more records than it loaded' "
            "FROM (SELECT load_id, count(*) AS kept FROM incident GROUP BY load_id) "
            "LEFT JOIN (SELECT load_id, sum(loaded + superseded) AS told FROM load_file GROUP BY load_id) "
            "USING (load_id) WHERE kept > coalesce(told, 0) ORDER BY load_id"
        )
        loaded = self._number("SELECT coalesce(sum(n_incidents), 0)::BIGINT FROM load")
        there = self._number("SELECT count(*) FROM incident")
        erased = self._number("SELECT coalesce(sum(n_incidents), 0)::BIGINT FROM erased")
        lost = [] if loaded == there + erased else [f"{loaded} loaded, {there} there, {erased} erased"]
        if self._number("SELECT count(*) - count(DISTINCT incident_id) FROM incident"):
            lost.append("a record is there twice")
        return [f"load {load_id}: {what}" for load_id, what in wrong] + lost

    def _rows(self, statement: str, bound: object = None) -> list[tuple[Any, ...]]:
        return self._con.execute(statement, bound or []).fetchall()

    def _number(self, statement: str, bound: Mapping[str, object] | None = None) -> int:
        row = self._con.execute(statement, bound or {}).fetchone()
        return int(row[0]) if row else 0


def _refusal(row: tuple[Any, ...]) -> Refusal:
    *told, kept, is_identified, corrected_in, resent_in = row
    status, since = ("corrected", corrected_in) if corrected_in else ("resent", resent_in)
    if NO_MORE["rule"] in told:
        status, since = "erased", None
    status = status if since or status == "erased" else "open"
    return Refusal(*(*told, parted(kept), is_identified, status, since))


@contextmanager
def opened(store: Path, version: int, *, is_copy_enough: bool = True, snapshot: int | None = None) -> Iterator[Facts]:
    """A published version. Raises LoadError VERSION_MISSING, STORE_DAMAGED or SCHEMA_VERSION.

    is_copy_enough: of a shared store, whether a copy that lies here may stand for what lies in the lake.
    snapshot: of a shared store, that of a version which is not published yet.
    """
    where = shared(store)
    file = (is_copy_enough and copy_at_hand(where, version)) if where else version_at_hand(store, version)
    with _in_words_of(version):
        if where and not file:
            with lake.shown(where, snapshot or snapshot_of(store, version)) as con:
                yield Facts(con)
        elif file:
            with closing(_memory(None)) as con:
                attach(con, file, "facts", read_only=True)
                con.execute("USE facts")
                check_schema(con)
                yield Facts(con)


def check_schema(con: duckdb.DuckDBPyConnection) -> None:
    """Raises LoadError SCHEMA_VERSION where a version is of another schema than this program's."""
    told = con.execute("SELECT schema_version FROM version").fetchone()
    schema.check(int(told[0]) if told else 0)


@contextmanager
def _in_words_of(version: int) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        fix = "Roll back to another version, or put it back from a backup."
        raise LoadError("STORE_DAMAGED", f"The file of version {version} is damaged.", fix) from error


def rewrite(file: Path, part: Path, spill: Path, identity: bytes, erased_at: datetime, reason: str) -> None:
    """Write a version anew without a record, so that not a byte of it is ever in the new file.

    Its refused rows stay in the count, and nothing but their number, file and row stays of them.
    """
    with closing(_memory(spill)) as con:
        attach(con, file, "facts", read_only=True)
        attach(con, part, "part", read_only=False)
        con.execute("COPY FROM DATABASE facts TO part (SCHEMA)")
        for table, columns in _tables(con, "facts").items():
            con.execute(*_copied(table, columns, identity))
        con.execute(
            "INSERT INTO part.erased SELECT $identity, $at, $reason, "
            "(SELECT count(*) FROM facts.incident WHERE incident_id = $identity)",
            {"identity": identity, "at": erased_at, "reason": reason},
        )
        con.execute("CHECKPOINT part")


def encrypt(file: Path, part: Path, spill: Path) -> None:
    """Write a version anew under the key in force; one that is encrypted is read with the key before that."""
    with closing(_memory(spill)) as con:
        attach(con, file, "facts", read_only=True, key_in=KEY_BEFORE if is_encrypted(file) else KEY)
        attach(con, part, "part", read_only=False)
        con.execute("COPY FROM DATABASE facts TO part")
        con.execute("CHECKPOINT part")


def _copied(table: str, columns: Sequence[str], identity: bytes) -> tuple[str, dict[str, object]]:
    """The statement that copies a table without the record."""
    if not columns or table == "erased":
        return f"INSERT INTO part.{table} FROM facts.{table}", {}
    if table == "place_log":
        return WITHOUT_NAMES, {"identity": identity}
    if table != "quarantine":
        statement = f"INSERT INTO part.{table} FROM facts.{table} WHERE NOT ({_is_it(columns)})"
        return statement, {"identity": identity}
    blank = {**{name: f"${name}" for name in NO_MORE}, "value_redacted": "''", "kept": "''", "incident_id": "NULL"}
    said = ", ".join(f"CASE WHEN {_is_it(columns)} THEN {to} ELSE {name} END AS {name}" for name, to in blank.items())
    statement = f"INSERT INTO part.quarantine SELECT * REPLACE ({said}) FROM facts.quarantine"  # noqa: S608
    return statement, {"identity": identity, **NO_MORE}


def _is_it(columns: Sequence[str]) -> str:
    one, many = "{} IS NOT DISTINCT FROM $identity::UUID", "coalesce(list_contains({}, $identity::UUID), false)"
    return " OR ".join((many if column.endswith("s") else one).format(column) for column in columns)


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """Every table of the facts -> its columns that hold an identity."""
    found = con.execute(
        "SELECT table_name, list(column_name) FILTER (list_contains($identities, column_name)) "
        "FROM duckdb_columns() "
        "WHERE database_name = $database AND schema_name = 'main' GROUP BY table_name ORDER BY table_name",
        {"identities": list(IDENTITIES), "database": database},
    ).fetchall()
    return {str(table): list(columns or ()) for table, columns in found}


def _memory(spill: Path | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "memory_limit": MEMORY,
        "threads": "2",
    }
    if spill:
        config["temp_directory"] = str(spill)
    con = duckdb.connect(":memory:", config=config)
    return con.execute("SET enable_progress_bar = false")  # a bar of its own, where there is a terminal
