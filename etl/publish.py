"""The writer's door of the store: one version a file, made beside the current one and renamed into place."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from etl import schema
from etl.atlas import study_cells
from etl.attached import attach
from etl.errors import LoadError
from etl.facts import NO_MORE, check_schema, in_words
from etl.facts_key import facts_key, is_encrypted, not_encrypted
from etl.further import Further
from etl.kinds import Kind
from etl.records import KNOWN_BY, Judged, Original
from etl.reference import BorderSegment, Code, Crossing, District, Reference
from etl.runs import Runs
from etl.schema import SCHEMA_VERSION
from etl.source import Terms
from etl.statements import statement
from etl.store import locked, pointer, publish_file, sweep, version_at_hand, version_file
from etl.verdict import VERDICTS, FileCount, as_refused

DEDUPE = Path(__file__).with_name("dedupe.sql")
DROPPED = Path(__file__).with_name("dropped.sql")
OUTCOME = Path(__file__).with_name("outcome.sql")
REFUSED = "INSERT INTO refused BY NAME SELECT $table_no AS table_no, * FROM batch"
STAGING, JUDGING = "384MB", "1GB"  # of memory: while rows are staged, the heart has twice as much beside it
LARGE = 5_000_000_000  # bytes of files, some 33 million rows: from there on all rows of a load are put in one order
AT_ONCE = 100_000  # rows of what is told of a load


@contextmanager
def publication(store: Path, reference: Callable[[], Reference], n_bytes: int) -> Iterator[Publication]:
    """The next version in the making; nothing of it stays without `publish`.

    reference: told when it is ready; the version in force is copied meanwhile.   n_bytes: of all files of the load.

    Raises LoadError BUSY, or what is wrong with the store: then nothing has changed.
    """
    with locked(store), in_words(store):
        sweep(store)
        try:
            with closing(Publication(store, reference, n_bytes)) as making:
                yield making
        finally:
            sweep(store)


class Publication:
    """The half-made file of the next version: rows are staged, judged against the store, published."""

    def __init__(self, store: Path, reference: Callable[[], Reference], n_bytes: int) -> None:
        self._store = store
        self.previous = pointer(store)
        self.version = self.previous.last + 1
        self._part = version_file(store, self.version).with_suffix(".duckdb.part")
        self._spill = store / "facts" / "spill.part"
        self._spill.mkdir(mode=0o700)
        self._copy()
        self._reference = reference()
        self._con = self._opened()
        self._before = self._number("SELECT count(*) FROM incident")
        self._staged: Counter[int] = Counter()  # table number -> its good rows
        self._sources: dict[int, str] = {}  # table number -> whose references its rows have
        is_spread = n_bytes >= LARGE and not facts_key()  # beside facts under a key nothing lies bare
        self._runs = Runs(self._spill / "rows" if is_spread else None)
        self._con.execute("SET VARIABLE load_id = $v", {"v": self.version})
        self._con.execute("SET VARIABLE is_first = $is_first", {"is_first": self._before == 0})
        self._bars = bool(self._number("SELECT count(*) FROM erased"))
        self._con.execute(
            "CREATE TEMP TABLE refused AS "
            "SELECT 0::INTEGER AS table_no, * EXCLUDE (quarantine_id, load_id, file, sheet, sha256, terms) "
            "FROM quarantine LIMIT 0"
        )
        self._con.execute(
            "CREATE TEMP TABLE told (table_no INTEGER, file VARCHAR, sheet VARCHAR, sha256 VARCHAR, "
            "terms MAP(VARCHAR, VARCHAR))"
        )
        self._con.execute("CREATE TEMP TABLE correcting (table_no INTEGER, row_no BIGINT, quarantine_id VARCHAR)")
        self._con.execute(
            "CREATE TEMP TABLE read_as AS "
            "SELECT 0::INTEGER AS table_no, * EXCLUDE (load_id, file) FROM place_log LIMIT 0"
        )
        self._further = Further(self._con)
        self.not_compared = 0  # new incidents on days too full for possible double counts to be sought
        self._con.execute("SET threads = 1")  # the heart has the cores meanwhile
        self._con.execute("BEGIN")

    def _copy(self) -> None:
        """The version in force, as the half-made file begins."""
        now = self.previous.current
        if now is None:
            return
        before = version_at_hand(self._store, now)
        if facts_key() and not is_encrypted(before):
            raise not_encrypted()
        shutil.copyfile(before, self._part)
        Thread(target=_written_out, args=(self._part,)).start()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """The copy of the version in force, or a new file after the contract's schema."""
        now = self.previous.current
        lists = schema.lists_of(self._reference)
        if now is None:
            con = _connect(self._part, self._spill)
            schema.create(con, lists)
            return con
        con = _of_this_schema(self._part, self._spill, now)
        outgrown = schema.outgrown(con, lists)
        return self._made_anew(con, now, outgrown) if outgrown else con

    def _made_anew(self, con: duckdb.DuckDBPyConnection, now: int, lists: schema.Lists) -> duckdb.DuckDBPyConnection:
        """The version in force under longer lists of codes than it was made with."""
        con.close()
        self._part.unlink()
        con = _connect(self._part, self._spill)
        schema.create(con, lists)
        attach(con, version_file(self._store, now), "before", read_only=True)
        schema.copy(con, "before")
        con.execute("DETACH before")
        return con

    def describe(self, table_no: int, file: str, sheet: str, sha256: str, terms: Terms) -> None:
        """Say what a number of `stage` stands for, once, before its rows come."""
        kept = terms.kept()
        values = [table_no, file, sheet, sha256, [*kept], [*kept.values()]]
        self._con.execute("INSERT INTO told VALUES (?, ?, ?, ?, map(?, ?))", values)
        self._sources[table_no] = terms.source

    def settle(self, table_no: int, terms: Terms) -> None:
        """Say on which terms the rows of a table are judged, where that turns out while they are read."""
        kept = terms.kept()
        values = [[*kept], [*kept.values()], table_no]
        self._con.execute("UPDATE told SET terms = map(?, ?) WHERE table_no = ?", values)

    def corrects(self, table_no: int, kind: str, rows: pa.Table) -> dict[str, Original]:
        """Note which refused row of a kind each of some rows corrects, and tell what is known of those that there are.

        rows: row_no, quarantine_id.
        """
        self._con.register("batch", rows)
        self._con.execute(
            "INSERT INTO correcting SELECT $table_no, row_no, quarantine_id FROM batch "
            "WHERE quarantine_id IN (SELECT quarantine_id FROM quarantine WHERE kind = $kind)",
            {"table_no": table_no, "kind": kind},
        )
        found = self._con.execute(
            "SELECT quarantine_id, source, incident_id::BLOB, terms FROM quarantine "
            "WHERE kind = $kind AND quarantine_id IN (SELECT quarantine_id FROM batch)",
            {"kind": kind},
        ).fetchall()
        self._con.unregister("batch")
        return {number: Original(*told) for number, *told in found}

    def stage(self, table_no: int, judged: Judged) -> None:
        """Take in what `index_batch` made of some rows of a table. The file is private until it is published."""
        good = self._without_erased(table_no, judged.good) if self._bars else judged.good
        self._take_in(self._runs.added(table_no, good))
        self._insert(REFUSED, table_no, judged.quarantined)
        self._insert("INSERT INTO read_as SELECT $table_no, * FROM batch", table_no, judged.places)
        self._staged[table_no] += good.num_rows

    def _take_in(self, runs: Iterator[pa.Table]) -> None:
        """Each run by itself: whole row groups go straight to the half-made file, and memory stays flat."""
        for run in runs:
            self._con.register("batch", run)
            self._con.execute(statement("stage"))
            self._con.unregister("batch")
            self._con.execute("COMMIT")
            self._con.execute("BEGIN")

    def stage_part(self, table_no: int, kind: Kind, good: pa.Table, quarantined: pa.Table) -> None:
        """Take in what `judge_part` made of some rows of a further sheet."""
        self._further.stage(table_no, kind, good)
        self._insert(REFUSED, table_no, quarantined)

    def _without_erased(self, table_no: int, good: pa.Table) -> pa.Table:
        """What was erased may not come back: it is refused before a byte of it is written."""
        self._con.register("batch", good)
        self._con.execute(
            "INSERT INTO refused BY NAME SELECT $table_no AS table_no, row_no, "
            "'incident' AS kind, source, $rule AS rule, $field AS field, "
            "'' AS value_redacted, $fix AS fix, '' AS kept FROM batch SEMI JOIN erased USING (incident_id)",
            {"table_no": table_no, **NO_MORE},
        )
        allowed = self._con.execute("FROM batch ANTI JOIN erased USING (incident_id)").to_arrow_table()
        self._con.unregister("batch")
        return allowed

    def _insert(self, taken_in: str, table_no: int, rows: pa.Table) -> None:
        if rows.num_rows:
            self._con.register("batch", rows)
            self._con.execute(taken_in, {"table_no": table_no})
            self._con.unregister("batch")

    def judge(self) -> None:
        """Say of each staged row whether it is new, unchanged, superseding, a duplicate or in conflict."""
        self._con.execute("SET threads = 2")
        self._take_in(self._runs.rest())
        pa.default_memory_pool().release_unused()  # of the heart, whose work is done
        self._con.execute("COMMIT")
        self._con.execute(f"SET memory_limit = '{JUDGING}'")
        self._con.execute(DEDUPE.read_text(encoding="utf-8"))
        conflicts = self._con.execute(
            "SELECT rule, incident.* FROM verdict JOIN touched USING (seq, table_no) "
            "JOIN incident USING (incident_id, load_id, table_no, row_no) "
            "WHERE rule IS NOT NULL ORDER BY table_no, row_no"
        ).to_arrow_table()
        for table_no in set(conflicts["table_no"].to_pylist()):
            mine = conflicts.filter(pc.equal(conflicts["table_no"], table_no))
            self._insert(REFUSED, table_no, as_refused(mine))
        for table_no, refused in self._further.judge(self._sources):
            self._insert(REFUSED, table_no, refused)
        if self._bars:
            self._con.execute(
                "UPDATE refused SET rule = $rule, field = $field, value_redacted = '', fix = $fix, kept = '', "
                "incident_id = NULL WHERE incident_id IN (SELECT incident_id FROM erased)",
                NO_MORE,
            )

    def outcomes(self) -> pa.RecordBatchReader:
        """What became of every incoming row, in the order of files, sheets and rows; columns as in `outcome.sql`."""
        statement = f"{OUTCOME.read_text(encoding='utf-8')} ORDER BY table_no, row_no"
        return self._con.execute(statement).to_arrow_reader(AT_ONCE)

    def counts(self, tables: int) -> list[FileCount]:
        """What became of the rows of each table, counted in the tables."""
        verdicts = self._grouped(
            "SELECT table_no, verdict, count(*) FROM verdict WHERE verdict <> 'quarantined' GROUP BY ALL "
            "UNION ALL SELECT table_no, verdict, count(*) FROM part_verdict WHERE rule IS NULL GROUP BY ALL "
            "UNION ALL SELECT table_no, 'quarantined', count(*) FROM refused GROUP BY ALL"
        )
        rules = self._grouped("SELECT table_no, rule, count(*) FROM refused GROUP BY ALL ORDER BY 3 DESC, 2")
        judged = self._grouped("SELECT table_no, 'rows', count(*) FROM verdict GROUP BY ALL")
        for table_no, rows in self._staged.items():
            told = verdicts.setdefault(table_no, {})
            told["loaded"] = told.get("loaded", 0) + rows - judged.get(table_no, {}).get("rows", 0)
        precision = self._grouped(
            "SELECT table_no, precision_code, count(*) FROM incident "
            "WHERE load_id = getvariable('load_id') GROUP BY ALL "
            "UNION ALL SELECT table_no, precision_code, -count(*) FROM verdict JOIN touched USING (seq, table_no) "
            "JOIN incident USING (incident_id, load_id, table_no, row_no) "
            "WHERE verdict = 'quarantined' GROUP BY ALL"
        )
        return [FileCount(verdicts.get(n, {}), rules.get(n, {}), precision.get(n, {})) for n in range(tables)]

    def first_refused(self, most: int) -> list[tuple[int, int, str, str, str, str]]:
        """(table number, row, rule, field, redacted value, fix) of the first refused rows."""
        return self._con.execute(
            "SELECT table_no, row_no, rule, field, value_redacted, fix FROM refused ORDER BY ALL LIMIT $most",
            {"most": most},
        ).fetchall()

    def publish(self, files: Sequence[tuple[str, str, str]], counts: Sequence[FileCount], note: str) -> int:
        """Apply the load, check the row equation, and put the new version in force.

        files: name, SHA-256 and source of each; counts: of each file. Returns the version.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        self._con.execute("BEGIN")
        self._apply(files, counts, now)
        self._refresh(now, note)
        self._check()
        self._con.execute("COMMIT")
        self._con.execute("CHECKPOINT")
        self.close()
        publish_file(self._store, self._part, self.version)
        return self.version

    def close(self) -> None:
        """Let go of the half-made file."""
        self._con.close()

    def _grouped(self, statement: str) -> dict[int, dict[Any, int]]:
        grouped: dict[int, dict[Any, int]] = {}
        for table_no, what, n in self._con.execute(statement).fetchall():
            grouped.setdefault(table_no, {})[what] = n
        return grouped

    def _apply(self, files: Sequence[tuple[str, str, str]], counts: Sequence[FileCount], now: datetime) -> None:
        load = {"load_id": self.version}
        self._trace()
        self._further.before(load)
        self._con.execute(DROPPED.read_text(encoding="utf-8"))
        self.not_compared = self._further.after(load)
        self._con.execute(
            "INSERT INTO load SELECT $load_id, $now, count(*) - $before FROM incident",
            {**load, "now": now, "before": self._before},
        )
        for (name, sha256, source), count in zip(files, counts, strict=True):
            numbers = [count.verdicts.get(verdict, 0) for verdict in VERDICTS]
            row = [self.version, name, sha256, source, sum(numbers), *numbers]
            self._con.execute("INSERT INTO load_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._con.execute(statement("keep_refused"), load)
        self._con.execute(statement("keep_names"), {**load, "known_by": KNOWN_BY})

    def _trace(self) -> None:
        """What became of the rows that correct refused ones, while none of this load is dropped yet."""
        if self._number("SELECT count(*) FROM correcting"):
            self._con.execute(
                "INSERT INTO correction BY NAME SELECT quarantine_id, getvariable('load_id') AS load_id, "  # noqa: S608
                "file, sheet, row_no, verdict FROM correcting JOIN told USING (table_no) "
                f"JOIN ({OUTCOME.read_text(encoding='utf-8')}) USING (table_no, row_no) ORDER BY table_no, row_no"
            )

    def _refresh(self, now: datetime, note: str) -> None:
        """Code lists and places as they are today; the study area only where the boundaries changed."""
        boundary = self._reference.boundary_version
        for table, rows in self._reference.tables.items():
            self._replace(table, pa.Table.from_pylist([{**row} for row in rows]))
        same = self._number("SELECT count(*) FROM version WHERE boundary_version = $b", {"b": boundary})
        lists: dict[str, tuple[type, Sequence[Code | District | Crossing | BorderSegment]]] = {
            "code": (Code, self._reference.codes),
            "district": (District, list(self._reference.districts.values())),
            "crossing": (Crossing, list(self._reference.crossings.values())),
            "border_segment": (BorderSegment, self._reference.border),
        }
        for table, (kind, values) in lists.items():
            names = [field.name for field in fields(kind)]
            columns = zip(*map(astuple, values), strict=True)
            self._replace(table, pa.table({n: list(c) for n, c in zip(names, columns, strict=True)}))
        if not same:
            self._replace("study_cell", study_cells(self._reference))
        self._con.execute("DELETE FROM version")
        row = [self.version, SCHEMA_VERSION, now, boundary, note]
        self._con.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?)", row)

    def _replace(self, table: str, rows: pa.Table) -> None:
        self._con.execute(f"DELETE FROM {table}")  # noqa: S608
        self._con.register("batch", rows)
        self._con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM batch")  # noqa: S608
        self._con.unregister("batch")

    def _check(self) -> None:
        """The row equation, counted anew: what came in is stored or refused, and nothing else changed."""
        told = "SELECT coalesce(sum({}), 0)::BIGINT FROM load_file WHERE load_id = getvariable('load_id')"
        new = self._number("SELECT count(*) FROM incident WHERE load_id = getvariable('load_id')")
        replaced = self._before + new - self._number("SELECT count(*) FROM incident")
        refused = self._number("SELECT count(*) FROM quarantine WHERE load_id = getvariable('load_id')")
        conflicts = self._number("SELECT count(*) FROM verdict WHERE rule IS NOT NULL")
        further = self._further.tally()
        holds = (
            new - replaced + further.added == self._number(told.format("loaded"))
            and refused == self._number(told.format("quarantined"))
            and self._staged.total() + further.staged + refused - conflicts - further.conflicts
            == self._number(told.format("rows_in"))
            and self._number(
                "SELECT count(*) - count(DISTINCT incident_id) FROM incident SEMI JOIN repeated USING (incident_id)"
            )
            == 0
        )
        if not holds:
            raise LoadError(
                "ROWS_DO_NOT_ADD_UP",
                "The rows of this load do not add up; nothing was published.",
                "This is a fault of the program: report it with the files' row counts.",
            )

    def _number(self, statement: str, values: Mapping[str, object] | None = None) -> int:
        row = self._con.execute(statement, values or {}).fetchone()
        return int(row[0]) if row else 0


def _written_out(copied: Path) -> None:
    """Brings a copy to the disk while the load works; what it may not say is said when the version is published."""
    with suppress(OSError), copied.open("rb") as file:
        os.fsync(file.fileno())


def _connect(file: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": str(spill),
            "memory_limit": STAGING,
            "threads": "2",
            "preserve_insertion_order": "false",
            "write_buffer_row_group_count": "1",
        },
    )
    attach(con, file, "part", read_only=False)
    con.execute("USE part")
    return con.execute("SET enable_progress_bar = false")  # on a terminal it would write over ours


def _of_this_schema(file: Path, spill: Path, version: int) -> duckdb.DuckDBPyConnection:
    """Raises LoadError SCHEMA_VERSION for a store that another release made, STORE_DAMAGED for no store at all."""
    con = None
    try:
        con = _connect(file, spill)
        check_schema(con)
    except duckdb.Error as error:
        fix = "Roll back to another version, or put it back from a backup."
        raise LoadError("STORE_DAMAGED", f"The file of version {version} is damaged.", fix) from error
    except LoadError:
        if con:
            con.close()
        raise
    return con
