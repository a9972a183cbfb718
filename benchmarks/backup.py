"""The drill: a store of a million invented rows is backed up while people look, restored, and held against itself.

    .venv/bin/python benchmarks/backup.py [--rows 1000000] [--write]

Says how long each step took and what was lost: rows by table, versions, lines of the audit, snapshots, keys. The
second backup is made while two readers ask the store without a pause. Prints Markdown; --write keeps it in
benchmarks/BACKUP.md.
"""

import argparse
import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from etl.invented import write_invented

HERE = Path(__file__).resolve().parent
UNTIL = date(2026, 11, 22)
READER = """
import sys, time
from pathlib import Path
from dashboard import database
from dashboard.access import local_user
from dashboard.filters import Filters
slowest, n = 0.0, 0
while not Path(sys.argv[2]).exists():
    began = time.perf_counter()
    database.open_current(Path(sys.argv[1])).select(Filters(), local_user()).ask("detections_by_district")
    slowest, n = max(slowest, time.perf_counter() - began), n + 1
print(n, round(slowest * 1000))
"""


def simanta(*words: object) -> None:
    """The command in a process of its own, as an administrator runs it. Raises where it does not end with 0."""
    command = [sys.executable, "-c", "from dashboard.cli import main; main()", *map(str, words), "--quiet"]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{words[0]}: {done.stderr}{done.stdout}")


def timed(do: Callable[..., None], *words: object) -> float:
    """Seconds that something took."""
    began = time.perf_counter()
    do(*words)
    return time.perf_counter() - began


def held(store: Path) -> dict[str, Any]:
    """Everything of a store that could be lost, counted or hashed past the program."""
    told: dict[str, Any] = {}
    for file in sorted((store / "facts").glob("v*.duckdb")):
        told[f"SHA-256 of {file.stem}"] = hashlib.sha256(file.read_bytes()).hexdigest()
        with duckdb.connect(str(file), read_only=True) as con:
            tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
            for (table,) in tables:
                (told[f"{file.stem} {table}"],) = con.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)  # noqa: S608
    with closing(sqlite3.connect(store / "ledger.sqlite")) as book:
        for (table,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            (told[f"ledger {table}"],) = book.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
    keys = store.with_name(f"{store.name}.keys")
    told |= {f"key {file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for file in keys.glob("*.[kpt][exe]*")}
    return told


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What was there and is not, or is another. The audit has a line more: that it was restored."""
    return [name for name, value in before.items() if name != "ledger audit" and after.get(name) != value]


def drill(place: Path, rows: int) -> str:
    """The steps, as a table of Markdown."""
    store, csv, stop = place / "store", place / "invented.csv", place / "stop"
    write_invented(csv, rows=rows, seed=7, until=UNTIL)
    for _ in range(2):  # two versions, as every day has
        simanta("load", csv, "--store", store)
    simanta("snapshot", "create", "--store", store)
    before = held(store)
    alone = timed(simanta, "backup", place / "alone.tar", "--keys", place / "keys.box", "--store", store)
    readers = [subprocess.Popen([sys.executable, "-c", READER, store, stop], cwd=HERE.parent, stdout=subprocess.PIPE)
               for _ in range(2)]  # fmt: skip
    time.sleep(5)
    beside = timed(simanta, "backup", place / "beside.tar", "--store", store)
    stop.touch()
    asked = [reader.communicate()[0].decode().split() for reader in readers]
    back = timed(simanta, "restore", place / "beside.tar", "--keys", place / "keys.box", "--store", place / "back")
    checked = timed(simanta, "check", "--deep", "--store", place / "back")
    after = held(place / "back")
    gone = lost(before, after)
    questions, slowest = sum(int(n) for n, _ in asked), max(int(ms) for _, ms in asked)
    incidents = sum(n for name, n in before.items() if name.endswith(" incident"))
    size = (place / "beside.tar").stat().st_size / 1e6
    readers_told = f"{questions:,} questions, none failed, the slowest {slowest:,} ms"
    return f"""| step | s |
|---|---:|
| backup, nobody looks | {alone:.1f} |
| backup, two readers ask without a pause ({readers_told}) | {beside:.1f} |
| restore into an empty folder | {back:.1f} |
| `simanta check --deep` of what was restored: holds | {checked:.1f} |

{rows:,} rows were loaded twice: 2 versions, {incidents:,} incidents in both, one file of {size:,.0f} MB.
Compared past the program, {len(before)} values: SHA-256 of each version and key, rows of each table of both.

**Lost: {", ".join(gone) or "nothing"}.**
"""


def main() -> None:
    """Runs the drill, prints it, and keeps it where asked."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--write", action="store_true")
    told = words.parse_args()
    os.environ["SIMANTA_KEYS_PASSPHRASE"] = "of the drill alone"
    with TemporaryDirectory(prefix="simanta-drill-") as place:
        table = drill(Path(place), told.rows)
    now = datetime.now(UTC)
    machine = f"{os.cpu_count()} cores that others used too, load average {os.getloadavg()[0]:.1f}"
    page = f"""# Benchmarks: backup and restore

Written by `benchmarks/backup.py`, {now:%Y-%m-%d %H:%M} UTC; {machine}.

{table}"""
    sys.stdout.write(page)
    if told.write:
        (HERE / "BACKUP.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
