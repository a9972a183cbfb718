"""The tables of a version after the contract. Codes of lists and places stand in `incident` as numbers of an ENUM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from etl.errors import LoadError
from etl.reference import ROOT, Reference
from etl.statements import statement

SCHEMA = ROOT / "contract" / "schema.sql"
SCHEMA_VERSION = int((ROOT / "contract" / "VERSION").read_text().strip())
Lists = Mapping[str, Sequence[str]]  # type of a column -> what it may hold


class Connection(Protocol):
    """A half-made version, as a door of the store lends it."""

    def execute(self, query: str, parameters: object = None) -> Any: ...


def lists_of(reference: Reference) -> Lists:
    """The lists of today, and the codes of places."""
    lists: dict[str, list[str]] = defaultdict(list)
    for each in reference.codes:
        lists[each.list].append(each.code)
    places = {"adm2": reference.districts, "adm3": reference.upazila_points, "crossing": reference.crossings}
    return {**lists, **{name: list(codes) for name, codes in places.items()}}


def create(con: Connection, lists: Lists) -> None:
    """Makes the tables and views of an empty version."""
    con.execute("SET VARIABLE codes = $codes", {"codes": lists})
    con.execute(SCHEMA.read_text(encoding="utf-8"))


def outgrown(con: Connection, lists: Lists) -> Lists:
    """The lists that a version must be made anew with: these and what it knows. Empty where it knows them all."""
    known = dict(con.execute(statement("lists_known")).fetchall())
    if all(set(lists[name]) <= set(labels) for name, labels in known.items()):
        return {}
    return {**lists, **{name: list(dict.fromkeys((*lists[name], *labels))) for name, labels in known.items()}}


def copy(con: Connection, database: str, of: str | None = None) -> None:
    """Takes all rows of another, attached version into an empty one.

    of: the database that says which tables there are, where the other has more.
    """
    for (table,) in con.execute(statement("tables_of"), {"database": of or database}).fetchall():
        con.execute(statement("table_copied", table=table, database=database))


def check(made_with: int) -> None:
    """Raises LoadError SCHEMA_VERSION where a version is of another schema than this program's."""
    if made_with != SCHEMA_VERSION:
        release = "a newer" if made_with > SCHEMA_VERSION else "an older"
        what = f"The store was made by {release} release of Simanta: schema {made_with}, and this program has"
        ways = "Use the release that made it, roll back to a version of this one's, or load its files into a new store."
        raise LoadError("SCHEMA_VERSION", f"{what} {SCHEMA_VERSION}. Nothing was changed.", ways)
