"""The facts of a shared store: a version is a snapshot of a DuckLake, whose Parquet files lie in a folder of all hosts.

The head of the lake is made equal to a finished file, whatever it was before; that is a snapshot, which the pointer
then names. So a loader that died in between leaves nothing to be mended.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import duckdb

from etl import schema
from etl.attached import attach
from etl.errors import LoadError
from etl.extension import load_extension
from etl.reference import ROOT
from etl.shared import Shared
from etl.statements import statement

VIEWS = ROOT / "contract" / "lake.sql"
MEMORY = "1GB"
LISTS = "enum_label"  # a table of the lake alone: what each list of codes held
Sums = dict[str, tuple[int, int]]  # table -> its rows, and the sum of their hashes


@dataclass(frozen=True)
class Table:
    """A table of a version: its name, and its columns as the lake has them, with texts in place of numbers of lists."""

    name: str
    columns: Sequence[str]
    plain: Sequence[str]

    @property
    def hash(self) -> str:
        """What a row says, in 64 bits."""
        return f"hash(row({', '.join(self.columns)}))"

    def rows_in(self, database: str) -> str:
        """Its rows as the lake has them, there or in a file."""
        columns = self.columns if database == "lake" else self.plain
        return f"(SELECT {', '.join(columns)} FROM {database}.{self.name})"  # noqa: S608  # names of the contract


def publish(shared: Shared, part: Path, spill: Path) -> tuple[int, Sums]:
    """Make the head of the lake equal to a finished file, in one transaction. Returns its snapshot, and what it holds.

    Raises LoadError LAKE_DIFFERS where it did not become so, or another loader wrote meanwhile.
    """
    with _in_words(shared), _at_work(spill) as con:
        _attach_lake(con, shared, None)
        attach(con, part, "part", read_only=True)
        before = _head(con)
        con.execute("BEGIN")
        tables = _tables(con)
        _write_lists(con)
        sums = _sums(con, tables, "part")
        changed = [table for table, n in zip(tables, _there(con, tables), strict=True) if n != sums[table.name]]
        for table in changed:
            _make_equal(con, table)
        if any(each != sums[name] for name, each in _sums(con, changed, "lake").items()):
            con.execute("ROLLBACK")
            raise _differs("what was written is not what was to be written")
        con.execute("COMMIT")
        head = _head(con)
        if head not in (before, before + 1):
            raise _differs("another loader wrote at the same time")
        return head, sums


def digest(sums: Sums) -> str:
    """Rows and sums of all tables in one word: what a version in a lake is known by."""
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


def fetch(shared: Shared, snapshot: int, to: Path, spill: Path) -> None:
    """Write a version into a file of its own, as a loader begins with it."""
    with _in_words(shared), _at_work(spill) as con:
        _attach_lake(con, shared, snapshot)
        attach(con, to, "part", read_only=False)
        con.execute("USE part")
        schema.create(con, _lists(con))
        schema.copy(con, "lake", "part")
        con.execute("CHECKPOINT part")


@contextmanager
def shown(shared: Shared, snapshot: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A version in a database `facts`, as if it were a file of one. Raises LoadError SCHEMA_VERSION."""
    is_free = _showing.acquire(blocking=False)
    con = _kept().cursor() if is_free else _memory(None)
    try:
        con.execute("SET enable_progress_bar = false")  # a cursor has settings of its own
        con.execute("ATTACH ':memory:' AS facts; USE facts")
        _attach_lake(con, shared, snapshot)
        con.execute("BEGIN")  # in one transaction the catalogue is asked once
        told = con.execute("SELECT schema_version FROM lake.version").fetchone()
        schema.check(int(told[0]) if told else 0)
        schema.create(con, _lists(con))
        con.execute("".join(put for (put,) in con.execute(VIEWS.read_text(encoding="utf-8")).fetchall()))
        con.execute("COMMIT")
        yield con
    finally:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")  # what failed half-way
        con.execute("USE memory; DETACH DATABASE IF EXISTS facts; DETACH DATABASE IF EXISTS lake")
        con.close()
        if is_free:
            _showing.release()


_showing = Lock()  # of the one that is kept: its databases have one name each


@cache
def _kept() -> duckdb.DuckDBPyConnection:
    """To load the extensions takes longer than to look into a version."""
    return _memory(None)


def sums_of(con: duckdb.DuckDBPyConnection) -> Sums:
    """Rows and sums of every table of the version in the database in use, of a file or of a lake alike."""
    tables = _tables(con, str(con.execute("SELECT current_database()").fetchall()[0][0]))
    return _sums(con, tables, "main")


def forget(shared: Shared, kept: Collection[int], spill: Path) -> None:
    """Remove all snapshots but these and the head, and every file that none of them needs."""
    with _in_words(shared), _at_work(spill) as con:
        _attach_lake(con, shared, None)
        known = {int(each) for (each,) in con.execute("SELECT snapshot_id FROM lake.snapshots()").fetchall()}
        gone = sorted(known - {*kept, _head(con)})
        if gone:
            con.execute(f"CALL ducklake_expire_snapshots('lake', versions => {gone})")
        con.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
        con.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")


