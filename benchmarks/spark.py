"""What a load costs on Spark beside the local one, and whether both make the same store.

    .venv/bin/python benchmarks/spark.py [--rows 1000000,10000000] [--files DIR] [--master 'local[2,4]'] [--write]

For each size one generated CSV (TMPDIR says where), loaded into an empty store by each engine in turn, in a process of
its own that is watched with all that it starts: wall clock from its start to its end, CPU and memory (each page counted
once, by PSS) of all of them together. Then every row of every table of the two stores is compared, by its hash. Prints
Markdown; --write keeps it in benchmarks/SPARK.md, after each size anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from growth import file_of
from load import about
from tasks import MOST_BYTES, MOST_ROWS

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "SPARK.md"
OFTEN = 0.25  # seconds
TICKS = os.sysconf("SC_CLK_TCK")
WORK = """
import json, sys
from datetime import date
from pathlib import Path
from etl.build import load
from etl.table import Reading
file, store, master, most_rows, most_bytes = json.loads(sys.argv[1])
reading = Reading(most_rows=most_rows, most_streamed_bytes=most_bytes)
told = load([Path(file)], Path(store), reading=reading, today=date(2025, 12, 31), spark_master=master).as_dict()
print(json.dumps(told))
"""
APART = ("load", "version")  # they hold the moment of the load


@dataclass
class Watched:
    """What a process and all that it started took."""

    wall: float = 0.0
    peak_mib: float = 0.0
    cpu_of: dict[int, float] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        return sum(self.cpu_of.values())


def watched(file: Path, store: Path, master: str | None) -> Watched:
    """A load in a session of its own, looked at often."""
    key = store.with_name(f"{store.name}.keys") / "pseudonym.key"
    key.parent.mkdir(mode=0o700)
    key.write_bytes(b"k" * 32)
    asked = json.dumps([str(file), str(store), master, MOST_ROWS, MOST_BYTES])
    taken, started = Watched(), time.monotonic()
    env = os.environ | {"PYTHONPATH": str(HERE.parent), "TMPDIR": str(store.parent)}
    words = [sys.executable, "-c", WORK, asked]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env, start_new_session=True) as process:
        while process.poll() is None:
            _look(process.pid, taken)
            time.sleep(OFTEN)
        taken.wall = time.monotonic() - started
        assert process.stdout is not None
        taken.told = json.loads(process.stdout.read())
    return taken


def _look(session: int, taken: Watched) -> None:
    pss_kib = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "stat").read_text().rpartition(") ")[2].split()
            if int(told[3]) != session:
                continue
            taken.cpu_of[int(entry.name)] = (int(told[11]) + int(told[12])) / TICKS
            rollup = (entry / "smaps_rollup").read_text()
        except OSError:  # it ended meanwhile
            continue
        pss_kib += next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    taken.peak_mib = max(taken.peak_mib, pss_kib / 1024)


def different(one: Path, other: Path) -> tuple[int, int]:
    """(rows of both stores, rows of which one of them has more than the other), over every table."""
    import duckdb  # here: on Linux a child's peak memory starts at its parent's

    rows = apart = 0
    with duckdb.connect(config={"threads": "2"}) as con:
        for name, store in (("here", one), ("there", other)):
            con.execute(f"ATTACH '{store / 'facts' / 'v000001.duckdb'}' AS {name} (READ_ONLY)")
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'here' AND schema_name = 'main'"
        ).fetchall()
        for (table,) in tables:
            if table in APART:
                continue
            here, there = (f"SELECT hash(t) FROM {name}.{table} AS t" for name in ("here", "there"))  # noqa: S608
            found = con.execute(
                f"SELECT (SELECT count(*) FROM ({here})) + (SELECT count(*) FROM ({there})), "  # noqa: S608
                f"(SELECT count(*) FROM ({here} EXCEPT ALL {there})) + "
                f"(SELECT count(*) FROM ({there} EXCEPT ALL {here}))"
            ).fetchone()
            rows, apart = rows + found[0], apart + found[1]
    return rows, apart


def compared(rows: int, seed: int, kept: Path | None, master: str) -> list[str]:
    """Two lines of the table and one on the rows."""
    with TemporaryDirectory(prefix="simanta-spark-") as made:
        folder = Path(made)
        file_of(folder / "full.csv", rows, seed, kept)
        taken = {
            name: watched(folder / "full.csv", folder / name, each)
            for name, each in (("local", None), ("spark", master))
        }
        lines = [
            f"| {rows:,} | {name} | {each.wall:.1f} | {each.cpu:.1f} | {each.peak_mib:,.0f} "
            f"| {each.wall / rows * 1e6:.2f} | {each.cpu / rows * 1e6:.2f} |"
            for name, each in taken.items()
        ]
        print("\n".join(lines), file=sys.stderr)  # noqa: T201
        counted = [{k: v for k, v in each.told.items() if k not in ("seconds", "peak_mib")} for each in taken.values()]
        both, apart = different(folder / "local", folder / "spark")
    same = "the same" if counted[0] == counted[1] else "NOT the same"
    return [*lines, f"{rows:,}: the reports are {same}; of {both:,} rows of both stores {apart:,} differ."]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A load on Spark beside the local one.")
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--files", type=Path, help="a folder where the generated files are kept, on TMPDIR's disk")
    parser.add_argument("--master", default="local[2,4]")
    parser.add_argument("--note", default="", help="a line about the machine, such as who else was on it")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = about(os.getloadavg()[0])
    java = subprocess.run(["java", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    header.append(f"pyspark {version('pyspark')}, {java}; master `{given.master}`")
    header += [given.note] if given.note else []
    found = []
    for rows in given.rows.split(","):
        found.append(compared(int(rows), given.seed, given.files, given.master))
        text = _page(header, found)
        if given.write:
            RESULTS.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201


def _page(header: list[str], found: list[list[str]]) -> str:
    head = "| rows | engine | wall s | CPU s | peak MiB | wall, s per million | CPU, s per million |"
    table = [line for each in found for line in each[:-1]]
    parts = [
        "# Benchmarks: a load on Spark",
        "Written by `benchmarks/spark.py`; how to read it: `benchmarks/README.md`.",
        "\n".join(f"- {line}" for line in header),
        "\n".join([head, "|---:|---|---:|---:|---:|---:|---:|", *table]),
        "\n".join(f"- {each[-1]}" for each in found),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
