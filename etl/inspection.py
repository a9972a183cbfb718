"""What a file is taken to be, and what would be wrong with it, without loading anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl import proposal, scrub
from etl.build import no_other_fault
from etl.errors import LoadError, printable
from etl.files import fingerprint, open_tables
from etl.index import index_batch
from etl.kinds import KINDS, Kind, kind_of
from etl.mapping import Mapping
from etl.opening import check_columns, refuse_personal, sources_for, terms_of
from etl.parts import judge_part
from etl.records import RAW
from etl.reference import load_reference
from etl.source import DateOrder, Source, Terms, same_header
from etl.systems import Degrees, degrees_of, with_axes
from etl.table import Reading, TextTable, Warning

LOOKED_AT = 1_000  # rows
SHOWN = 20
NO_KEY = b"\0" * 32  # nothing that is made with it is kept


@dataclass(frozen=True)
class Column:
    """A cell of the header; `becomes` is null where nothing takes it, `ignored` where that is meant so."""

    header: str
    becomes: str | None


@dataclass(frozen=True)
class Problem:
    """One row that would be refused; the value is redacted."""

    row: int
    rule: str
    field: str
    value: str
    fix: str


@dataclass(frozen=True)
class Found:
    """A table of the file. `error` is what would refuse the whole file."""

    sheet: str
    taken_as: str
    header_row: int
    source: str
    columns: Sequence[Column]
    warnings: Sequence[Warning]
    rows_looked_at: int
    rules: dict[str, int]
    problems: Sequence[Problem]
    error: dict[str, str | int | None] | None


@dataclass(frozen=True)
class Inspection:
    """All that is said of a file."""

    file: str
    sha256: str
    mapping: dict[str, str] | None
    tables: Sequence[Found]

    @property
    def is_refused(self) -> bool:
        """Whether a load would refuse the file."""
        return any(table.error for table in self.tables)

    def as_dict(self) -> dict[str, object]:
        """The object that `simanta inspect --json` prints."""
        return asdict(self)


def inspect(
    file: Path,
    *,
    source: str | None = None,
    date_order: DateOrder | None = None,
    mapping: Mapping | None = None,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    today: date,
) -> Inspection:
    """Header, columns and the first problems among the first rows. Raises LoadError where no header can be found."""
    with no_other_fault():
        refuse_personal(file, [file.name], "file name")
        sources = sources_for(source, mapping)
        order = date_order or (mapping.told.date_order if mapping else None)
        terms = partial(terms_of, key=NO_KEY, today=today, date_order=order)
        reading = mapping.reading(reading) if mapping else reading
        known = (*sources, *(kind.source for kind in KINDS))
        opened = open_tables(file, lambda header: max(each.known(header) for each in known), reading)
        wanted = mapping.wanted(file, opened) if mapping else opened
        if not mapping:
            sources = [with_axes(each, opened, reading.crs) for each in sources]
        tables = [_found(file, table, sources, terms, reading, is_mapped=mapping is not None) for table in wanted]
        named = mapping.named() if mapping else None
        return Inspection(printable(file.name), fingerprint(file, reading), named, tables)


def propose(file: Path, reading: Reading = Reading()) -> str:  # noqa: B008  # frozen
    """A draft of a mapping for this file, as TOML. Raises LoadError where no header is like any that we know."""
    with no_other_fault():
        refuse_personal(file, [file.name], "file name")
        table = max(open_tables(file, proposal.knows, reading), key=lambda each: proposal.knows(each.header))
        refuse_personal(file, table.header, "column name")
        first = _first(table)
        cells = {header: first[str(at)] for at, header in enumerate(table.header) if header.strip()}
        return proposal.draft(_slug(file), cells)


def _found(
    file: Path,
    table: TextTable,
    sources: Sequence[Source],
    terms: Callable[[Source], Terms],
    reading: Reading,
    *,
    is_mapped: bool,
) -> Found:
    source = max(sources, key=lambda each: each.known(table.header))
    kind = None if is_mapped else kind_of(table.header, source.known(table.header), table.sheet)
    rows, problems, error = _judged(file, table, source, kind, terms(source), reading)
    source = kind.source if kind else source
    return Found(
        sheet=table.sheet,
        taken_as=table.taken_as,
        header_row=table.header_row,
        source=source.name,
        columns=[*_columns(table.header, source)],
        warnings=table.warnings,
        rows_looked_at=rows,
        rules=dict(Counter(problem.rule for problem in problems).most_common()),
        problems=problems[:SHOWN],
        error=error.as_dict() if error else None,
    )


def _judged(
    file: Path, table: TextTable, source: Source, kind: Kind | None, terms: Terms, reading: Reading
) -> tuple[int, list[Problem], LoadError | None]:
    """(rows looked at, those that would be refused, what would refuse the file)."""
    try:
        check_columns(file, table.header, kind.source if kind else source, reading)
        in_degrees = degrees_of(table, reading.crs, file.name)
        looked_at, refused = _refused(_first(table), table.header, source, kind, terms, in_degrees)
    except LoadError as error:
        return 0, [], error
    told = [
        (row["row_no"], row["rule"], row["field"], row["value_redacted"], row["fix"]) for row in refused.to_pylist()
    ]
    return looked_at, [Problem(*each) for each in told], None


def _refused(
    cells: pl.DataFrame, header: Sequence[str], source: Source, kind: Kind | None, terms: Terms, in_degrees: Degrees
) -> tuple[int, pa.Table]:
    """(records, those refused). Whether a further sheet's rows have their incident is not known before a load."""
    if kind:
        named = kind.source.named(cells, header)
        return named.height, judge_part(named, kind, terms, load_reference())[1]
    rows = in_degrees(source.raw(cells, header)).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RAW)
    return rows.num_rows, index_batch(rows, terms, load_reference()).quarantined


def _first(table: TextTable) -> pl.DataFrame:
    """The first rows, of as few batches as hold them."""
    empty = dict.fromkeys([*(str(at) for at in range(len(table.header))), "line"], pl.String)
    taken = [pl.DataFrame(schema={**empty, "row_no": pl.Int64, "fault": pl.String})]
    for batch in table.batches:
        taken.append(batch)
        if sum(each.height for each in taken) >= LOOKED_AT:
            break
    return pl.concat(taken, how="diagonal").head(LOOKED_AT)


def _columns(header: Sequence[str], source: Source) -> Iterator[Column]:
    taken = source.taken(header)
    for at, cell in enumerate(header):
        known = same_header(cell) in source.ignored | source.unscanned
        yield Column(_shown(cell), taken.get(at, "ignored" if known else None))


def _shown(cell: str) -> str:
    kind = scrub.in_cell(cell)
    return f"<{kind}:{len(cell)}>" if kind else printable(cell.strip()[:60])


def _slug(file: Path) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", file.stem.casefold()).strip("_")[:60]
    return slug if re.fullmatch(r"[a-z][a-z0-9_]+", slug) else "new_sheet"
