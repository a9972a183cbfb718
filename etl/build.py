"""One load, from files on disk to a published version, in the order in which it happens."""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import get_args

import polars as pl
import pyarrow as pa

from etl import dates, scrub
from etl.atlas import atlas_of
from etl.border import border_of
from etl.correction import COLUMNS as OF_A_CORRECTION
from etl.correction import index_corrections, is_correction, read_corrections
from etl.errors import LoadError, fault_of, printable
from etl.files import fingerprint, open_tables
from etl.index import index_batch
from etl.kinds import KINDS, Kind, kind_of
from etl.mapping import Mapping
from etl.parts import judge_part
from etl.publish import Publication, publication
from etl.receipt import Write, receipt
from etl.records import RAW, Judged
from etl.reference import Reference, load_reference
from etl.report import FileReport, Refused, Report
from etl.source import DateOrder, Source, Terms, same_header
from etl.sources import all_sources, recognised
from etl.sources.simanta_sheet import SOURCE as OURS
from etl.store import site_key
from etl.table import Reading, TextTable, Warning
from etl.verdict import VERDICTS, FileCount, summed

Progress = Callable[[str, int], None]
_Task = tuple[int, Callable[[], Judged]]
PRECISION_CODES = range(1, 8)
SHOWN_REFUSED = 20
POINT = ("lat", "lon")  # what every layer has
AT_ONCE = 2  # batches in the heart; most of its work lets other threads run


@dataclass(frozen=True)
class _Opened:
    """A file and its tables, which are numbered over all files of a load. Its reading is what was said of it.

    kinds: of each table the kind of further sheet that it is, or None; its references are those of the source.
    """

    file: Path
    sha256: str
    source: Source
    tables: tuple[TextTable, ...]
    kinds: tuple[Kind | None, ...]
    warnings: tuple[Warning, ...]
    reading: Reading
    mapping: Mapping | None = None

    @property
    def incidents(self) -> tuple[TextTable, ...]:
        """Its sheets of incidents."""
        return tuple(table for table, kind in zip(self.tables, self.kinds, strict=True) if kind is None)


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
    today: date,
    progress: Progress | None = None,
) -> Report:
    """Read each file, account for each row, and publish one version for all of them or none.

    mapping: the sheet that all these files are; its order of dates gives way to the one said here.
    receipt_to: where to write what became of every incoming row, if anywhere.
    progress: told the stage (`read`, `judge`, `publish`) and the rows so far, over all files.
    Raises LoadError where a file or the load is refused; then nothing has changed.
    """
    started, tell = time.monotonic(), progress or (lambda _stage, _rows: None)
    with no_other_fault(), ThreadPoolExecutor(1) as ahead:
        _check_options(date_order, note)
        reading = mapping.reading(reading) if mapping else reading
        made_ready = ahead.submit(_made_ready)
        opened = [_open(file, source, mapping, reading) for file in files]
        order = date_order or (mapping.told.date_order if mapping else None)
        terms = partial(terms_of, today=today, date_order=order)
        with receipt(receipt_to, store, files) as write_receipt:
            told = _publish(opened, store, made_ready.result(), terms, dry_run, note, tell, write_receipt)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Report(*told[:2], dry_run, round(time.monotonic() - started, 2), peak_mib, *told[2:])


def _made_ready() -> Reference:
    """The places, and what is built from them, while the files are still being checked."""
    reference = load_reference()
    atlas_of(reference)
    border_of(reference)
    return reference


def _publish(
    opened: Sequence[_Opened],
    store: Path,
    reference: Reference,
    terms: Callable[[Source, bytes], Terms],
    dry_run: bool,
    note: str,
    tell: Progress,
    write_receipt: Write,
) -> tuple[int | None, int | None, list[FileReport], list[Refused]]:
    """(version, previous version, a report a file, the first refused rows)."""
    with publication(store, reference) as making:
        key = site_key(store, keep=not dry_run)
        tables = [(no, table.sheet) for no, each in enumerate(opened) for table in each.tables]
        numbers = count()
        rows_in: list[int] = []
        for each in opened:
            so_far = partial(_after, tell, sum(rows_in))
            rows_in.append(_stage(making, numbers, each, terms(each.source, key), reference, so_far))
        tell("judge", sum(rows_in))
        making.judge()
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
    return [summed([each for each, (of, _) in zip(counts, tables, strict=True) if of == no]) for no in range(files)]


