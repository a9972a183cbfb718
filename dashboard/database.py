"""The reader's door: a store at one version, read-only; what a person may select of it; and asking."""

import json
import re
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property, wraps
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

import duckdb
import pyarrow as pa

from dashboard import extension
from dashboard.access import EXACT, Principal
from dashboard.errors import StoreEmpty, StoreUnreadable
from dashboard.facts_key import is_encrypted, key_for, wrong_key
from dashboard.filters import Filters
from dashboard.queries import statement
from dashboard.shared import Shared, shared

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract"
SELECTED = """WITH {before}selected AS (SELECT {columns} FROM published.incident WHERE ({filters}) AND ({scope})
){beside}
SELECT * FROM (
{asked}
)"""
# Of a record in view, another district that it names is told no closer than its division to who may not see that one.
COLUMNS = {
    True: "*",
    False: "* REPLACE (if(list_contains($scope, origin_adm2), origin_adm2, left(origin_adm2, 4)) AS origin_adm2)",
}
# What the filter `only_with_effort` names: districts with any effort on record, practice apart from the rest.
WITH_EFFORT = """with_effort AS (
SELECT DISTINCT row(adm2, is_invented) FROM published.effort
WHERE ({operation}) AND ({scope}) AND (patrol_hours > 0 OR checkpost_days > 0 OR raids > 0)
),
"""
# How many of the records in view are alike in place, type, and each trail: whether it was looked for at any stage, and
# found. Where the sheet of trails tells of a record, that stands for what the flat record says of it; is_flat: it tells
# nothing. All are counted as flat first, then those that it tells are taken out and told one by one: without it no
# identifier is read.
TRAILS = """SELECT
    crossing, adm2, event_type, listed.code AS trail_type, listed.position, n,
    coalesce(told.is_found, list_contains(trails_found, listed.code), false) AS is_found,
    coalesce(
        told.is_looked_for,
        list_contains(trails_looked_for, listed.code) OR list_contains(trails_found, listed.code),
        false
    ) AS is_looked_for,
    told.incident_id IS NULL AS is_flat
FROM (
    SELECT NULL AS incident_id, crossing, adm2, event_type, trails_looked_for, trails_found, count(*) AS n
    FROM selected
    GROUP BY ALL
    UNION ALL
    SELECT NULL, crossing, adm2, event_type, trails_looked_for, trails_found, -count(*)
    FROM selected
    SEMI JOIN published.trail_told USING (incident_id)
    GROUP BY ALL
    UNION ALL
    SELECT incident_id, crossing, adm2, event_type, trails_looked_for, trails_found, 1
    FROM selected
    SEMI JOIN published.trail_told USING (incident_id)
) AS alike
CROSS JOIN published.code AS listed
LEFT JOIN (
    SELECT
        incident_id, trail_type, bool_or(state = 'found') AS is_found,
        bool_or(state <> 'not_looked_for') AS is_looked_for
    FROM published.trail_told
    SEMI JOIN selected USING (incident_id)
    GROUP BY incident_id, trail_type
) AS told ON told.incident_id = alike.incident_id AND told.trail_type = listed.code
WHERE listed.list = 'trail'"""
# Further tables that a statement may name: effort and operations of the same scope and places; rows of selected
# records; and what is about rows and so about no district, which nobody sees who may not see every district.
BESIDE = {
    "selected_effort": "SELECT * FROM published.effort WHERE ({effort}) AND ({scope})",
    "selected_operation": "SELECT * FROM published.operation WHERE ({operation}) AND ({scope})",
    "selected_trail_told": "SELECT * FROM published.trail_told SEMI JOIN selected USING (incident_id)",
    "selected_by_trail": TRAILS,
    "selected_label_step": "SELECT * FROM published.label_step SEMI JOIN selected USING (incident_id)",
    "selected_person_told": "SELECT * FROM published.person_told SEMI JOIN selected USING (incident_id)",
    "selected_outcome": "SELECT * FROM published.outcome SEMI JOIN selected USING (incident_id)",
    "selected_handover": "SELECT * FROM published.handover SEMI JOIN selected USING (incident_id)",
    # The few pairs are looked for among the records in view, never these among the pairs.
    "selected_double_count": "SELECT * FROM published.double_count WHERE incident_id_a IN (SELECT incident_id FROM "
    "selected SEMI JOIN published.double_count ON incident_id_a = incident_id) AND incident_id_b IN (SELECT "
    "incident_id FROM selected SEMI JOIN published.double_count ON incident_id_b = incident_id)",
    "whole_load_file": "SELECT * FROM published.load_file WHERE $sees_all",
    "whole_refused": "SELECT * FROM published.refused WHERE $sees_all",
    "whole_place_reading": "SELECT * FROM published.place_reading WHERE $sees_all",
}
PARAMETER = re.compile(r"\$(\w+)")
OF_THE_NETWORK = "HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem"  # what the extension is for, and is not used for
ENCRYPTED = "encrypted"  # what an encrypted version is attached as
MEMORY = "2GB"
COUNTED_IN_ARRAYS = 20  # bits of the columns that are grouped by: an array of a million counts, not 4,000, then no hash
MOST_ANSWERS, MOST_BYTES = 300, 500_000  # of statements, kept with the version that they are of
MOST_REMEMBERED = 100  # of what is worked out of them
# A file or the catalogue went while it was open; of a lake DuckDB says so of a cut file or a lost line in more ways.
LOST = (duckdb.IOException, duckdb.FatalException, duckdb.ConnectionException)
LOST_OF_A_LAKE = (*LOST, duckdb.InvalidInputException, duckdb.TransactionException)
LATEST = 4  # versions that stay open though nobody reads them
P = ParamSpec("P")
T = TypeVar("T")


