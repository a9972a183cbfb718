"""Answer, and the one policy on small counts that makes it. Nothing else leaves for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.database import Selected, label_of
from dashboard.filters import Filters, Label

K = 5  # inside the force; readers outside it get another policy (a later release)
HIDDEN = "_hidden"
POLICY = "local-1"

Row = dict[str, Any]  # of an Arrow table: what is in it, its statement says
Derived = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """A question's suppressed tables with all that is needed to read them later without the store.

    tables: name to table; every count column `n…` has a boolean twin `n…_hidden`, true where the count is 1 to 4
    and therefore null. `labels` has the words for the codes as they were in this version.
    """

    question: str
    version: int
    as_of: datetime
    boundary_version: str
    filters: Filters
    scope: str
    tables: Mapping[str, pa.Table]
    labels: pa.Table
    notes: Mapping[str, str | None] = field(default_factory=dict)

    def figure(self, name: str) -> int | None:
        """One of the totals; None where it is withheld."""
        value: int | None = self.tables["totals"][name][0].as_py()
        return value

    def is_hidden(self, name: str) -> bool:
        """Whether one of the totals is withheld."""
        return bool(self.tables["totals"][name + HIDDEN][0].as_py())

    def rows(self, table: str) -> list[Row]:
        """A table as plain rows."""
        rows: list[Row] = self.tables[table].to_pylist()
        return rows

    def label(self, language: str) -> Label:
        """A function from list and code to its label, as it was in this version."""
        return label_of(self.labels, language)


def protect(selected: Selected, counts: pa.Table) -> pa.Table:
    """The counts that a statistic may be computed from, for this reader.

    The local single user reads counts exactly, so they pass as they are. For every other reader they are rounded
    here, before anything is derived from them: this is the one place for it.
    """
    if selected.principal.role == "commander" and selected.principal.districts is None:
        return counts
    raise PermissionError(f"no disclosure policy for the role {selected.principal.role} yet")


def disclose(
    question: str,
    selected: Selected,
    tables: Mapping[str, pa.Table],
    derived: Mapping[str, Derived] | None = None,
    notes: Mapping[str, str | None] | None = None,
) -> Answer:
    """The only maker of an Answer: withholds counts of 1 to 4, and what could give one back.

    derived: per table, a column to the count columns it is computed from; it is withheld where one of them is.
    """
    suppressed = {name: suppress(table, (derived or {}).get(name, {})) for name, table in tables.items()}
    store = selected.store
    scope = "all" if selected.principal.districts is None else ",".join(selected.principal.districts)
    return Answer(
        question,
        store.version,
        store.published_at,
        store.boundary_version,
        selected.filters,
        scope,
        suppressed,
        store.labels,
        dict(notes or {}),
    )


def suppress(table: pa.Table, derived: Derived) -> pa.Table:
    """Counts of 1 to K-1 as null with a true twin; a derived column is null where one of its counts is withheld."""
    counts = [name for name in table.column_names if name == "n" or name.startswith("n_")]
    small = {name: _is_small(table[name]) for name in counts}
    for name, sources in derived.items():
        withheld = _any([small[source] for source in sources])
        table = _set(table, name, pc.if_else(withheld, None, table[name]))
    for name in counts:
        table = _set(table, name, pc.if_else(small[name], None, table[name]))
        table = table.append_column(name + HIDDEN, small[name])
    return table


def _is_small(counts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.and_(pc.greater(counts, 0), pc.less(counts, K)), False)


def _any(masks: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    combined = masks[0]
    for mask in masks[1:]:
        combined = pc.or_(combined, mask)
    return combined


def _set(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)
