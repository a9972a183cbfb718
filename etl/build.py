"""One load, from files on disk to a published version, in the order in which it happens."""

from __future__ import annotations

import resource
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import get_args

import polars as pl
import pyarrow as pa

from etl import scrub
from etl.errors import LoadError, printable
from etl.files import fingerprint, open_table
from etl.index import index_batch
from etl.kinds import KINDS, Kind, kind_of
from etl.parts import judge_part
from etl.publish import Publication, publication
from etl.records import RAW
from etl.reference import Reference, load_reference
from etl.report import FileReport, Refused, Report
from etl.source import DateOrder, Source, Terms, same_header
from etl.sources import all_sources, recognised
from etl.sources.simanta_sheet import SOURCE as OURS
from etl.store import site_key
from etl.table import TextTable, Warning
from etl.verdict import VERDICTS, FileCount

Progress = Callable[[str, int], None]
_Judged = tuple[pa.Table, pa.Table]
PRECISION_CODES = range(1, 8)
SHOWN_REFUSED = 20
AT_ONCE = 2  # batches in the heart; most of its work lets other threads run


@dataclass(frozen=True)
class _Opened:
    file: Path
    sha256: str
    source: Source
    kind: Kind | None  # of a further sheet; `source` is then whose references its rows bear
    table: TextTable
    warnings: tuple[Warning, ...]


def load(
    files: Sequence[Path],
    store: Path,
    *,
    source: str | None = None,
    date_order: DateOrder | None = None,
    dry_run: bool = False,
    note: str = "",
    today: date,
    progress: Progress | None = None,
) -> Report:
    """Read each file, account for each row, and publish one version for all of them or none.

    progress: told the stage (`read`, `judge`, `publish`) and the rows so far.
    Raises LoadError where a file or the load is refused; then nothing has changed.
    """
    started, tell = time.monotonic(), progress or (lambda _stage, _rows: None)
    try:
        _check_options(date_order, note)
        opened = [_open(file, source) for file in files]
        told = _publish(opened, store, partial(_terms, today=today, date_order=date_order), dry_run, note, tell)
    except LoadError:
        raise
    except Exception as error:
        raise _fault(error) from error
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Report(*told[:2], dry_run, round(time.monotonic() - started, 2), peak_mib, *told[2:])


def _publish(
    opened: Sequence[_Opened],
    store: Path,
    terms: Callable[[Source, bytes], Terms],
    dry_run: bool,
    note: str,
    tell: Progress,
) -> tuple[int | None, int | None, list[FileReport], list[Refused]]:
    """(version, previous version, a report a file, the first refused rows)."""
    reference = load_reference()
    with publication(store, reference) as making:
        key = site_key(store, keep=not dry_run)
        rows_in = [_stage(making, no, each, terms(each.source, key), reference, tell) for no, each in enumerate(opened)]
        tell("judge", sum(rows_in))
        making.judge()
        counts = making.counts(len(opened))
        reports = [_report(*each) for each in zip(opened, rows_in, counts, strict=True)]
        refused = _refused(making, opened)
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


def _fault(error: Exception) -> LoadError:
    """What no rule foresaw, by its kind and place alone: its own words may quote a cell."""
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(Path(__file__).parent)
    ]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "load"
    fix = "Report this line; nothing was published."
    return LoadError("PROGRAM_FAULT", f"A fault of the program: {type(error).__name__} in {place}.", fix)


def _check_options(date_order: str | None, note: str) -> None:
    if date_order not in (None, *get_args(DateOrder)):
        raise LoadError("UNKNOWN_DATE_ORDER", "There is no such order of dates.", "Say dmy, mdy or ymd.")
    if scrub.in_free_text(note):
        fix = "Write it without names and numbers."
        raise LoadError("PERSONAL_DATA", "The note holds what looks like personal data.", fix)


