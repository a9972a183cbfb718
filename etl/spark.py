"""The same heart on Spark: each task reads a piece of a file, judges its rows, and leaves them as Parquet parts.

A part gets its name when it is whole, so that a task that died is simply done again and nothing is there twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl import dates
from etl.correction import is_correction
from etl.errors import LoadError, fault_of
from etl.facts_key import KEY
from etl.index import index_batch
from etl.opening import Opened
from etl.publish import Publication
from etl.records import INCIDENT, PLACE_LOG, QUARANTINE, Judged
from etl.reference import ROOT, Reference, load_reference
from etl.rows import raw
from etl.source import Terms
from etl.sources.simanta_sheet import SOURCE as OURS
from etl.table import TextTable

PIECE_BYTES = 32 << 20  # of a file that can be cut: some 200,000 rows, a few seconds of a core
TOLD = "told.json"
LISTED = [field.name for field in INCIDENT if pa.types.is_dictionary(field.type)]
WRITTEN = pa.schema([field.with_type(pa.large_string()) if field.name in LISTED else field for field in INCIDENT])
SCHEMAS = {"good": WRITTEN, "quarantined": QUARANTINE, "places": PLACE_LOG}
LOOK_AGAIN = 0.05  # seconds
RESULT = "piece long, rows long"
CODE = Path(__file__).parent
OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.io.encryption.enabled": "true",  # the key of the pseudonyms travels with a task
    "spark.executorEnv.POLARS_MAX_THREADS": "1",  # a task has one core
}
# Where the master is this machine: nothing of it is reached from another, and a JVM that only hands out numbers is not
# worth compiling well, which took two fifths of its CPU.
HERE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # a log may quote a cell
FAULT = re.compile(r"A fault of the program: \w+ in [\w.]+:\d+")

Indexed = Iterator[tuple[int, Judged]]
Index = Callable[[Publication, int, Opened, TextTable, Terms, Reference], Indexed]
Told = Mapping[str, Any]
Judge = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Piece:
    """What a task reads and judges: whole records of one table. Goes to another process, and holds no row."""

    table_no: int
    opened: Opened
    table: TextTable
    terms: Terms


@contextmanager
def on_spark(master: str, store: Path, opened: Sequence[Opened], terms: Sequence[Terms]) -> Iterator[Index]:
    """Yields what judges a table on Spark, in place of the heart of this process.

    terms: of each file.
    Raises LoadError NOT_FOR_SPARK, SPARK_MISSING, SPARK_NOT_STARTED or SPARK_FAILED.
    """
    if KEY in os.environ:
        message = "The facts are under a key, and Spark would write what it judges without one."
        raise LoadError("NOT_FOR_SPARK", message, "Load without --engine spark.")
    for each in opened:
        _check(each)
    pieces = [piece for no, each in enumerate(opened) for piece in _pieces(no, each, terms[no])]
    with _session(master) as spark, _folder(store) as folder:
        work = _Work(spark, folder, pieces)
        try:
            yield work.index
        finally:
            work.end()


def _check(opened: Opened) -> None:
    """Raises LoadError NOT_FOR_SPARK for what the local load alone takes."""
    is_ours = opened.source.name == OURS.name and opened.mapping is None and opened.reading.crs is None
    tables = opened.tables if is_ours and not any(opened.kinds) else ()
    if not tables or any(is_correction(t.header) or t.batches.pieces is None for t in tables):
        message = "Spark loads a CSV or Parquet of Simanta's own sheet, in degrees and without a mapping, alone."
        raise LoadError("NOT_FOR_SPARK", message, "Load this file without --engine spark.", opened.file.name)


def _pieces(table_no: int, opened: Opened, terms: Terms) -> Iterator[Piece]:
    (table,) = opened.tables
    lean = replace(opened, tables=(), kinds=())
    for batches in table.batches.pieces(PIECE_BYTES) if table.batches.pieces else ():
        yield Piece(table_no, lean, replace(table, batches=batches), terms)


@contextmanager
def _folder(store: Path) -> Iterator[Path]:
    """For the parts; what a loader that died leaves of it is swept like any half-made file."""
    folder = store / "facts" / f"spark-{secrets.token_hex(8)}.part"
    folder.mkdir(mode=0o700)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _session(master: str) -> Iterator[Any]:
    """The session that is there, or one for this load."""
    try:
        with _without_advice():
            from pyspark import SparkConf, SparkContext
            from pyspark.java_gateway import launch_gateway
            from pyspark.sql import SparkSession
    except ImportError as error:
        fix = "Install pyspark as pyproject.toml pins it (the extra `spark`) and Java 17, or leave --engine out."
        raise LoadError("SPARK_MISSING", "Spark is not installed.", fix) from error
    if found := SparkSession.getActiveSession():
        yield found
        return
    is_here = master.startswith("local")
    if is_here:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    options = OPTIONS | (HERE if is_here else {})
    conf = SparkConf().setMaster(master).setAppName("simanta load").setAll(list(options.items()))
    try:
        with _without_advice():
            spark = SparkSession(SparkContext(conf=conf, gateway=launch_gateway(conf, dict(SILENT))))
    except Exception as error:
        fix = "Check that Java 17 is installed, and that spark_master in the settings is right and can be reached."
        raise LoadError("SPARK_NOT_STARTED", "Spark did not start.", fix) from error
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Spark warns of a pandas that is newer than it knows; no pandas is used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


# --- the one that asks ---------------------------------------------------------------


@dataclass
class _Job:
    """Pieces that are being judged; each is told of as soon as it is done."""

    spark: Any
    folder: Path
    pieces: Mapping[int, Piece]
    done: Future[list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        pool = ThreadPoolExecutor(1)
        self.done = pool.submit(self._run)
        pool.shutdown(wait=False)

    def _run(self) -> list[tuple[int, int]]:
        numbers = list(self.pieces)
        frame = self.spark.range(0, len(numbers), 1, len(numbers))  # a task a piece
        judge = judging([(no, self.pieces[no]) for no in numbers], self.folder, program())
        with _without_advice():
            return [(int(no), int(rows)) for no, rows in frame.mapInArrow(judge, RESULT).collect()]

    def told(self, no: int) -> Told:
        """What became of a piece, once it is known. Raises LoadError SPARK_FAILED."""
        file = self.folder / str(no) / TOLD
        while not file.exists() and not self.done.done():
            wait([self.done], LOOK_AGAIN)
        if not file.exists():
            fault = self.done.exception()
            found = FAULT.search(str(fault))
            message = f"Spark gave the load up; nothing was published. {found[0] if found else ''}".rstrip()
            fix = "Look for the reason in the log that Spark's own settings keep, then load again."
            raise LoadError("SPARK_FAILED", message, fix) from fault
        told: Told = json.loads(file.read_text(encoding="utf-8"))
        return told

    def taken(self, no: int) -> Iterator[tuple[str, pa.Table]]:
        """The parts of a piece, a batch at a time; they go when they have been taken."""
        for name in SCHEMAS:
            listed = LISTED if name == "good" else None
            part = pq.ParquetFile(self.folder / str(no) / f"{name}.parquet", read_dictionary=listed)
            for at in range(part.num_row_groups):
                yield name, part.read_row_group(at)
        shutil.rmtree(self.folder / str(no))


class _Work:
    """All pieces of a load; those that wait for the order of day and month are judged when it is settled."""

    def __init__(self, spark: Any, folder: Path, pieces: Sequence[Piece]) -> None:
        self._spark, self._folder = spark, folder
        self._pieces = dict(enumerate(pieces))
        self._first = _Job(spark, folder / "first", self._pieces)
        self._jobs = [self._first]

    def index(
        self, making: Publication, table_no: int, opened: Opened, table: TextTable, terms: Terms, _: Reference
    ) -> Indexed:
        """(rows read, what the heart made of them) of each batch of a table, in their order."""
        mine, before = [no for no, piece in self._pieces.items() if piece.table_no == table_no], 0
        settled: _Job | None = None
        for no in mine:
            job, told = self._first, self._first.told(no)
            if told["orders"]:
                settled = settled or self._settled(making, table_no, opened, mine, terms)
                job, told = settled, settled.told(no)
            _refuse(told, before, opened)
            yield told["rows"], _judged("good", INCIDENT.empty_table())
            yield from ((0, _judged(name, _numbered(name, part, before))) for name, part in job.taken(no))
            before += told["rows"] + (table.header_row if no == mine[0] else 0)

    def end(self) -> None:
        """Nothing is judged any more, also where the load was refused half-way."""
        self._spark.sparkContext.cancelAllJobs()
        wait([job.done for job in self._jobs])

    def _settled(self, making: Publication, table_no: int, opened: Opened, mine: Sequence[int], terms: Terms) -> _Job:
        """The pieces with short dates, judged once more, on the order that all of them prove."""
        proofs = {no: self._first.told(no)["orders"] for no in mine}
        order = dates.settled({proof for each in proofs.values() for proof in each}, opened.file.name)
        terms = replace(terms, date_order=order)
        making.settle(table_no, terms)
        waiting = {no: replace(self._pieces[no], terms=terms) for no, each in proofs.items() if each}
        self._jobs.append(_Job(self._spark, self._folder / f"settled-{table_no}", waiting))
        return self._jobs[-1]


def _judged(name: str, part: pa.Table) -> Judged:
    empty = {each: schema.empty_table() for each, schema in SCHEMAS.items()}
    return Judged(**{**empty, name: part})


def _numbered(name: str, part: pa.Table, before: int) -> pa.Table:
    """A piece numbers its own rows: here they get the numbers that they have in the file."""
    if name == "places" or not before:
        return part
    return part.set_column(0, part.schema.field(0), pc.add(part["row_no"], before))


def _refuse(told: Told, before: int, opened: Opened) -> None:
    """Raises the LoadError that a task came to."""
    if error := told["error"]:
        row = error["row"] and error["row"] + before
        raise LoadError(error["code"], error["message"], error["fix"], opened.file.name, row, error["field"])


# --- a task --------------------------------------------------------------------------


def judging(pieces: Sequence[tuple[int, Piece]], folder: Path, asked_by: str) -> Judge:
    """For `frame.mapInArrow`: places in `pieces` in, (number, rows) of each judged one out.

    asked_by: `program()` where the load was started: another release may judge otherwise.
    """

    def judge(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for at in batch.column(0).to_pylist():
                no, piece = pieces[at]
                told = _told(piece, folder / str(no), asked_by)
                yield pa.record_batch({"piece": [no], "rows": pa.array([told["rows"]], pa.int64())})

    return judge


def _told(piece: Piece, target: Path, asked_by: str) -> Told:
    """Judges a piece into a folder of its own, which gets its name when it is whole."""
    made = Path(tempfile.mkdtemp(prefix="task-", dir=target.parent))
    told: dict[str, Any] = {"rows": 0, "orders": [], "error": None}
    try:
        if program() != asked_by:
            fix = "Install the release that starts the load on every host."
            raise LoadError("PROGRAM_DIFFERS", "A worker of Spark has another release of Simanta.", fix)
        told |= _written(piece, made)
    except LoadError as error:  # a refusal is an answer: done again it would be the same
        told["error"] = error.as_dict()
    except Exception as error:  # noqa: BLE001  # its own words may quote a cell, and Spark writes them down
        raise RuntimeError(str(fault_of(error))) from None
    (made / TOLD).write_text(json.dumps(told), encoding="utf-8")
    if not target.exists():  # else another attempt at this piece was faster
        made.rename(target)
    return told


def _written(piece: Piece, folder: Path) -> Told:
    """The rows of a piece, judged and written; from the first short date on, where its order is to be settled, none."""
    rows, orders = 0, set[str]()
    with ExitStack() as open_parts:
        parts = [
            open_parts.enter_context(pq.ParquetWriter(folder / f"{name}.parquet", schema))
            for name, schema in SCHEMAS.items()
        ]
        for batch in raw(piece.opened, piece.table):
            rows += batch.num_rows
            orders |= dates.orders(batch) if piece.terms.date_order is None else set()
            if not orders:
                for part, table in zip(parts, index_batch(batch, piece.terms, load_reference()), strict=True):
                    part.write_table(table.cast(part.schema))
    return {"rows": rows, "orders": sorted(orders)}


@cache
def program() -> str:
    """What judges rows, as a digest: this half's code, and the code lists and places beside it."""
    digest = hashlib.sha256(load_reference().boundary_version.encode())
    for file in sorted([*CODE.rglob("*.py"), *(ROOT / "contract").rglob("*.*")]):
        digest.update(os.fsencode(file.name) + file.read_bytes())
    return digest.hexdigest()
