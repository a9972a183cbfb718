"""What a load does beside the flat incident: further sheets, former labels, what replaced what, double counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from etl.kinds import Kind
from etl.statements import statement
from etl.verdict import part_as_refused

# Incidents of a country on a day: where there are more, possible double counts are not sought. Of invented incidents
# strewn over the country 22 a day had 0.22 pairs each by chance: from 50 on half of all are flagged for nothing.
MOST_A_DAY = 50


class Connection(Protocol):
    """The half-made version, as its one door lends it."""

    def execute(self, query: str, parameters: object = None) -> Any: ...
    def register(self, view_name: str, python_object: object) -> Any: ...
    def unregister(self, view_name: str) -> Any: ...


@dataclass(frozen=True)
class Tally:
    """Of the further sheets of a load: rows more than before, rows staged, rows that cannot be stored."""

    added: int
    staged: int
    conflicts: int


class Further:
    """The further sheets of one load, and what follows from its incidents. Works on the tables of `Publication`."""

    def __init__(self, con: Connection) -> None:
        self._con = con
        self._kinds: dict[str, Kind] = {}  # table -> kind, of the sheets of this load
        self._before = 0  # rows stored in these tables before this load
        self._con.execute(statement("part_tables"))

    def stage(self, table_no: int, kind: Kind, good: pa.Table) -> None:
        """Take in rows of a kind."""
        self._con.register("batch", good)
        if kind.table not in self._kinds:
            self._kinds[kind.table] = kind
            self._before += self._number("part_count", table=kind.table)
            self._con.execute(statement("part_stage", stage=_staged(kind), table=kind.table))
        self._con.execute(statement("part_take", stage=_staged(kind)), {"table_no": table_no})
        self._con.unregister("batch")

    def judge(self, sources: Mapping[int, str]) -> Iterator[tuple[int, pa.Table]]:
        """Each staged row gets its verdict, once the incidents have theirs: (number of the table, refused rows).

        sources: whose references the rows of each table have.
        """
        if not self._kinds:
            return
        for kind in self._kinds.values():
            if kind.joins:
                self._con.execute(statement("part_told", stage=_staged(kind)))
        self._con.execute(statement("part_known"))
        for kind in self._kinds.values():
            self._con.execute(statement("part_verdict", **_names(kind)))
            conflicts = self._con.execute(statement("part_conflicts", **_names(kind))).to_arrow_table()
            for table_no in sorted(set(conflicts["table_no"].to_pylist())):
                mine = conflicts.filter(pc.equal(conflicts["table_no"], table_no))
                yield table_no, part_as_refused(mine, kind, sources[table_no])

    def before(self, load: Mapping[str, int]) -> None:
        """Keep, of what this load replaces, how it was called and which load had told it."""
        for name in ("retold", "replaced", "lifted"):
            self._con.execute(statement(name))
        for name in ("former_labels", "superseded"):
            self._con.execute(statement(name), load)

    def after(self, load: Mapping[str, int]) -> int:
        """Store the rows of further sheets and flag possible double counts, once the incidents are stored.

        Returns how many new incidents fall on days too full to be compared.
        """
        for kind in self._kinds.values():
            self._con.execute(statement("part_kept", **_names(kind)))
            self._con.execute(statement("part_replace", **_names(kind)))
            self._con.execute(statement("part_store", **_names(kind)), load)
        bound = {**load, "most_a_day": MOST_A_DAY}
        self._con.execute(statement("double_count"), bound)
        return int(self._con.execute(statement("not_compared"), bound).fetchone()[0])

    def tally(self) -> Tally:
        """Counted anew in the tables, for the row equation."""
        now = sum(self._number("part_count", table=table) for table in self._kinds)
        return Tally(now - self._before, self._number("part_staged"), self._number("part_refused"))

    def _number(self, name: str, **of: str) -> int:
        return int(self._con.execute(statement(name, **of)).fetchone()[0])


def _staged(kind: Kind) -> str:
    return f"stage_{kind.table}"


def _names(kind: Kind) -> dict[str, str]:
    """What the statements need to know of a kind."""
    return {
        "stage": _staged(kind),
        "table": kind.table,
        "key": ", ".join(kind.keys),
        "content": ", ".join(name for name in kind.stored.names if name != "row_no"),
        "incident": "incident_id" if kind.joins else "NULL::UUID",
        "same": " AND ".join(f"{kind.table}.{key} IS NOT DISTINCT FROM part_kept.{key}" for key in kind.keys),
    }
