"""Writes docs/authorisation.md: what each role opens, for each kind of grant and each way in, as the tests found it.

Run: make authorisation. tests/dashboard/test_scope.py tries each line anew and holds it against the page.
"""

from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "authorisation.md"
HEAD = """# Who opens what

Made by `make authorisation` from what a program found that tried each line: as each role, with each kind of grant, it
asked for each page, each question's rows and each kind of snapshot. A test tries them all again and fails where one
differs.

- **rows**: *own* are records of a district in the grant, *other* those of a district that is not.
- **snapshot**: of figures of its own district, of another, or of every district, addressed to the role; *rounded* for
  readers outside the force, or *finer*.
- **command**: by an account of the machine with that role over one district, where people sign in. *Rounded*: what
  it prints or writes is made for others.
  `load`, `erase`, `rollback`, `prune` and `key --rotate` ask for no role: who can write the store's folder could do it
  without them ([administrator.md](administrator.md), 4). Refused rows are of every district, the grant here is of one.
- **route**: `/media` has the files that a page made for who looks; `/s` only takes the id out of an address, and the
  page *snapshot* decides who opens it.
- **closed**: a plain page that says so, and a line in the audit.

The local single user (no sign-in, loopback alone) opens everything; it is not in the table.

"""


Rows = Iterable[tuple[str, ...]]


def page(pages: Rows, rows: Rows, commands: Rows, routes: Rows) -> str:
    """The paper out of four tables, each with its header first."""
    parts = {"Pages": pages, "Records and snapshots": rows, "Commands": commands, "Routes": routes}
    return HEAD + "\n".join(f"## {title}\n\n{_table(table)}" for title, table in parts.items())


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
