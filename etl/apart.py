"""Tables from a reader in a process of its own, so that a hostile file can harm nothing but that process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO, cast

import polars as pl
import pyarrow as pa

from etl import scrub
from etl.errors import LoadError, printable
from etl.inputs import opened
from etl.table import Batches, Knows, Reading, TextTable, Warning, check_header, damaged, header_warnings, is_header

KEPT_BYTES = 32 << 20  # an answer that is no longer is kept; a longer one is asked for again, grid by grid
PIPE_BYTES = 1 << 20
LONGEST_WAIT = 600  # seconds, for the first bytes
HOME = Path(__file__).resolve().parents[1]
READER = ("-m", "etl.reader")
SHOWN_NAMES = 10
TOO_LARGE = (3, -6, -9, -24)  # it said so; aborted for want of memory; killed; out of time
QUIET = {
    "PYTHONPATH": str(HOME), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore", "LC_ALL": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PROJ_NETWORK": "OFF", "CPL_CURL_ENABLE_VSICURL": "NO",
    "GDAL_HTTP_TIMEOUT": "1", "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_LOG": "/dev/null",
}  # fmt: skip


@dataclass(frozen=True)
class _Sheet:
    """One grid as it was told: the likeliest header, its row number, how many of its cells are known."""

    at: int
    name: str
    header: tuple[str, ...]
    header_at: int
    known: int
    is_placed: bool = False


def open_apart(file: Path, kind: str, knows: Knows, reading: Reading) -> tuple[TextTable, ...]:
    """Every sheet or layer whose header is known. `kind` is one of etl.reader's. Raises LoadError, also its own."""
    told, kept = _asked(file, kind, reading)
    _refuse_personal(file, [*(name for name, *_ in told["grids"]), *told["hidden"], *told["unread"]])
    sheets = [_sheet(at, name, heads, placed, knows) for at, (name, heads, placed) in enumerate(told["grids"])]
    best = max(sheets, key=lambda sheet: sheet.known, default=_Sheet(0, "", (), 0, 0))
    known = [sheet for sheet in sheets if is_header(sheet.known)] or [best]
    if best.header:
        check_header(file, best.header, best.known)
    warnings = _warnings(told, [sheet.name for sheet in sheets if sheet not in known])

    def read(sheet: _Sheet) -> Batches:
        anew = partial(_read_anew, file, kind, reading, sheet)
        pieces = (lambda _: [Batches(anew)]) if kind == "parquet" else None  # one piece: what is kept stays here
        return Batches(lambda: _rows(kept[sheet.at], sheet) if kept else anew(), pieces)

    first, *others = [
        TextTable(s.header, read(s), header_warnings(s.header), s.name, "", s.header_at, s.is_placed) for s in known
    ]
    return (replace(first, warnings=warnings + first.warnings), *others)


def _refuse_personal(file: Path, names: Sequence[str]) -> None:
    if any(scrub.in_file_name(name) for name in names):
        told = "The name of a sheet or layer holds what looks like personal data."
        raise LoadError("PERSONAL_DATA", told, "Rename it, then load again.", file.name)


def _sheet(at: int, name: str, heads: Sequence[tuple[int, list[str]]], is_placed: bool, knows: Knows) -> _Sheet:
    number, header = max(heads, key=lambda head: knows(head[1]), default=(0, []))
    return _Sheet(at, printable(name), tuple(header), number, knows(header), is_placed)


def _warnings(told: Mapping[str, Any], unknown: Sequence[str]) -> tuple[Warning, ...]:
    warnings = [Warning(code, message) for code, message in told["warnings"]]
    if told["hidden"]:
        warnings.append(Warning("HIDDEN_SHEET", f"Hidden sheets are not read: {_listed(told['hidden'])}."))
    if unread := [*unknown, *told["unread"]]:
        warnings.append(Warning("SHEET_NOT_READ", f"Sheets without a known header are not read: {_listed(unread)}."))
    return tuple(warnings)


def _listed(names: Sequence[str]) -> str:
    shown = [repr(printable(name)[:60]) for name in names[:SHOWN_NAMES]]
    return ", ".join(shown) + (" and more" if len(names) > SHOWN_NAMES else "")


def _rows(batches: Iterable[pa.RecordBatch], sheet: _Sheet) -> Iterator[pl.DataFrame]:
    for batch in batches:
        rows = pl.DataFrame(pl.from_arrow(batch)).filter(pl.col("row_no") > sheet.header_at)
        yield rows.with_columns(line=pl.lit(None, pl.String))


def _read_anew(file: Path, kind: str, reading: Reading, sheet: _Sheet) -> Iterator[pl.DataFrame]:
    return _rows(_streamed(file, kind, reading, sheet.at), sheet)


# --- the process ---------------------------------------------------------------------


@contextmanager
def _running(file: Path, kind: str, reading: Reading, only: str) -> Iterator[tuple[subprocess.Popen[bytes], BinaryIO]]:
    """The reader at work and what it says; it does not outlive this."""
    command = [sys.executable, *READER, kind, reading.crs or "", only]
    with opened(file) as stream:
        process = subprocess.Popen(
            command,
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=QUIET,
            cwd="/",
            pipesize=PIPE_BYTES,
        )
    with process:
        try:
            yield process, cast(BinaryIO, process.stdout)
        finally:
            process.kill()


def _asked(file: Path, kind: str, reading: Reading) -> tuple[dict[str, Any], list[list[pa.RecordBatch]] | None]:
    """What the file holds, and the rows of each grid where they are few."""
    with _running(file, kind, reading, "") as (process, out):
        clock = Timer(LONGEST_WAIT, process.kill)
        clock.start()
        try:
            answer = out.read(KEPT_BYTES)
            code = process.wait() if len(answer) < KEPT_BYTES else 0
        finally:
            clock.cancel()
    line, _, rest = answer.partition(b"\n")
    told = _told(file, line, code)
    if len(answer) == KEPT_BYTES:
        return told, None
    source = pa.BufferReader(rest)
    return told, [pa.ipc.open_stream(source).read_all().to_batches() for _ in told["grids"]]


def _streamed(file: Path, kind: str, reading: Reading, at: int) -> Iterator[pa.RecordBatch]:
    """The rows of one grid, as fast as they are taken."""
    with _running(file, kind, reading, str(at)) as (process, out):
        line = out.readline(KEPT_BYTES)
        try:
            _told(file, line, 0 if line else process.wait())
            yield from pa.ipc.open_stream(out)
        except pa.ArrowException as error:
            raise _failed(file, process.wait()) from error
        if code := process.wait():
            raise _failed(file, code)


def _told(file: Path, line: bytes, code: int) -> dict[str, Any]:
    if code:
        raise _failed(file, code)
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise _failed(file, TOO_LARGE[0]) from error
    if "error" in told:
        code_told, message, fix = told["error"]
        raise LoadError(code_told, message, fix, file.name)
    return told


def _failed(file: Path, code: int) -> LoadError:
    """The reader ended as a hostile or broken file makes it end."""
    if code in TOO_LARGE:
        told = "The file takes more memory or time to read than a file may."
        return LoadError("TOO_LARGE", told, "Split it, or save it as CSV UTF-8.", file.name)
    return damaged(file)