def versions(folder: Path) -> tuple[int, frozenset[int]]:
    """The current version and all published ones. Raises StoreEmpty, or StoreUnreadable for a broken pointer."""
    told = _pointer(folder)
    try:
        return int(told["current"]), frozenset(int(number) for number in told["published"])
    except (ValueError, KeyError, TypeError):
        raise _unreadable("current.json cannot be read") from None


def _pointer(folder: Path) -> dict[str, Any]:
    where, file = shared(folder), folder / "current.json"
    try:
        text = _told_by(where) if where else file.read_text(encoding="utf-8") if file.exists() else None
        if text is None:
            raise StoreEmpty("EMPTY_STORE", "No data has been loaded yet.", "Load a sheet with: simanta load FILE")
        return dict(json.loads(text))
    except (ValueError, TypeError, OSError):
        raise _unreadable("current.json cannot be read") from None


def _told_by(where: Shared) -> str | None:
    from dashboard import catalogue  # not above: a store of files starts without PostgreSQL's library

    return catalogue.pointer(where)


# A version that was opened before the latest ones is closed when the last who reads it goes: a server that runs for
# years meets a version a night, and each open one holds a file, threads and memory, or lines to PostgreSQL.
_open: WeakValueDictionary[Path, "Store"] = WeakValueDictionary()
_latest: deque["Store"] = deque(maxlen=LATEST)
_opening = Lock()  # DuckDB refuses a file that another thread is opening with another configuration


def open_store(folder: Path, version: int) -> "Store":
    """One published version, opened once while it is read; anew where its file was replaced, or could not be read."""
    path = folder.resolve() / "facts" / f"v{version:06d}.duckdb"
    with _opening:
        known = _open.get(path)
        if known is not None and not known.is_lost and known.identity == _identity(path, version):
            return known
        if known is not None:
            _open.pop(path).close()
        _open[path] = opened = _opened(version, path)
        _latest.append(opened)
        return opened


def _identity(path: Path, version: int) -> tuple[str, int, int]:
    """What changes where a version is made anew: the file that it is, or the snapshot."""
    if shared(path.parents[1]):
        return str(path), _snapshot(path.parents[1], version), 0
    try:
        told = path.stat()
    except OSError:
        raise _unreadable(f"{path.stem} is named by the pointer but is not there") from None
    return str(path), told.st_ino, told.st_mtime_ns


def _snapshot(folder: Path, version: int) -> int:
    try:
        return int(_pointer(folder)["files"][str(version)][0]["snapshot"])
    except (KeyError, IndexError, TypeError, ValueError):
        raise _unreadable(f"Version {version} is not in the catalogue") from None


