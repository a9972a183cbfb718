"""One load, from files on disk to a published version, in the order in which it happens."""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import get_args

import pyarrow as pa

from etl import dates, scrub
from etl.atlas import atlas_of
from etl.border import border_of
from etl.correction import index_corrections, is_correction, judge_part_corrections, read_corrections
from etl.errors import LoadError, fault_of, printable
from etl.files import changed, fingerprint
from etl.index import index_batch
from etl.kinds import Kind
from etl.mapping import Mapping
from etl.opening import Opened, open_file, terms_of
from etl.parts import judge_part
from etl.publish import Publication, publication
from etl.receipt import Write, receipt
from etl.records import Judged
from etl.reference import Reference, load_reference
from etl.report import FileReport, Refused, Report
from etl.rows import by_column, order_of_incidents, order_of_sheet, orders, raw
from etl.source import DateOrder, Source, Terms
from etl.spark import Index, Indexed, on_spark
from etl.store import site_key
from etl.table import Reading, TextTable, Warning
from etl.verdict import VERDICTS, FileCount, summed

Progress = Callable[[str, int], None]
Engine = Callable[[Sequence[Opened], Sequence[Terms]], AbstractContextManager[Index]]
_Task = tuple[int, Callable[[], Judged]]
PRECISION_CODES = range(1, 8)
SHOWN_REFUSED = 20
AT_ONCE = 2  # batches in the heart; most of its work lets other threads run


def load(
    files: Sequence[Path],
    store: Path,
    *,
    source: str | None = None,
    date_order: DateOrder | None = None,
    mapping: Mapping | None = None,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    dry_run: bool = False,
    note: str = "",
    receipt_to: Path | None = None,
    spark_master: str | None = None,
    today: date,
    progress: Progress | None = None,
) -> Report:
    """Read each file, account for each row, and publish one version for all of them or none.

    mapping: the sheet that all these files are; its order of dates gives way to the one said here.
    receipt_to: where to write what became of every incoming row, if anywhere.
    spark_master: where Spark judges the rows; without it this process does.
    progress: told the stage (`read`, `judge`, `publish`) and the rows so far, over all files.
    Raises LoadError where a file or the load is refused; then nothing has changed.
    """
    started, tell = time.monotonic(), progress or (lambda _stage, _rows: None)
    with no_other_fault(), ThreadPoolExecutor(1) as ahead:
        _check_options(date_order, note)
        reading = mapping.reading(reading) if mapping else reading
        made_ready = ahead.submit(_made_ready)
        opened = [open_file(file.absolute(), source, mapping, reading) for file in files]
        order = date_order or (mapping.told.date_order if mapping else None)
        terms = partial(terms_of, today=today, date_order=order)
        with receipt(receipt_to, store, files) as write_receipt:
            engine = partial(on_spark, spark_master, store) if spark_master else _here
            told = _publish(opened, store, made_ready.result, terms, engine, dry_run, note, tell, write_receipt)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Report(*told[:2], dry_run, round(time.monotonic() - started, 2), peak_mib, *told[2:])


def _made_ready() -> Reference:
    """The places, and what is built from them, while the files are still being checked."""
    reference = load_reference()
    atlas_of(reference)
    border_of(reference)
    return reference


def _publish(
    opened: Sequence[Opened],
    store: Path,
    made_ready: Callable[[], Reference],
    terms: Callable[[Source, bytes], Terms],
    engine: Engine,
    dry_run: bool,
    note: str,
    tell: Progress,
    write_receipt: Write,
) -> tuple[int | None, int | None, list[FileReport], list[Refused]]:
    """(version, previous version, a report a file, the first refused rows)."""
    n_bytes = sum(each.file.stat().st_size for each in opened)
    with publication(store, made_ready, n_bytes) as making:
        reference = made_ready()
        key = site_key(store, keep=not dry_run)
        tables = [(no, table.sheet) for no, each in enumerate(opened) for table in each.tables]
        numbers = count()
        tell("read", 0)
        rows_in: list[int] = []
        of_each = [terms(each.source, key) for each in opened]
        with engine(opened, of_each) as index:
            for each, its_terms in zip(opened, of_each, strict=True):
                so_far = partial(_after, tell, sum(rows_in))
                rows_in.append(_stage(making, numbers, each, its_terms, reference, index, so_far))
        tell("judge", sum(rows_in))
        with ThreadPoolExecutor(1) as beside:
            checks = [beside.submit(_check_unchanged, each) for each in opened]
            making.judge()
            for check in checks:
                check.result()
        write_receipt(making.outcomes, [(printable(opened[no].file.name), sheet) for no, sheet in tables])
        counts = _by_file(making.counts(len(tables)), tables, len(opened))
        reports = [_report(*each) for each in zip(opened, rows_in, counts, strict=True)]
        refused = _refused(making, opened, tables)
        tell("publish", sum(rows_in))
        previous = version = making.previous.current
        if sum(rows_in) and not dry_run:
            named = [(printable(each.file.name), each.sha256, each.source.name) for each in opened]
            version = making.publish(named, counts, note)
            reports = _with_not_compared(reports, making.not_compared)
    return version, previous, reports, refused