def _open(file: Path, source_name: str | None, mapping: Mapping | None, reading: Reading) -> _Opened:
    """Everything that can be refused before a row is read."""
    refuse_personal(file, [file.name], "file name")
    sha256 = fingerprint(file, reading)
    sources = sources_for(source_name, mapping)
    further = [kind.source for kind in KINDS]
    opened = open_tables(file, lambda header: max(each.known(header) for each in (*sources, *further)), reading)
    mapped = mapping.wanted(file, opened) if mapping else ()
    kinds = [None if table in mapped else _kind(table, sources) for table in opened]
    parts = [(table, kind) for table, kind in zip(opened, kinds, strict=True) if kind]
    source, tables = _incidents(
        mapped or tuple(table for table, kind in zip(opened, kinds, strict=True) if not kind),
        sources,
        chosen=bool(mapping or source_name),
    )
    told = [*((table, source) for table in tables), *((table, kind.source) for table, kind in parts)]
    for table, columns in told:
        if table.header:  # an empty layer has none
            check_columns(file, table.header, columns)
    tables, of = (*tables, *(table for table, _ in parts)), (*(None for _ in tables), *(kind for _, kind in parts))
    return _Opened(file, sha256, source, tables, of, _warnings(opened, told, source), reading, mapping)


def _kind(table: TextTable, sources: Sequence[Source]) -> Kind | None:
    """The kind of further sheet that a table is."""
    return kind_of(table.header, max(each.known(table.header) for each in sources), table.sheet)


def _incidents(
    wanted: Sequence[TextTable], sources: Sequence[Source], chosen: bool
) -> tuple[Source, tuple[TextTable, ...]]:
    """The source of a file and its sheets of incidents; where it has none, further sheets are of our own source."""
    if not wanted:
        return (sources[0] if chosen else OURS), ()
    best = max(wanted, key=lambda table: max(each.known(table.header) for each in sources))
    source = sources[0] if chosen else recognised(best.header or POINT)
    return source, tuple(table for table in wanted if table is best or _is_of(source, table.header))


def _is_of(source: Source, header: Sequence[str]) -> bool:
    """Whether another sheet is of the same kind: one that lacks a single column is, and is refused for it."""
    have = set(source.taken(header).values())
    return sum(not have.intersection(group) for group in source.required) <= 1


def _warnings(
    opened: Sequence[TextTable], told: Sequence[tuple[TextTable, Source]], source: Source
) -> tuple[Warning, ...]:
    warnings = [warning for table in opened for warning in table.warnings]
    warnings += [warning for table, columns in told for warning in _unmapped(table.header, columns)]
    tables = [table for table, _ in told]
    warnings += [
        Warning("SHEET_NOT_READ", f"Sheet {table.sheet!r} is no sheet of {source.name} and is not read.")
        for table in opened
        if table not in tables
    ]
    return tuple(dict.fromkeys(warnings))


def sources_for(source_name: str | None, mapping: Mapping | None) -> list[Source]:
    """The sources that a file may be: the mapped one, the named one, or any. Raises LoadError UNKNOWN_SOURCE."""
    built_in = [each.name for each in all_sources()]
    if mapping and mapping.told.source in built_in:
        fix = f"Name whose references these are by another name than {', '.join(built_in)}."
        raise LoadError("MAPPING_INVALID", "The source's name is taken.", fix, None, None, "source")
    known = [mapping.source()] if mapping else all_sources()
    sources = [each for each in known if source_name in (None, each.name)]
    if not sources:
        fix = f"Name one of: {', '.join(each.name for each in known)}."
        raise LoadError("UNKNOWN_SOURCE", "There is no source of this name.", fix)
    return sources


def refuse_personal(file: Path, texts: Sequence[str], where: str) -> None:
    """Raises LoadError PERSONAL_DATA."""
    kind = scrub.in_cell if where == "column name" else scrub.in_file_name
    if any(kind(text) for text in texts):
        fix = "Take it out, then load again."
        raise LoadError(
            "PERSONAL_DATA",
            f"A {where} holds what looks like personal data.",
            fix,
            None if where == "file name" else file.name,
        )


def check_columns(file: Path, header: Sequence[str], source: Source) -> None:
    """Raises LoadError PERSONAL_DATA, DUPLICATE_HEADER or MISSING_COLUMN."""
    refuse_personal(file, [cell for cell in header if same_header(cell) not in source.columns], "column name")
    folded = [same_header(cell) for cell in header if cell.strip()]
    taken = list(source.taken(header).values())
    twice = next((c for c in (*taken, *folded) if taken.count(c) > 1 or folded.count(c) > 1), None)
    if twice:
        raise LoadError(
            "DUPLICATE_HEADER",
            "Two columns have the same name or meaning.",
            "Rename or remove one of them.",
            file.name,
            None,
            twice,
        )
    missing = source.missing(header)
    if missing:
        fix = f"Add the column {' or '.join(missing)}."
        raise LoadError(
            "MISSING_COLUMN",
            f"A column that {source.name} needs is missing.",
            fix,
            file.name,
            None,
            missing[0],
        )


def _unmapped(header: Sequence[str], source: Source) -> tuple[Warning, ...]:
    beside = OF_A_CORRECTION if is_correction(header) else ()
    names = [header[at].strip()[:60] for at in source.unmapped(header) if same_header(header[at]) not in beside]
    if not names:
        return ()
    shown = ", ".join(repr(name) for name in names[:10]) + (" and more" if len(names) > 10 else "")
    return (Warning("UNMAPPED_COLUMN", f"{len(names)} columns are not known and are left out: {shown}."),)