def _opened(version: int, path: Path) -> "Store":
    try:
        store = Store(version, path, _identity(path, version))
    except duckdb.Error:
        raise _unreadable(f"{path.stem} cannot be opened") from None
    ours = int((CONTRACT / "VERSION").read_text())
    if store.schema_version != ours:
        release = "a newer" if store.schema_version > ours else "an older"
        made_with = f"schema {store.schema_version}, and this program has {ours}"
        raise _unreadable(f"{path.stem} was made by {release} release of Simanta: {made_with}")
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


def _connect(path: Path, snapshot: int) -> duckdb.DuckDBPyConnection:
    """Read-only, no file but this one, and no setting can be changed any more. Of a shared store: that snapshot."""
    closed: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "temp_directory": _spill().name,
        "memory_limit": MEMORY,
        "perfect_ht_threshold": COUNTED_IN_ARRAYS,
    }
    where, key = shared(path.parents[1]), key_for(path)
    if where:
        from dashboard import lake  # not above: a store of files needs no extension

        connection = duckdb.connect(":memory:", config=closed)
        lake.show(connection, where, snapshot)
    elif key is None:
        connection = duckdb.connect(str(path), read_only=True, config=closed)
    else:
        connection = _attached(duckdb.connect(config={**closed, "temp_file_encryption": "true"}), path, key)
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def _attached(connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> duckdb.DuckDBPyConnection:
    """An encrypted version; the key is bound, and stands in no statement.

    Reading needs no extension. Spilling does: without it a question that is too large for memory is refused.
    """
    if extension.file_of("httpfs") is not None:
        extension.load_extension(connection, "httpfs")
        connection.execute(f"SET disabled_filesystems = '{OF_THE_NETWORK}'")
    quoted = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS {ENCRYPTED} (READ_ONLY, ENCRYPTION_KEY $key)", {"key": key})
    except duckdb.InvalidInputException:
        raise wrong_key() from None
    return connection


class Store:
    """One version of the facts, read-only. Safe to share between threads: every question has a cursor of its own."""

    def __init__(self, version: int, path: Path, identity: tuple[str, int, int]) -> None:
        self.version, self.identity, self.is_lost = version, identity, False
        self._answers: dict[tuple[str, str], pa.Table] = {}
        self.remembered: dict[tuple[object, ...], object] = {}
        self._keeping = Lock()
        self._connection = _connect(path, identity[1])
        self._is_encrypted, self._is_shared = is_encrypted(path), shared(path.parents[1]) is not None
        row = self._rows("SELECT schema_version, published_at, boundary_version FROM published.version", {})
        about = row.to_pylist()[0]
        self.schema_version = int(about["schema_version"])
        self.published_at: datetime = about["published_at"]
        self.boundary_version = str(about["boundary_version"])

    @property
    def folder(self) -> Path:
        """The folder of the store that this is a version of: its ledger lies there too."""
        return Path(self.identity[0]).parents[1]

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

    @cached_property
    def aliases(self) -> Mapping[tuple[str, str], str]:
        """List name and another spelling, in lower case, to the code of the one place that it means."""
        rows = self._rows(statement("aliases"), {}).to_pylist()
        return {(row["list"], row["alias"]): row["code"] for row in rows}

    def codes_for(self, principal: Principal) -> Mapping[str, frozenset[str]]:
        """The codes that this person may choose from: one out of view would read as none."""
        if principal.districts is None:
            return self.codes
        return {**self.codes, "district": self.codes["district"] & frozenset(principal.districts)}

    def label(self, language: str) -> Callable[[str, str], str]:
        """A function from list and code to its label; a code without one stands for itself."""
        if language not in self._labelled:
            self._labelled[language] = label_of(self.labels, language)
        return self._labelled[language]

    @cached_property
    def _labelled(self) -> dict[str, Callable[[str, str], str]]:
        return {}  # a page asks for a label some hundred times

    def ask(
        self,
        filters: Filters,
        principal: Principal,
        name: str,
        bound: Mapping[str, object],
    ) -> pa.Table:
        """A statement over the selected records, effort and operations. `Selected.ask` is the way in."""
        (records, chosen), (effort, worked), (scope, seen) = (
            filters.to_sql(),
            filters.effort_to_sql(),
            principal.to_sql(),
        )
        asked, operation = statement(name), filters.operation_to_sql()
        beside = "".join(f",\n{table} AS ({rows})" for table, rows in BESIDE.items() if table in asked)
        beside = beside.format(scope=scope, effort=effort, operation=operation)
        before = WITH_EFFORT.format(scope=scope, operation=operation) if filters.only_with_effort else ""
        # Who looks comes last: no statement's own parameter can take the place of the scope's.
        bound = {**bound, **chosen, **worked, **seen}
        parts = {"columns": COLUMNS[principal.sees_all], "filters": records, "scope": scope}
        return self._told(SELECTED.format(asked=asked, before=before, beside=beside, **parts), bound)

    def _told(self, sql: str, bound: Mapping[str, object]) -> pa.Table:
        """The answer to these very words and what is bound to them, the scope too: pages ask much of one another's."""
        key = sql, repr(sorted((name, bound[name]) for name in set(PARAMETER.findall(sql))))
        with self._keeping:
            rows = self._answers.pop(key, None)
        if rows is None:
            rows = self._rows(sql, bound)
        with self._keeping:
            if rows.nbytes <= MOST_BYTES:
                self._answers[key] = rows  # the newest stands last
            if len(self._answers) > MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
        return rows

    def _rows(self, sql: str, bound: Mapping[str, object]) -> pa.Table:
        used = {name: bound[name] for name in set(PARAMETER.findall(sql))}
        try:
            return _as_texts(self._cursor().execute(sql, used).to_arrow_table())
        except duckdb.Error as error:
            is_line = self._is_shared and type(error) is duckdb.Error  # what PostgreSQL's own library says has no kind
            if not is_line and not isinstance(error, LOST_OF_A_LAKE if self._is_shared else LOST):
                raise
            self.is_lost = True  # its connection keeps what it read of a damaged file, also once that is whole
            raise _unreadable(f"Version {self.version} cannot be read any more") from None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """What is attached must be named to each cursor; a file that was opened by itself need not."""
        cursor = self._connection.cursor()
        return cursor.execute(f"USE {ENCRYPTED}") if self._is_encrypted else cursor


def remembered(do: Callable[Concatenate[Store, P], T]) -> Callable[Concatenate[Store, P], T]:
    """As `lru_cache`, for what is worked out of a store: it lies with the store, and keeps none open."""

    @wraps(do)
    def known(store: Store, /, *about: P.args, **named: P.kwargs) -> T:
        key = (do, *about, *sorted(named.items()))
        if (found := store.remembered.get(key)) is None:
            found = do(store, *about, **named)
            if len(store.remembered) >= MOST_REMEMBERED:
                store.remembered.clear()
            store.remembered[key] = found
        return cast(T, found)

    return known


def _as_texts(rows: pa.Table) -> pa.Table:
    """Codes stand in the store as numbers of a list, and leave it as texts."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in rows.schema]
    return rows.cast(pa.schema(fields))


def label_of(labels: pa.Table, language: str) -> Callable[[str, str], str]:
    """A function from list and code to its label in a language; a code without one stands for itself.

    A division may stand in a district's place (see COLUMNS), so its words are found there too.
    """
    column = f"label_{language}" if f"label_{language}" in labels.column_names else "label_en"
    named = {
        (name, code): label
        for name, code, label in zip(
            labels["list"].to_pylist(), labels["code"].to_pylist(), labels[column].to_pylist(), strict=True
        )
    }
    return lambda name, code: named.get((name, code)) or named.get(("wider", code), code)


@dataclass(frozen=True)
class Selected:
    """Version, filters and principal: the three things that always travel together; and for whom the answer is.

    reader: exact, for whom counts from 5 on are theirs to read; inside or outside the force, who get protected figures.
    """

    store: Store
    filters: Filters
    principal: Principal
    reader: str = EXACT

    def ask(self, name: str, **bound: object) -> pa.Table:
        """A named statement over these records, and the effort of the same places and period, and no others."""
        return self.store.ask(self.filters, self.principal, name, bound)

    def compared(self) -> "Selected":
        """The same question about the period that it is compared with."""
        return replace(self, filters=self.filters.compared())
