"""The writer's door of the store: one version a file, made beside the current one and renamed into place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from etl.atlas import study_cells
from etl.errors import LoadError
from etl.facts import NO_MORE, SCHEMA_VERSION, in_words, other_release
from etl.records import INCIDENT
from etl.reference import ROOT, Code, Crossing, District, Reference
from etl.store import locked, missing_version, pointer, publish_file, sweep, version_file
from etl.verdict import VERDICTS, FileCount, as_refused

SCHEMA = ROOT / "contract" / "schema.sql"
DEDUPE = Path(__file__).with_name("dedupe.sql")
OUTCOME = Path(__file__).with_name("outcome.sql")
MEMORY = "1GB"
AT_ONCE = 100_000  # rows of what is told of a load
# The good rows of a load wait in a mapped file: it is read three times and never held in memory as a whole.
STAGE = pa.schema([pa.field("seq", pa.int64()), pa.field("file_no", pa.int32()), *INCIDENT])


@contextmanager
def publication(store: Path, reference: Reference) -> Iterator[Publication]:
    """The next version in the making; nothing of it stays without `publish`.

    Raises LoadError BUSY, or what is wrong with the store: then nothing has changed.
    """
    with locked(store), in_words(store):
        sweep(store)
        try:
            with closing(Publication(store, reference)) as making:
                yield making
        finally:
            sweep(store)


class Publication:
    """The half-made file of the next version: rows are staged, judged against the store, published."""

    def __init__(self, store: Path, reference: Reference) -> None:
        self._store, self._reference = store, reference
        self.previous = pointer(store)
        self.version = self.previous.last + 1
        self._part = version_file(store, self.version).with_suffix(".duckdb.part")
        self._spill = store / "facts" / "spill.part"
        self._spill.mkdir(mode=0o700)
        self._con = self._opened()
        self._con.execute("BEGIN")
        self._con.execute(
            "CREATE TEMP TABLE refused AS "
            "SELECT 0::INTEGER AS file_no, * EXCLUDE (quarantine_id, load_id, file, sheet, sha256) "
            "FROM quarantine LIMIT 0"
        )
        self._con.execute("CREATE TEMP TABLE told (file_no INTEGER, file VARCHAR, sheet VARCHAR, sha256 VARCHAR)")
        self._con.execute("CREATE TEMP TABLE correcting (file_no INTEGER, row_no BIGINT, quarantine_id VARCHAR)")
        self._staged = self._spill / "stage.arrow"
        self._rows = 0
        self._writer = pa.ipc.new_file(self._staged, STAGE)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """A copy of the version in force, or a new file after the contract's schema."""
        now = self.previous.current
        if now is None:
            con = _connect(self._part, self._spill)
            con.execute(SCHEMA.read_text(encoding="utf-8"))
            return con
        if not version_file(self._store, now).is_file():
            raise missing_version(self._store, now)
        shutil.copyfile(version_file(self._store, now), self._part)
        return _of_this_schema(self._part, self._spill, now)

    def describe(self, file_no: int, file: str, sheet: str, sha256: str) -> None:
        """Say what a number of `stage` stands for, once, before its rows come."""
        self._con.execute("INSERT INTO told VALUES (?, ?, ?, ?)", [file_no, file, sheet, sha256])

    def corrects(self, file_no: int, rows: pa.Table) -> dict[str, tuple[str, bytes | None]]:
        """Note which refused row each of some rows corrects, and tell source and identity of those that there are.

        rows: row_no, quarantine_id.
        """
        self._con.register("batch", rows)
        self._con.execute(
            "INSERT INTO correcting SELECT $file_no, row_no, quarantine_id FROM batch "
            "WHERE quarantine_id IN (SELECT quarantine_id FROM quarantine)",
            {"file_no": file_no},
        )
        found = self._con.execute(
            "SELECT quarantine_id, source, incident_id FROM quarantine "
            "WHERE quarantine_id IN (SELECT quarantine_id FROM batch)"
        ).fetchall()
        self._con.unregister("batch")
        return {number: (source, identity) for number, source, identity in found}

    def stage(self, file_no: int, good: pa.Table, quarantined: pa.Table) -> None:
        """Take in what `index_batch` made of some rows of a file."""
        seq = pa.array(range(self._rows, self._rows + good.num_rows), pa.int64())
        self._rows += good.num_rows
        numbered = [seq, pa.repeat(pa.scalar(file_no, pa.int32()), good.num_rows), *good.columns]
        self._writer.write_table(pa.table(numbered, schema=STAGE))
        self._refuse(file_no, quarantined)

    def _refuse(self, file_no: int, quarantined: pa.Table) -> None:
        if quarantined.num_rows:
            self._con.register("batch", quarantined)
            self._con.execute(
                "INSERT INTO refused BY NAME SELECT $file_no AS file_no, * FROM batch", {"file_no": file_no}
            )
            self._con.unregister("batch")

    def judge(self) -> None:
        """Say of each staged row whether it is new, unchanged, superseding, a duplicate or in conflict."""
        self._writer.close()
        self._con.register("stage", pa.ipc.open_file(pa.memory_map(str(self._staged))).read_all())
        self._con.execute(f"CREATE TEMP TABLE verdict AS {DEDUPE.read_text(encoding='utf-8')}")
        self._refuse_erased()
        conflicts = self._con.execute(
            "SELECT rule, stage.* FROM verdict JOIN stage USING (seq) WHERE rule IS NOT NULL ORDER BY file_no, row_no"
        ).to_arrow_table()
        for file_no in set(conflicts["file_no"].to_pylist()):
            mine = conflicts.filter(pc.equal(conflicts["file_no"], file_no))
            self._refuse(file_no, as_refused(mine))

    def _refuse_erased(self) -> None:
        """What was erased may not come back; nothing is kept of a row that tries to."""
        if not self._number("SELECT count(*) FROM erased"):
            return
        self._con.execute("CREATE TEMP TABLE barred AS FROM stage SEMI JOIN erased USING (incident_id)")
        self._con.execute("DELETE FROM verdict WHERE seq IN (SELECT seq FROM barred)")
        self._con.execute(
            "INSERT INTO verdict BY NAME SELECT seq, 'quarantined' AS verdict, false AS is_stored FROM barred"
        )
        self._con.execute(
            "INSERT INTO refused BY NAME SELECT file_no, row_no, source, $rule AS rule, $field AS field, "
            "'' AS value_redacted, $fix AS fix, MAP {} AS kept FROM barred",
            NO_MORE,
        )
        self._con.execute(
            "UPDATE refused SET rule = $rule, field = $field, value_redacted = '', fix = $fix, kept = MAP {}, "
            "incident_id = NULL WHERE incident_id IN (SELECT incident_id FROM erased)",
            NO_MORE,
        )

    def outcomes(self) -> pa.RecordBatchReader:
        """What became of every incoming row, in the order of files, sheets and rows; columns as in `outcome.sql`."""
        statement = f"{OUTCOME.read_text(encoding='utf-8')} ORDER BY file_no, row_no"
        return self._con.execute(statement).to_arrow_reader(AT_ONCE)

    def counts(self, files: int) -> list[FileCount]:
        """What became of the rows of each file, counted in the tables."""
        verdicts = self._grouped(
            "SELECT file_no, coalesce(verdict, 'loaded'), count(*) FROM stage "
            "LEFT JOIN verdict USING (seq) WHERE verdict IS DISTINCT FROM 'quarantined' GROUP BY ALL "
            "UNION ALL SELECT file_no, 'quarantined', count(*) FROM refused GROUP BY ALL"
        )
        rules = self._grouped("SELECT file_no, rule, count(*) FROM refused GROUP BY ALL ORDER BY 3 DESC, 2")
        precision = self._grouped(
            "SELECT file_no, precision_code, count(*) FROM stage LEFT JOIN verdict USING (seq) "
            "WHERE verdict IS DISTINCT FROM 'quarantined' GROUP BY ALL"
        )
        return [FileCount(verdicts.get(n, {}), rules.get(n, {}), precision.get(n, {})) for n in range(files)]

    def first_refused(self, most: int) -> list[tuple[int, int, str, str, str, str]]:
        """(file number, row, rule, field, redacted value, fix) of the first refused rows."""
        return self._con.execute(
            "SELECT file_no, row_no, rule, field, value_redacted, fix FROM refused ORDER BY ALL LIMIT $most",
            {"most": most},
        ).fetchall()

    def publish(self, files: Sequence[tuple[str, str, str]], counts: Sequence[FileCount], note: str) -> int:
        """Apply the load, check the row equation, and put the new version in force.

        files: name, SHA-256 and source of each. Returns the version.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        self._apply(files, counts, now)
        self._refresh(now, note)
        self._check(len(files))
        self._con.execute("COMMIT")
        self._con.execute("CHECKPOINT")
        self.close()
        publish_file(self._store, self._part, self.version)
        return self.version

    def close(self) -> None:
        """Let go of the half-made file."""
        self._con.close()
        self._writer.close()

    def _grouped(self, statement: str) -> dict[int, dict[Any, int]]:
        grouped: dict[int, dict[Any, int]] = {}
        for file_no, what, n in self._con.execute(statement).fetchall():
            grouped.setdefault(file_no, {})[what] = n
        return grouped

    def _apply(self, files: Sequence[tuple[str, str, str]], counts: Sequence[FileCount], now: datetime) -> None:
        load = {"load_id": self.version}
        self._before = self._number("SELECT count(*) FROM incident")
        self._con.execute(
            "DELETE FROM incident WHERE incident_id IN ("
            "SELECT incident_id FROM stage JOIN verdict USING (seq) WHERE is_stored)"
        )
        self._con.execute(
            "INSERT INTO incident BY NAME SELECT $load_id AS load_id, stage.* EXCLUDE (seq, file_no, row_no) "
            "FROM stage LEFT JOIN verdict USING (seq) WHERE coalesce(is_stored, true)",
            load,
        )
        self._con.execute("INSERT INTO load VALUES ($load_id, $now)", {**load, "now": now})
        for (name, sha256, source), count in zip(files, counts, strict=True):
            numbers = [count.verdicts.get(verdict, 0) for verdict in VERDICTS]
            row = [self.version, name, sha256, source, sum(numbers), *numbers]
            self._con.execute("INSERT INTO load_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._con.execute(
            "INSERT INTO quarantine BY NAME SELECT "
            "format('Q{}-{}', $load_id, row_number() OVER (ORDER BY file_no, row_no)) AS quarantine_id, "
            "$load_id AS load_id, told.* EXCLUDE (file_no), "
            "refused.* EXCLUDE (file_no) FROM refused JOIN told USING (file_no) ORDER BY file_no, row_no",
            load,
        )
        if self._number("SELECT count(*) FROM correcting"):
            self._con.execute(
                "INSERT INTO correction BY NAME "  # noqa: S608
                "SELECT quarantine_id, $load_id AS load_id, file, sheet, row_no, verdict "
                f"FROM correcting JOIN told USING (file_no) JOIN ({OUTCOME.read_text(encoding='utf-8')}) "
                "USING (file_no, row_no) ORDER BY file_no, row_no",
                load,
            )

    def _refresh(self, now: datetime, note: str) -> None:
        """Code lists and places as they are today; the study area only where the boundaries changed."""
        boundary = self._reference.boundary_version
        same = self._number("SELECT count(*) FROM version WHERE boundary_version = $b", {"b": boundary})
        lists: dict[str, tuple[type, Sequence[Code | District | Crossing]]] = {
            "code": (Code, self._reference.codes),
            "district": (District, list(self._reference.districts.values())),
            "crossing": (Crossing, list(self._reference.crossings.values())),
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

    def _check(self, files: int) -> None:
        """The row equation, counted anew: what came in is stored or refused, and nothing else changed."""
        version = {"v": self.version}
        told = "SELECT coalesce(sum({}), 0)::BIGINT FROM load_file WHERE load_id = $v"
        new = self._number("SELECT count(*) FROM incident WHERE load_id = $v", version)
        replaced = self._before + new - self._number("SELECT count(*) FROM incident")
        loaded = self._number(told.format("loaded"), version)
        refused = self._number("SELECT count(*) FROM quarantine WHERE load_id = $v", version)
        rows_in = self._number(told.format("rows_in"), version)
        staged = self._number(
            "SELECT (SELECT count(*) FROM stage) + (SELECT count(*) FROM refused) "
            "- (SELECT count(*) FROM verdict WHERE verdict = 'quarantined')"
        )
        holds = (
            new - replaced == loaded
            and refused == self._number(told.format("quarantined"), version)
            and rows_in == staged
            and self._number("SELECT count(*) - count(DISTINCT incident_id) FROM incident") == 0
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


def _connect(file: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        file,
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": str(spill),
            "memory_limit": MEMORY,
            "threads": "2",
            "preserve_insertion_order": "false",
        },
    )


def _of_this_schema(file: Path, spill: Path, version: int) -> duckdb.DuckDBPyConnection:
    """Raises LoadError SCHEMA_VERSION for a store that another release made, STORE_DAMAGED for no store at all."""
    try:
        con = _connect(file, spill)
        schema_version = con.execute("SELECT schema_version FROM version").fetchone()
    except duckdb.Error as error:
        fix = "Roll back to another version, or put it back from a backup."
        raise LoadError("STORE_DAMAGED", f"The file of version {version} is damaged.", fix) from error
    if schema_version != (SCHEMA_VERSION,):
        con.close()
        raise other_release()
    return con