def _with_not_compared(reports: list[FileReport], n: int) -> list[FileReport]:
    """The load's warning on its first file: on some days there was too much to seek possible double counts."""
    if not n:
        return reports
    message = f"Possible double counts were not sought for {n:,} records of days with too many incidents."
    warnings = (*reports[0].warnings, Warning("DOUBLE_COUNT_NOT_SOUGHT", message))
    return [replace(reports[0], warnings=warnings), *reports[1:]]


def _here(_opened: Sequence[Opened], _terms: Sequence[Terms]) -> AbstractContextManager[Index]:
    """The heart of this process."""
    return nullcontext(_index)


def _index(
    making: Publication, table_no: int, opened: Opened, table: TextTable, terms: Terms, reference: Reference
) -> Indexed:
    return _indexed(_tasks(making, table_no, opened, table, terms, reference))


def _after(tell: Progress, before: int, stage: str, rows: int) -> None:
    tell(stage, before + rows)


@contextmanager
def no_other_fault() -> Iterator[None]:
    """Raises LoadError PROGRAM_FAULT in place of what no rule foresaw."""
    try:
        yield
    except LoadError:
        raise
    except Exception as error:
        raise fault_of(error) from error


def _check_options(date_order: str | None, note: str) -> None:
    if date_order not in (None, *get_args(DateOrder)):
        raise LoadError("UNKNOWN_DATE_ORDER", "There is no such order of dates.", "Say dmy, mdy, ymd or mixed.")
    if scrub.in_free_text(note):
        fix = "Write it without names and numbers."
        raise LoadError("PERSONAL_DATA", "The note holds what looks like personal data.", fix)


def _by_file(counts: Sequence[FileCount], tables: Sequence[tuple[int, str]], files: int) -> list[FileCount]:
    """What became of the rows of each file, over its tables."""
    told: list[list[FileCount]] = [[] for _ in range(files)]
    for each, (of, _) in zip(counts, tables, strict=True):
        told[of].append(each)
    return [summed(each) for each in told]


def _stage(
    making: Publication,
    numbers: Iterator[int],
    opened: Opened,
    terms: Terms,
    reference: Reference,
    index: Index,
    tell: Progress,
) -> int:
    """Read, index and stage the rows of one file; returns how many there are."""
    rows_in = 0
    try:
        for table, kind in zip(opened.tables, opened.kinds, strict=True):
            table_no = next(numbers)
            making.describe(table_no, printable(opened.file.name), table.sheet, opened.sha256, terms)
            for read in _staged(making, table_no, opened, table, kind, terms, reference, index):
                rows_in += read  # as read, not as judged: a row that the heart loses does not add up
                _check_rows(opened, rows_in)
                tell("read", rows_in)
    except LoadError:
        _check_unchanged(opened)  # a file that is cut while it is read is damaged too, and that is not what to say
        raise
    return rows_in


def _staged(
    making: Publication,
    table_no: int,
    opened: Opened,
    table: TextTable,
    kind: Kind | None,
    terms: Terms,
    reference: Reference,
    index: Index,
) -> Iterator[int]:
    """The number of rows of each batch, once it is staged."""
    if kind is None:
        for read, judged in index(making, table_no, opened, table, terms, reference):
            making.stage(table_no, judged)
            yield read
    else:
        for read, (good, refused) in _judged_part(making, table_no, opened, table, kind, terms, reference):
            making.stage_part(table_no, kind, good, refused)
            yield read


