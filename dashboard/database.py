"""The reader's door: a store at one version, read-only; what a person may select of it; and asking."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa

from dashboard.access import Principal
from dashboard.errors import StoreEmpty, StoreUnreadable
from dashboard.filters import Filters
from dashboard.queries import statement

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract"
SELECTED = (
    "WITH selected AS (SELECT * FROM published.incident WHERE ({filters}) AND ({scope}))\nSELECT * FROM (\n{asked}\n)"
)
THREADS, MEMORY = "2", "2GB"


def versions(folder: Path) -> tuple[int, frozenset[int]]:
    """The current version and all published ones. Raises StoreEmpty, or StoreUnreadable for a broken pointer."""
    pointer = folder / "current.json"
    if not pointer.exists():
        raise StoreEmpty("EMPTY_STORE", "No data has been loaded yet.", "Load a sheet with: simanta load FILE")
    try:
        told = json.loads(pointer.read_text(encoding="utf-8"))
        return int(told["current"]), frozenset(int(number) for number in told["published"])
    except (ValueError, KeyError, TypeError, OSError):
        raise _unreadable("current.json cannot be read") from None


_open: dict[Path, "Store"] = {}
_opening = Lock()  # DuckDB refuses a file that another thread is opening with another configuration


def open_store(folder: Path, version: int) -> "Store":
    """One published version, opened once in a process; anew where its file was replaced (a rebuilt store)."""
    path = folder.resolve() / "facts" / f"v{version:06d}.duckdb"
    with _opening:
        known = _open.get(path)
        if known is not None and known.identity == _identity(path):
            return known
        if known is not None:
            _open.pop(path).close()
        _open[path] = _opened(version, path)
        return _open[path]


def _identity(path: Path) -> tuple[str, int, int]:
    try:
        told = path.stat()
    except OSError:
        raise _unreadable(f"{path.stem} is named by the pointer but is not there") from None
    return str(path), told.st_ino, told.st_mtime_ns


def _opened(version: int, path: Path) -> "Store":
    try:
        store = Store(version, path, _identity(path))
    except duckdb.Error:
        raise _unreadable(f"{path.stem} cannot be opened") from None
    if store.schema_version != int((CONTRACT / "VERSION").read_text()):
        raise _unreadable(f"{path.stem} is of another schema version ({store.schema_version})")
    return store


def open_current(folder: Path) -> "Store":
    """The version that the pointer names now. Raises StoreEmpty, StoreUnreadable."""
    return open_store(folder, versions(folder)[0])


def _unreadable(what: str) -> StoreUnreadable:
    return StoreUnreadable(
        "STORE_UNREADABLE",
        f"{what}.",
        "Go back to an older version with: simanta versions, simanta rollback VERSION",
    )


@cache
def _spill() -> tempfile.TemporaryDirectory[str]:
    """One private folder a process, so that every connection has one configuration; it goes at the end."""
    return tempfile.TemporaryDirectory(prefix="simanta-")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Read-only, no extension, no file but this one, and no setting can be changed any more."""
    closed: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "threads": THREADS,
        "temp_directory": _spill().name,
        "memory_limit": MEMORY,
    }
    connection = duckdb.connect(str(path), read_only=True, config=closed)
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


class Store:
    """One version of the facts, read-only. Safe to share between threads: every question has a cursor of its own."""

    def __init__(self, version: int, path: Path, identity: tuple[str, int, int]) -> None:
        self.version, self.identity = version, identity
        self._connection = _connect(path)
        row = self._rows("SELECT schema_version, published_at, boundary_version FROM published.version", {})
        about = row.to_pylist()[0]
        self.schema_version = int(about["schema_version"])
        self.published_at: datetime = about["published_at"]
        self.boundary_version = str(about["boundary_version"])

    def close(self) -> None:
        """Lets go of the file; a question under way in another thread still ends."""
        self._connection.close()

    def select(self, filters: Filters, principal: Principal) -> "Selected":
        """The records that the filters choose and the principal may see."""
        return Selected(self, filters, principal)

    @cached_property
    def labels(self) -> pa.Table:
        """list, code, label_en, label_bn, position: code lists, districts and crossings of this version."""
        return self._rows(statement("labels"), {})

    @cached_property
    def codes(self) -> Mapping[str, frozenset[str]]:
        """List name to its codes."""
        found: dict[str, set[str]] = {}
        for row in self.labels.to_pylist():
            found.setdefault(row["list"], set()).add(row["code"])
        return {name: frozenset(codes) for name, codes in found.items()}

    def label(self, language: str) -> Callable[[str, str], str]:
        """A function from list and code to its label; a code without one stands for itself."""
        return label_of(self.labels, language)

    def ask(
        self,
        filters: tuple[str, dict[str, object]],
        scope: tuple[str, dict[str, object]],
        name: str,
        bound: Mapping[str, object],
    ) -> pa.Table:
        """A statement over the selected records. `Selected.ask` is the way in."""
        asked = SELECTED.format(filters=filters[0], scope=scope[0], asked=statement(name))
        return self._rows(asked, {**filters[1], **scope[1], **bound})

    def _rows(self, sql: str, bound: Mapping[str, object]) -> pa.Table:
        used = {name: value for name, value in bound.items() if f"${name}" in sql}
        return self._connection.cursor().execute(sql, used).to_arrow_table()


def label_of(labels: pa.Table, language: str) -> Callable[[str, str], str]:
    """A function from list and code to its label in a language; a code without one stands for itself."""
    column = f"label_{language}" if f"label_{language}" in labels.column_names else "label_en"
    named = {
        (name, code): label
        for name, code, label in zip(
            labels["list"].to_pylist(), labels["code"].to_pylist(), labels[column].to_pylist(), strict=True
        )
    }
    return lambda name, code: named.get((name, code), code)


@dataclass(frozen=True)
class Selected:
    """Version, filters and principal: the three things that always travel together."""

    store: Store
    filters: Filters
    principal: Principal

    def ask(self, name: str, **bound: object) -> pa.Table:
        """A named statement over these records and no others."""
        return self.store.ask(self.filters.to_sql(), self.principal.to_sql(), name, bound)

    def compared(self) -> "Selected":
        """The same question about the period that it is compared with."""
        return Selected(self.store, self.filters.compared(), self.principal)
