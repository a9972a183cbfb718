"""A file as a load takes it in: what it is, which sheets it has, and all that can be refused before a row is read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl import scrub
from etl.correction import COLUMNS as OF_A_CORRECTION
from etl.correction import is_correction
from etl.errors import LoadError
from etl.files import changed, fingerprint, open_tables, state
from etl.kinds import KINDS, Kind, kind_of
from etl.mapping import Mapping
from etl.source import DateOrder, Source, Terms, same_header
from etl.sources import all_sources, recognised
from etl.sources.simanta_sheet import SOURCE as OURS
from etl.systems import unused, with_axes
from etl.table import Reading, TextTable, Warning

POINT = ("lat", "lon")  # what every layer has


@dataclass(frozen=True)
class Opened:
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


def open_file(file: Path, source_name: str | None, mapping: Mapping | None, reading: Reading) -> Opened:
    """Everything that can be refused before a row is read."""
    refuse_personal(file, [file.name], "file name")
    sources = sources_for(source_name, mapping)
    further = [kind.source for kind in KINDS]
    before = state(file)
    with ThreadPoolExecutor(1) as beside:  # both read the whole file
        told_by = beside.submit(fingerprint, file, reading)
        opened = open_tables(file, lambda header: max(each.known(header) for each in (*sources, *further)), reading)
        told_by.exception()  # waits for it
    if state(file) != before:  # the one may have read what the other has not
        raise changed(file)
    sha256 = told_by.result()
    mapped = mapping.wanted(file, opened) if mapping else ()
    kinds = [None if table in mapped else _kind(table, sources) for table in opened]
    parts = [(table, kind) for table, kind in zip(opened, kinds, strict=True) if kind]
    source, tables = _incidents(
        mapped or tuple(table for table, kind in zip(opened, kinds, strict=True) if not kind),
        sources,
        chosen=bool(mapping or source_name),
    )
    source = source if mapping else with_axes(source, opened, reading.crs)
    told = [*((table, source) for table in tables), *((table, kind.source) for table, kind in parts)]
    for table, columns in told:
        if table.header:  # an empty layer has none
            check_columns(file, table.header, columns, reading)
    tables, of = (*tables, *(table for table, _ in parts)), (*(None for _ in tables), *(kind for _, kind in parts))
    warnings = (*_warnings(opened, told, source), *unused(source, tables, reading.crs))
    return Opened(file, sha256, source, tables, of, warnings, reading, mapping)


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


def check_columns(file: Path, header: Sequence[str], source: Source, reading: Reading) -> None:
    """Raises LoadError PERSONAL_DATA, DUPLICATE_HEADER, MISSING_COLUMN or CRS_CONFLICT."""
    if reading.crs and is_correction(header):
        fix = "Leave --crs out, and write corrected coordinates in degrees."
        raise LoadError("CRS_CONFLICT", "Rows that come back corrected have degrees.", fix, file.name)
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
