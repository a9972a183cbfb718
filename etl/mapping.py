"""A mapping file: a new agency's sheet described in TOML, so that it loads without code.

Headers are compared by `same_header`, cells that stand for a code by `folded_code`, in any script.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.arrange import arranged
from etl.errors import LoadError, printable
from etl.misfits import Wrong, whole, wrong_encoding, wrong_headers, wrong_shape, wrong_words
from etl.reference import load_reference
from etl.source import Area, DateOrder, Source, same_header
from etl.table import Reading, TextTable
from etl.values import DEGREES

WHERE = ("lat", "adm2", "crossing", "adm3", "place_name")
REQUIRED = {
    "bangladesh": (("source_ref",), ("event_type",), ("date_start",), WHERE),
    "world": (("source_ref",), ("event_type",), ("date_start",), ("lat",), ("country",)),
}
MOST_BYTES, MOST_TOLD = 1_000_000, 20
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
FIXES = {
    "name": 'Write a name of small letters, as "northern_range".',
    "source": 'Write whose references these are in small letters, as "northern_range".',
    "version": 'Write it in quotation marks, as "1" or "1.2".',
    "date_order": 'Write "dmy", "mdy", "ymd" or "mixed".',
    "area": 'Write "bangladesh" or "world".',
    "columns": 'Write "header of the sheet" = "column of Simanta" under it.',
    "crs": 'Write it as "EPSG:32646".',
    "decimal": 'Write "." or ",".',
    "reference": "Write a shape, and a reason of ten letters or more.",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReferenceShape(_Strict):
    """What this agency's references look like: ten digits in this shape are no NID, for this reason."""

    shape: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=10, max_length=300)]


class Described(_Strict):
    """The keys of a mapping file. `source` is whose references these are: pseudonyms are made by it."""

    name: Slug
    version: Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){0,2}$")]
    source: Slug
    area: Area = "bangladesh"
    columns: Annotated[dict[str, str], Field(min_length=1)]
    date_order: DateOrder | None = None
    encoding: str | None = None
    crs: Annotated[str, Field(pattern=r"^EPSG:[0-9]{4,6}$")] | None = None
    sheets: list[str] | None = None
    ignored: list[str] = []
    totals: dict[str, list[str]] = {}
    codes: dict[str, dict[str, str]] = {}
    defaults: dict[str, str] = {}
    decimal: Literal[".", ","] = "."
    reference: ReferenceShape | None = None


@dataclass(frozen=True)
class Mapping:
    """A mapping file that holds: what it says, and the SHA-256 of its bytes."""

    told: Described
    sha256: str

    def named(self) -> dict[str, str]:
        """What the load report says of it."""
        return {"name": self.told.name, "version": self.told.version, "sha256": self.sha256}

    def reading(self, said: Reading) -> Reading:
        """How the file is to be read; what was said at the load goes before the mapping."""
        return replace(said, encoding=said.encoding or self.told.encoding, crs=said.crs or self.told.crs)

    def wanted(self, file: Path, tables: Sequence[TextTable]) -> tuple[TextTable, ...]:
        """The tables that it names, or all. Raises LoadError SHEET_MISSING."""
        names = self.told.sheets
        wanted = tuple(table for table in tables if names is None or table.sheet in names)
        if not wanted:
            fix = "Correct `sheets` in the mapping, or name the right file."
            raise LoadError(
                "SHEET_MISSING", "The file has none of the mapping's sheets.", fix, file.name, None, "sheets"
            )
        return wanted

    def source(self) -> Source:
        """The sheet as a source like any other."""
        told, taken = self.told, _taken(self.told.columns)
        totals = {same_header(header): frozenset(map(same_header, cells)) for header, cells in told.totals.items()}
        return Source(
            name=told.source,
            title=told.name,
            area=told.area,
            columns=taken,
            required=[group for group in REQUIRED[told.area] if told.defaults.keys().isdisjoint(group)],
            ignored=frozenset(map(same_header, told.ignored)) | (totals.keys() - taken.keys()),
            totals=totals,
            reference_shape=whole(told.reference.shape) if told.reference else None,
            arrange=partial(arranged, codes=told.codes, defaults=told.defaults, decimal=told.decimal),
        )


def read_mapping(file: Path) -> Mapping:
    """A mapping file, checked whole. Raises LoadError MAPPING_INVALID, which names every wrong key."""
    written, sha256 = _read(file)
    try:
        told = Described(**written)
    except ValidationError as error:
        raise _invalid(file, [_misfit(each["loc"], each["type"]) for each in error.errors()]) from None
    wrong = _wrong(told)
    if wrong:
        raise _invalid(file, wrong)
    return Mapping(told, sha256)


def _taken(columns: dict[str, str]) -> dict[str, str]:
    """Header, folded -> column; the coordinates of a geometry are taken where no header gives them."""
    taken = {same_header(header): column for header, column in columns.items()}
    return {axis: axis for axis in DEGREES if axis not in taken.values()} | taken


def _wrong(told: Described) -> list[Wrong]:
    headers, given = [*told.ignored], [*told.defaults]
    return [
        *wrong_headers(told.columns, headers, given),
        *wrong_words(told.codes, [*told.columns.values()], told.defaults, load_reference()),
        *wrong_encoding(told.encoding),
        *wrong_shape(told.reference.shape if told.reference else None),
    ]


def _read(file: Path) -> tuple[dict[str, Any], str]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _invalid(file, [("file", "It is too large for a mapping: name the right file.")])
        content = file.read_bytes()
        return tomllib.loads(content.decode("utf-8-sig")), hashlib.sha256(content).hexdigest()
    except OSError:
        fix = "Check that the file is there and may be read."
        raise LoadError("FILE_UNREADABLE", "The mapping cannot be read.", fix, file.name) from None
    except UnicodeDecodeError:
        raise _invalid(file, [("file", "It is not UTF-8: save it as UTF-8.")]) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line [0-9]+", str(error))
        where = line[0] if line else "end"
        raise _invalid(file, [(where, 'It is no TOML here: write key = "text", and each key once.')]) from None


def _misfit(place: Sequence[str | int], kind: str) -> Wrong:
    key, top = ".".join(map(str, place)), str(place[0])
    if kind == "extra_forbidden":
        return key, "There is no such key: take it out, or correct its spelling."
    missing = "It is missing. " if kind == "missing" else ""
    return key, missing + FIXES.get(top, "Write a text in quotation marks, or a list of such.")


def _invalid(file: Path, wrong: Sequence[Wrong]) -> LoadError:
    """One refusal for all that is wrong."""
    told = "; ".join(f"{printable(key)}: {fix}" for key, fix in wrong[:MOST_TOLD])
    more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
    return LoadError("MAPPING_INVALID", "The mapping does not hold.", told + more, file.name, None, wrong[0][0])