def terms_of(source: Source, key: bytes, today: date, date_order: DateOrder | None) -> Terms:
    """What a source's rows are judged by."""
    only = source.hard_identifiers_only
    shape = source.reference_shape
    return Terms(source.name, source.area, key, today, date_order, hard_identifiers_only=only, reference_shape=shape)


def _stage(
    making: Publication, numbers: Iterator[int], opened: _Opened, terms: Terms, reference: Reference, tell: Progress
) -> int:
    """Read, index and stage the rows of one file; returns how many there are."""
    rows_in = 0
    try:
        for table, kind in zip(opened.tables, opened.kinds, strict=True):
            table_no = next(numbers)
            making.describe(table_no, printable(opened.file.name), table.sheet, opened.sha256, opened.source.name)
            for read in _staged(making, table_no, opened, table, kind, terms, reference):
                rows_in += read  # as read, not as judged: a row that the heart loses does not add up
                _check_rows(opened, rows_in)
                tell("read", rows_in)
    except LoadError:
        _check_unchanged(opened)  # a file that is cut while it is read is damaged too, and that is not what to say
        raise
    _check_unchanged(opened)
    return rows_in


def _staged(
    making: Publication,
    table_no: int,
    opened: _Opened,
    table: TextTable,
    kind: Kind | None,
    terms: Terms,
    reference: Reference,
) -> Iterator[int]:
    """The number of rows of each batch, once it is staged."""
    if kind is None:
        for read, judged in _indexed(_tasks(making, table_no, opened, table, terms, reference)):
            making.stage(table_no, judged)
            yield read
    else:
        for cells in table.batches:
            named = kind.source.named(cells, table.header)
            making.stage_part(table_no, kind, *judge_part(named, kind, terms, reference))
            yield cells.height


def _check_rows(opened: _Opened, rows: int) -> None:
    most = opened.reading.most_rows
    if rows > most:
        raise LoadError("TOO_LARGE", f"The file has more than {most:,} rows.", "Split it.", opened.file.name)


def _check_unchanged(opened: _Opened) -> None:
    """Raises LoadError FILE_CHANGED, also where the file is gone by now."""
    try:
        is_same = fingerprint(opened.file, opened.reading) == opened.sha256
    except LoadError:
        is_same = False
    if not is_same:
        fix = "Load it again when it is complete."
        raise LoadError("FILE_CHANGED", "The file changed while it was read.", fix, opened.file.name)


def _tasks(
    making: Publication, table_no: int, opened: _Opened, table: TextTable, terms: Terms, reference: Reference
) -> Iterator[_Task]:
    """(rows read, what judges them) of each batch of a table."""
    if is_correction(table.header):
        originals = partial(making.corrects, table_no)
        for rows in read_corrections(table.batches, table.header, opened.source, originals):
            yield rows.num_rows, partial(index_corrections, rows, terms, reference)
        return
    for batch, settled in _with_order(opened, table, terms):
        yield batch.num_rows, partial(index_batch, batch, settled, reference)


def _with_order(opened: _Opened, table: TextTable, terms: Terms) -> Iterator[tuple[pa.Table, Terms]]:
    """Each batch with the terms it is judged on: at the first short date the file itself settles day and month.

    Raises LoadError DATE_ORDER_UNKNOWN or DATE_ORDER_CONFLICT where it does not.
    """
    for batch in _raw(opened, table):
        if terms.date_order is None and dates.orders(batch):
            found = {proof for each in opened.incidents for rows in _raw(opened, each) for proof in dates.orders(rows)}
            terms = replace(terms, date_order=dates.settled(found, opened.file.name))
        yield batch, terms


def _indexed(tasks: Iterator[_Task]) -> Iterator[tuple[int, Judged]]:
    """(rows read, what the heart made of them) of each batch, in their order; a few are judged at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way: deque[tuple[int, Future[Judged]]] = deque()
        for rows, judge in tasks:
            under_way.append((rows, pool.submit(judge)))
            if len(under_way) > AT_ONCE:
                first, judged = under_way.popleft()
                yield first, judged.result()
        yield from ((rows, judged.result()) for rows, judged in under_way)


def _raw(opened: _Opened, table: TextTable) -> Iterator[pa.Table]:
    for cells in table.batches:
        rows = opened.source.raw(cells, table.header)
        yield rows.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW)


def _refused(making: Publication, opened: Sequence[_Opened], tables: Sequence[tuple[int, str]]) -> list[Refused]:
    first = making.first_refused(SHOWN_REFUSED)
    return [
        Refused(printable(opened[tables[no][0]].file.name), row, rule, name, value, fix, tables[no][1])
        for no, row, rule, name, value, fix in first
    ]


def _report(opened: _Opened, rows_in: int, told: FileCount) -> FileReport:
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