def empty(shared: Shared, spill: Path) -> None:
    """Take every table out of the head: what is published next is written anew, with no byte of an earlier file."""
    with _in_words(shared), _at_work(spill) as con:
        _attach_lake(con, shared, None)
        con.execute("BEGIN")
        for (table,) in con.execute(statement("tables_of"), {"database": "lake"}).fetchall():
            con.execute(f"DROP TABLE lake.{table}")
        con.execute("COMMIT")


def _differs(why: str) -> LoadError:
    fix = "Load again; if it comes again, run: simanta check --deep."
    return LoadError("LAKE_DIFFERS", f"Nothing was published: {why}.", fix)


@contextmanager
def _in_words(shared: Shared) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        fix = f"See that PostgreSQL runs and that {shared.data} is mounted and can be written; run: simanta check."
        what = "The shared store cannot be read or written; nothing was published."
        raise LoadError("STORE_UNWRITABLE", what, fix) from error


@contextmanager
def _at_work(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one piece of work.

    What failed half-way is rolled back before it is closed: where PostgreSQL is gone, a rollback that closing does by
    itself ends the whole process without a word.
    """
    with closing(_memory(spill)) as con:
        try:
            yield con
        finally:
            with suppress(duckdb.Error):  # nothing is under way, or the line is lost
                con.execute("ROLLBACK")


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
    con = duckdb.connect(config=config).execute("SET enable_progress_bar = false")
    for name in ("ducklake", "postgres_scanner"):
        load_extension(con, name)
    return con


def _attach_lake(con: duckdb.DuckDBPyConnection, shared: Shared, snapshot: int | None) -> None:
    """The lake as `lake`: its head, to be written; or one snapshot, to be read. No fact is kept in the catalogue."""
    catalogue, data = (str(each).replace("'", "''") for each in (shared.catalogue, shared.data))
    how = "DATA_INLINING_ROW_LIMIT 0" if snapshot is None else f"READ_ONLY, SNAPSHOT_VERSION {snapshot}"
    con.execute(
        f"ATTACH 'ducklake:postgres:{catalogue}' AS lake "
        f"(METADATA_SCHEMA 'ducklake', DATA_PATH '{data}', OVERRIDE_DATA_PATH true, {how})"
    )


def _head(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("FROM lake.current_snapshot()").fetchall()[0][0])


def _tables(con: duckdb.DuckDBPyConnection, database: str = "part") -> list[Table]:
    rows = con.execute(statement("columns_of"), {"database": database}).fetchall()
    return [Table(name, columns, plain) for name, columns, plain in rows if name != LISTS]


def _lists(con: duckdb.DuckDBPyConnection) -> schema.Lists:
    rows = con.execute(f"SELECT name, list(label ORDER BY position) FROM lake.{LISTS} GROUP BY name").fetchall()  # noqa: S608
    return dict(rows)


def _write_lists(con: duckdb.DuckDBPyConnection) -> None:
    """What the version knows of the lists, where that is not what the head knows."""
    con.execute(f"CREATE TABLE IF NOT EXISTS lake.{LISTS} (name VARCHAR, position BIGINT, label VARCHAR)")
    known = {name: list(labels) for name, labels in con.execute(statement("lists_known_of")).fetchall()}
    if known != _lists(con):
        con.execute(f"DELETE FROM lake.{LISTS}")  # noqa: S608
        rows = [(name, n, label) for name, labels in known.items() for n, label in enumerate(labels)]
        names, positions, labels = (list(column) for column in zip(*rows, strict=True))
        con.execute(f"INSERT INTO lake.{LISTS} SELECT unnest(?), unnest(?), unnest(?)", [names, positions, labels])


def _there(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> list[tuple[int, int] | None]:
    """Rows and sums of these tables at the head of the lake; None for one that is not there, or has other columns."""
    columns = dict(con.execute(statement("lake_columns")).fetchall())
    known = [table for table in tables if columns.get(table.name) == list(table.columns)]
    sums = _sums(con, known, "lake")
    return [sums.get(table.name) for table in tables]


def _make_equal(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Write what is new or gone in a table of the lake; all of it where its columns are others."""
    of = {"table": table.name, "rows": table.rows_in("part"), "row": table.hash}
    if dict(con.execute(statement("lake_columns")).fetchall()).get(table.name) != list(table.columns):
        con.execute(f"DROP TABLE IF EXISTS lake.{table.name}")
        con.execute(f"CREATE TABLE lake.{table.name} AS FROM {of['rows']}")
        return
    for step in ("lake_changed", "lake_gone", "lake_new"):
        con.execute(statement(step, **of))


def _sums(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], database: str) -> Sums:
    """In one statement: a lake is asked once which files it has."""
    if not tables:
        return {}
    asked = (statement("sum_of", table=t.name, rows=t.rows_in(database), row=t.hash) for t in tables)
    return {str(name): (int(n), int(total)) for name, n, total in con.execute(" UNION ALL ".join(asked)).fetchall()}