def _judged_part(
    making: Publication,
    table_no: int,
    opened: Opened,
    table: TextTable,
    kind: Kind,
    terms: Terms,
    reference: Reference,
) -> Iterator[tuple[int, tuple[pa.Table, pa.Table]]]:
    """(rows read, good and refused rows) of each batch of a further sheet."""
    if is_correction(table.header):
        originals = partial(making.corrects, table_no, kind.name)
        for rows in read_corrections(table.batches, table.header, opened.source, kind, originals):
            yield rows.num_rows, judge_part_corrections(rows, kind, terms, reference)
        return
    for cells in by_column(table, kind):
        if terms.date_order is None and orders(cells, kind):
            making.settle(table_no, terms := replace(terms, date_order=order_of_sheet(opened, table, kind)))
        yield cells.height, judge_part(cells, kind, terms, reference)


def _check_rows(opened: Opened, rows: int) -> None:
    most = opened.reading.most_rows
    if rows > most:
        raise LoadError("TOO_LARGE", f"The file has more than {most:,} rows.", "Split it.", opened.file.name)


def _check_unchanged(opened: Opened) -> None:
    """Raises LoadError FILE_CHANGED, also where the file is gone by now."""
    try:
        is_same = fingerprint(opened.file, opened.reading) == opened.sha256
    except LoadError:
        is_same = False
    if not is_same:
        raise changed(opened.file)


def _tasks(
    making: Publication, table_no: int, opened: Opened, table: TextTable, terms: Terms, reference: Reference
) -> Iterator[_Task]:
    """(rows read, what judges them) of each batch of a table."""
    if is_correction(table.header):
        originals = partial(making.corrects, table_no, "incident")
        for rows in read_corrections(table.batches, table.header, opened.source, None, originals):
            yield rows.num_rows, partial(index_corrections, rows, terms, reference)
        return
    for batch, settled in _with_order(opened, table, terms):
        if settled is not terms:
            making.settle(table_no, terms := settled)
        yield batch.num_rows, partial(index_batch, batch, settled, reference)


def _with_order(opened: Opened, table: TextTable, terms: Terms) -> Iterator[tuple[pa.Table, Terms]]:
    """Each batch with the terms it is judged on: at the first short date the file itself settles day and month.

    Raises LoadError DATE_ORDER_UNKNOWN or DATE_ORDER_CONFLICT where it does not.
    """
    for batch in raw(opened, table):
        if terms.date_order is None and dates.orders(batch):
            terms = replace(terms, date_order=order_of_incidents(opened))
        yield batch, terms


def _indexed(tasks: Iterator[_Task]) -> Indexed:
    """(rows read, what the heart made of them) of each batch, in their order; a few are judged at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way: deque[tuple[int, Future[Judged]]] = deque()
        for rows, judge in tasks:
            under_way.append((rows, pool.submit(judge)))
            if len(under_way) > AT_ONCE:
                first, judged = under_way.popleft()
                yield first, judged.result()
        yield from ((rows, judged.result()) for rows, judged in under_way)


def _refused(making: Publication, opened: Sequence[Opened], tables: Sequence[tuple[int, str]]) -> list[Refused]:
    first = making.first_refused(SHOWN_REFUSED)
    return [
        Refused(printable(opened[tables[no][0]].file.name), row, rule, name, value, fix, tables[no][1])
        for no, row, rule, name, value, fix in first
    ]


def _report(opened: Opened, rows_in: int, told: FileCount) -> FileReport:
    verdicts = {verdict: told.verdicts.get(verdict, 0) for verdict in VERDICTS}
    if sum(verdicts.values()) != rows_in:
        raise LoadError(
            "ROWS_DO_NOT_ADD_UP",
            "The rows of this file do not add up.",
            "This is a fault of the program: report it.",
            opened.file.name,
        )
    warnings = opened.warnings
    if not rows_in:
        warnings += (Warning("NO_ROWS", "The file has a header and no rows."),)
    return FileReport(
        printable(opened.file.name),
        opened.sha256,
        opened.source.name,
        rows_in,
        **verdicts,
        rules=dict(told.rules),
        precision={str(code): told.precision.get(code, 0) for code in PRECISION_CODES},
        mapping=opened.mapping.named() if opened.mapping else None,
        warnings=warnings,
    )
