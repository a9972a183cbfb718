"""The writer's door of the store: one version a file, made beside the current one and renamed into place."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from etl.errors import LoadError
from etl.locate import study_cells
from etl.records import INCIDENT, QUARANTINE
from etl.reference import ROOT, Code, Crossing, District, Reference

SCHEMA = ROOT / "contract" / "schema.sql"
SCHEMA_VERSION = int((ROOT / "contract" / "VERSION").read_text().strip())
DEDUPE = Path(__file__).with_name("dedupe.sql")
KEY_BYTES = 32
VERDICTS = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")
MEMORY = "1GB"
REPEATED = {
    "reference_conflict": "Rows with this reference differ and none is reported later: keep one, or date them.",
    "older_than_stored": "A later report of this reference is stored: leave this row out.",
}


@dataclass(frozen=True)
class Pointer:
    """What `current.json` says: the version in force (None in an empty store) and all that are published."""

    current: int | None
    published: tuple[int, ...]


@dataclass(frozen=True)
class FileCount:
    """What became of the rows of one file."""

    verdicts: Mapping[str, int]
    rules: Mapping[str, int]
    precision: Mapping[int, int]


# --- the store's folder --------------------------------------------------------------


def pointer(store: Path) -> Pointer:
    """The pointer of a store; an empty one where nothing was published yet."""
    try:
        told = json.loads((store / "current.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Pointer(None, ())
    return Pointer(told["current"], tuple(told["published"]))


def versions(store: Path) -> tuple[int, ...]:
    """All published versions, oldest first."""
    return pointer(store).published


def current(store: Path) -> int | None:
    """The version in force, None where nothing was published yet."""
    return pointer(store).current


def version_file(store: Path, version: int) -> Path:
    """Where a version is kept."""
    return store / "facts" / f"v{version:06d}.duckdb"


def rollback(store: Path, version: int) -> None:
    """Put an earlier (or later) published version in force. Raises LoadError UNKNOWN_VERSION or BUSY."""
    with locked(store):
        published = versions(store)
        if version not in published:
            listed = ", ".join(map(str, published)) or "none"
            raise LoadError(
                "UNKNOWN_VERSION", f"Version {version} is not published.", f"Published: {listed}."
            )
        _point(store, Pointer(version, published))


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Be the only loader. Raises LoadError BUSY at once if another is at work."""
    (store / "facts").mkdir(parents=True, exist_ok=True)
    with (store / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            fix = "Wait until it is done, then load again."
            raise LoadError("BUSY", "Another loader is running.", fix) from error
        yield


def site_key(store: Path, *, keep: bool = True) -> bytes:
    """The key of the pseudonyms, made at first need. Raises LoadError KEY_MISSING if it is lost.

    keep: whether a new key is written, or only lent for a trial.
    """
    file = store.with_name(f"{store.name}.keys") / "pseudonym.key"
    if file.exists():
        return file.read_bytes()
    if versions(store):
        fix = f"Put it back from its backup as {file}: without it no record can be recognised."
        raise LoadError("KEY_MISSING", "The store has records, and the key of their references is gone.", fix)
    key = secrets.token_bytes(KEY_BYTES)
    if keep:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(file, key)
    return key


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk before this returns. Mode 0600."""
    part = file.with_name(f"{file.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _point(store: Path, to: Pointer) -> None:
    told = {"current": to.current, "published": list(to.published)}
    _write(store / "current.json", json.dumps(told).encode())
    (store / "current.json").chmod(0o644)


def _sweep(store: Path) -> None:
    """Take away what a loader that died left behind: half-made files, and versions that were never named."""
    published = {version_file(store, version) for version in versions(store)}
    for file in (store / "facts").iterdir():
        if file.is_dir():
            shutil.rmtree(file)
        elif file not in published:
            file.unlink()


# --- one version in the making -------------------------------------------------------


@contextmanager
def publication(store: Path, reference: Reference) -> Iterator[Publication]:
    """The next version in the making; nothing of it stays unless `publish` is called. Raises LoadError BUSY."""
    with locked(store):
        _sweep(store)
        making = Publication(store, reference)
        try:
            yield making
        finally:
            making.close()


class Publication:
    """The half-made file of the next version: rows are staged, judged against what is stored, then published."""

    def __init__(self, store: Path, reference: Reference) -> None:
        self._store, self._reference = store, reference
        self.previous = pointer(store)
        self.version = max((0, *self.previous.published)) + 1
        self._part = version_file(store, self.version).with_suffix(".duckdb.part")
        if self.previous.current is not None:
            shutil.copyfile(version_file(store, self.previous.current), self._part)
        self._con = _connect(self._part, store / "facts" / "spill.part")
        if self.previous.current is None:
            self._con.execute(SCHEMA.read_text(encoding="utf-8"))
        self._con.execute("BEGIN")
        self._con.execute(
            "CREATE TEMP TABLE stage AS "
            "SELECT 0::INTEGER AS file_no, 0::BIGINT AS row_no, * EXCLUDE (load_id) FROM incident LIMIT 0"
        )
        self._con.execute(
            "CREATE TEMP TABLE refused AS "
            "SELECT 0::INTEGER AS file_no, * EXCLUDE (load_id, file, sha256) FROM quarantine LIMIT 0"
        )

    def stage(self, file_no: int, good: pa.Table, quarantined: pa.Table) -> None:
        """Take in what `index_batch` made of some rows of a file."""
        for table, rows in (("stage", good), ("refused", quarantined)):
            if rows.num_rows:
                self._con.register("batch", rows)
                self._con.execute(f"INSERT INTO {table} SELECT $file_no, * FROM batch", {"file_no": file_no})  # noqa: S608
                self._con.unregister("batch")

    def judge(self) -> None:
        """Say of each staged row whether it is new, unchanged, superseding, a duplicate or in conflict."""
        self._con.execute(f"CREATE TEMP TABLE verdict AS {DEDUPE.read_text(encoding='utf-8')}")
        conflicts = self._con.execute(
            "SELECT file_no, rule, stage.* EXCLUDE (file_no) FROM verdict JOIN stage ON stage.rowid = seq "
            "WHERE rule IS NOT NULL ORDER BY file_no, row_no"
        ).to_arrow_table()
        for file_no in set(conflicts["file_no"].to_pylist()):
            mine = conflicts.filter(pa.compute.equal(conflicts["file_no"], file_no))
            self.stage(file_no, INCIDENT.empty_table(), _as_refused(mine))

    def counts(self, files: int) -> list[FileCount]:
        """What became of the rows of each file, counted in the tables themselves."""
        verdicts = self._grouped(
            "SELECT file_no, coalesce(verdict, 'loaded'), count(*) FROM stage "
            "LEFT JOIN verdict ON seq = stage.rowid WHERE verdict IS DISTINCT FROM 'quarantined' GROUP BY ALL "
            "UNION ALL SELECT file_no, 'quarantined', count(*) FROM refused GROUP BY ALL"
        )
        rules = self._grouped("SELECT file_no, rule, count(*) FROM refused GROUP BY ALL ORDER BY 3 DESC, 2")
        precision = self._grouped(
            "SELECT file_no, precision_code, count(*) FROM stage LEFT JOIN verdict ON seq = stage.rowid "
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
        self.close(keep=True)
        file = version_file(self._store, self.version)
        _sync(self._part)
        self._part.rename(file)
        _sync(file.parent)
        _point(self._store, Pointer(self.version, (*self.previous.published, self.version)))
        return self.version

    def close(self, *, keep: bool = False) -> None:
        """Let go of the half-made file, and take it away unless it is to be kept."""
        self._con.close()
        shutil.rmtree(self._store / "facts" / "spill.part", ignore_errors=True)
        if not keep:
            for file in (self._part, self._part.with_name(f"{self._part.name}.wal")):
                file.unlink(missing_ok=True)

    def _grouped(self, statement: str) -> dict[int, dict[Any, int]]:
        grouped: dict[int, dict[Any, int]] = {}
        for file_no, what, n in self._con.execute(statement).fetchall():
            grouped.setdefault(file_no, {})[what] = n
        return grouped

    def _apply(
        self, files: Sequence[tuple[str, str, str]], counts: Sequence[FileCount], now: datetime
    ) -> None:
        load = {"load_id": self.version}
        self._before = self._number("SELECT count(*) FROM incident")
        self._con.execute(
            "DELETE FROM incident WHERE incident_id IN ("
            "SELECT incident_id FROM stage JOIN verdict ON seq = stage.rowid WHERE is_stored)"
        )
        self._con.execute(
            "INSERT INTO incident BY NAME SELECT $load_id AS load_id, stage.* EXCLUDE (file_no, row_no) "
            "FROM stage LEFT JOIN verdict ON seq = stage.rowid WHERE coalesce(is_stored, true)",
            load,
        )
        self._con.execute("CREATE TEMP TABLE told (file_no INTEGER, file VARCHAR, sha256 VARCHAR)")
        self._con.execute("INSERT INTO load VALUES ($load_id, $now)", {**load, "now": now})
        for file_no, ((name, sha256, source), count) in enumerate(zip(files, counts, strict=True)):
            numbers = [count.verdicts.get(verdict, 0) for verdict in VERDICTS]
            self._con.execute("INSERT INTO told VALUES (?, ?, ?)", [file_no, name, sha256])
            row = [self.version, name, sha256, source, sum(numbers), *numbers]
            self._con.execute("INSERT INTO load_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._con.execute(
            "INSERT INTO quarantine BY NAME SELECT $load_id AS load_id, told.* EXCLUDE (file_no), "
            "refused.* EXCLUDE (file_no) FROM refused JOIN told USING (file_no) ORDER BY file_no, row_no",
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
            "- (SELECT count(*) FROM verdict WHERE rule IS NOT NULL)"
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
    spill.mkdir(mode=0o700)
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


def _as_refused(conflicts: pa.Table) -> pa.Table:
    """Staged rows that the store cannot take, as refused rows; kept of them are codes, days and numbers."""
    shown = [
        name
        for name in INCIDENT.names
        if name not in ("row_no", "incident_id", "source", "cell", "resolution")
    ]
    rows = conflicts.to_pylist()
    return pa.table(
        {
            "row_no": [row["row_no"] for row in rows],
            "rule": [row["rule"] for row in rows],
            "field": ["report_date"] * len(rows),
            "value_redacted": [str(row["report_date"] or "") for row in rows],
            "fix": [REPEATED[row["rule"]] for row in rows],
            "kept": [[(name, str(row[name])) for name in shown if row[name] is not None] for row in rows],
        },
        schema=QUARANTINE,
    )