def _open(file: Path, source_name: str | None) -> _Opened:
    """Everything that can be refused before a row is read."""
    _refuse_personal(file, [file.name], "file name")
    sha256 = fingerprint(file)
    sources = [each for each in all_sources() if source_name in (None, each.name)]
    if not sources:
        listed = ", ".join(each.name for each in all_sources())
        raise LoadError("UNKNOWN_SOURCE", "There is no source of this name.", f"Name one of: {listed}.", file.name)
    further = [kind.source for kind in KINDS]
    table = open_table(file, lambda header: max(each.known(header) for each in (*sources, *further)))
    source = recognised(table.header) if source_name is None else sources[0]
    kind = kind_of(table.header, source.known(table.header))
    if kind and source_name is None:
        source = OURS
    columns = kind.source if kind else source
    _check_columns(file, table.header, columns)
    return _Opened(file, sha256, source, kind, table, table.warnings + _unmapped(table.header, columns))


def _refuse_personal(file: Path, texts: Sequence[str], where: str) -> None:
    kind = scrub.in_cell if where == "column name" else scrub.in_file_name
    if any(kind(text) for text in texts):
        fix = "Take it out, then load again."
        raise LoadError(
            "PERSONAL_DATA",
            f"A {where} holds what looks like personal data.",
            fix,
            None if where == "file name" else file.name,
        )


def _check_columns(file: Path, header: Sequence[str], source: Source) -> None:
    _refuse_personal(file, [cell for cell in header if same_header(cell) not in source.columns], "column name")
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
    names = [header[at].strip()[:60] for at in source.unmapped(header)]
    if not names:
        return ()
    shown = ", ".join(repr(name) for name in names[:10]) + (" and more" if len(names) > 10 else "")
    return (Warning("UNMAPPED_COLUMN", f"{len(names)} columns are not known and are left out: {shown}."),)


def _terms(source: Source, key: bytes, today: date, date_order: DateOrder | None) -> Terms:
    only = source.hard_identifiers_only
    return Terms(source.name, source.area, key, today, date_order, hard_identifiers_only=only)


def _stage(
    making: Publication, file_no: int, opened: _Opened, terms: Terms, reference: Reference, tell: Progress
) -> int:
    """Read, index and stage the rows of one file; returns how many there are."""
    rows_in = 0
    for read in _staged(making, file_no, opened, terms, reference):
        rows_in += read  # as read, not as judged: a row that the heart loses does not add up
        tell("read", rows_in)
    if fingerprint(opened.file) != opened.sha256:
        fix = "Load it again when it is complete."
        raise LoadError("FILE_CHANGED", "The file changed while it was read.", fix, opened.file.name)
    return rows_in


def _staged(making: Publication, file_no: int, opened: _Opened, terms: Terms, reference: Reference) -> Iterator[int]:
    """The number of rows of each batch, once it is staged."""
    if opened.kind is None:
        for read, (good, quarantined) in _indexed(_raw(opened), terms, reference):
            making.stage(file_no, good, quarantined)
            yield read
    else:
        for cells in opened.table.batches:
            named = opened.kind.source.named(cells, opened.table.header)
            making.stage_part(file_no, opened.kind, *judge_part(named, opened.kind, terms, reference))
            yield cells.height


def _indexed(batches: Iterator[pa.Table], terms: Terms, reference: Reference) -> Iterator[tuple[int, _Judged]]:
    """(rows read, what the heart made of them) of each batch, in their order; a few are judged at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way: deque[tuple[int, Future[_Judged]]] = deque()
        for batch in batches:
            under_way.append((batch.num_rows, pool.submit(index_batch, batch, terms, reference)))
            if len(under_way) > AT_ONCE:
                rows, judged = under_way.popleft()
                yield rows, judged.result()
        yield from ((rows, judged.result()) for rows, judged in under_way)


def _raw(opened: _Opened) -> Iterator[pa.Table]:
    for cells in opened.table.batches:
        rows = opened.source.raw(cells, opened.table.header)
        yield rows.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW)


def _refused(making: Publication, opened: Sequence[_Opened]) -> list[Refused]:
    first = making.first_refused(SHOWN_REFUSED)
    return [
        Refused(printable(opened[no].file.name), row, rule, name, value, fix)
        for no, row, rule, name, value, fix in first
    ]


def _report(opened: _Opened, rows_in: int, count: FileCount) -> FileReport:
    verdicts = {verdict: count.verdicts.get(verdict, 0) for verdict in VERDICTS}
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
        rules=dict(count.rules),
        precision={str(code): count.precision.get(code, 0) for code in PRECISION_CODES},
        mapping=None,
        warnings=warnings,
    )
