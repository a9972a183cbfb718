"""The speed table: a full load beside the floor and the obvious stack, a daily load, and the pages' questions.

    make bench
    .venv/bin/python benchmarks/load.py [--rows 1000000] [--repeat 3] [--seed 7] [--write]

One run, on one generated CSV that is deleted afterwards (TMPDIR says where), measures

- floor: DuckDB's `CREATE TABLE AS SELECT * FROM read_csv(file)` into a new database file, checkpointed;
- stack: pandas, h3 in a loop, geopandas sjoin to the 64 districts, insert into DuckDB; it checks nothing;
- ours: the product's load into an empty store; then 1,000 new rows onto that store, as every day;
- pages: every page's Answer under 22 filters, each asked for the first time and at once again; no Streamlit.

Each task runs in a process of its own (`tasks.py`), the tasks of a round one after the other, so a busy machine
slows all of them; the ratio is to the floor of the same round. Says too what differs from the generator's manifest.
Prints Markdown; --write keeps it in benchmarks/RESULTS.md. This process imports nothing large: on Linux a child's
peak memory starts at its parent's.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
LOADS = {
    "floor": "floor: bare `CREATE TABLE AS read_csv`",
    "stack": "stack: pandas, h3 loop, sjoin, insert",
    "ours": "ours: full load, empty store",
    "daily": "ours: {daily:,} new rows onto that store",
}
PAGES = ("overview", "hotspots", "corridors", "trends")
DAILY_ROWS = 1_000
LIBRARIES = ("duckdb", "polars", "pyarrow", "numpy", "h3", "shapely", "pandas", "geopandas")
VERDICTS = {
    "loaded": "loaded_current",
    "superseded": "superseded",
    "duplicate": "duplicate",
    "quarantined": "quarantined",
}
RULES = {"missing_source_ref": "required_missing", "negative_persons": "count_negative"}  # where ours has another name
CODE = ("etl", "dashboard", "data")  # what is measured

Table = Iterator[str]


@dataclass(frozen=True)
class Taken:
    """What one task took, and what it told."""

    wall: float
    cpu: float
    peak_mib: float
    told: Mapping[str, Any]


Round = Mapping[str, Taken]


@dataclass(frozen=True)
class Run:
    """All that was measured, and the manifests of what was loaded."""

    rounds: Sequence[Round]
    pages: Mapping[str, Taken]
    manifests: Mapping[str, Mapping[str, Any]]
    mib: float


# --- measuring ---


def measure(rows: int, repeat: int, seed: int) -> Run:
    """One run in a temporary folder."""
    with TemporaryDirectory(prefix="simanta-bench-") as made:
        folder = Path(made)
        manifests = {
            "ours": generate(folder / "full.csv", rows, seed, 1),
            "daily": generate(folder / "daily.csv", DAILY_ROWS, seed + 1, rows + 1),
        }
        rounds = [one_round(folder, f"{at}/{repeat}") for at in range(1, repeat + 1)]
        pages = {name: take(name, folder, "pages") for name in PAGES}
        return Run(rounds, pages, manifests, (folder / "full.csv").stat().st_size / 2**20)


def generate(file: Path, rows: int, seed: int, first_id: int) -> Mapping[str, Any]:
    """A file of invented rows; gives its manifest."""
    given = {"--rows": rows, "--seed": seed, "--first-id": first_id, "--out": file}
    words = [str(word) for pair in given.items() for word in pair]
    subprocess.run([sys.executable, HERE / "scale" / "generate.py", *words], check=True)
    told: Mapping[str, Any] = json.loads(file.with_name(f"{file.name}.manifest.json").read_text())
    return told


def one_round(folder: Path, name: str) -> Round:
    """Every load once, from nothing; the last round's store stays for the pages."""
    for made in ("store", "store.keys"):
        shutil.rmtree(folder / made, ignore_errors=True)
    taken = {task: take(task, folder, name) for task in LOADS}
    for file in folder.glob("*.duckdb"):
        file.unlink()
    return taken


def take(task: str, folder: Path, name: str) -> Taken:
    """A task in a process of its own, which leaves nothing outside the folder."""
    words, env = [sys.executable, HERE / "tasks.py", task, folder], os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, env=env)
    taken = Taken(**json.loads(done.stdout))
    print(f"{name} {task}: {taken.wall:.2f} s", file=sys.stderr)  # noqa: T201
    return taken


# --- telling ---


def report(run: Run, about: Sequence[str]) -> str:
    """The whole of it as Markdown."""
    rows, repeat = run.manifests["ours"]["rows"], len(run.rounds)
    parts = [
        "# Benchmarks: results\n\nWritten by `benchmarks/load.py`; how to read it: `benchmarks/README.md`.",
        "\n".join(f"- {line}" for line in about),
        f"## Load of {rows:,} rows ({run.mib:,.0f} MiB of CSV), median of {repeat}",
        "\n".join(loads_table(run.rounds)),
        "## Ours against the generator's manifest",
        *("\n".join(counts_table(name, run)) for name in run.manifests),
        f"## The pages' questions over those {rows:,} rows, in ms",
        "\n".join(pages_table(run.pages)),
    ]
    return "\n\n".join(parts) + "\n"


def loads_table(rounds: Sequence[Round]) -> Table:
    """One row a task; the ratios are the medians of each round's own."""
    yield "| load | wall s | least to most | CPU s | peak MiB | wall / floor | CPU / floor |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for task, title in LOADS.items():
        taken = [each[task] for each in rounds]
        ratio = median(each[task].wall / each["floor"].wall for each in rounds)
        cpu_ratio = median(each[task].cpu / each["floor"].cpu for each in rounds)
        walls, cpu = sorted(t.wall for t in taken), median(t.cpu for t in taken)
        peak = max(t.peak_mib for t in taken)
        wall = f"{median(walls):.2f} | {walls[0]:.2f} to {walls[-1]:.2f}"
        numbers = f"{wall} | {cpu:.2f} | {peak:,.0f} | {ratio:.2f} | {cpu_ratio:.2f}"
        yield f"| {title.format(daily=DAILY_ROWS)} | {numbers} |"


def counts_table(task: str, run: Run) -> Table:
    """One row a verdict and a rule: what the manifest says, what ours found, and the difference."""
    told, manifest = run.rounds[-1][task].told, run.manifests[task]
    rules: Mapping[str, int] = told["files"][0]["rules"]
    yield f"| {LOADS[task].format(daily=DAILY_ROWS)} | manifest | found | difference |"
    yield "|---|---:|---:|---:|"
    for verdict, name in VERDICTS.items():
        yield _compared(verdict, manifest["expected"][name], told[verdict])
    expected = {RULES.get(fault, fault): n for fault, n in manifest["faults"].items()}
    for rule in sorted({*rules, *expected}):
        yield _compared(f"refused: {rule}", expected.get(rule, 0), rules.get(rule, 0))


def _compared(name: str, expected: int, found: int) -> str:
    return f"| {name} | {expected:,} | {found:,} | {found - expected:+,} |"


def pages_table(pages: Mapping[str, Taken]) -> Table:
    """One row a page, in a process of its own."""
    yield (
        "| page | a change p50 | p95 | max | without draws p50 | p95 | max | again p50 | p95 | max | first view "
        "| peak MiB |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, taken in pages.items():
        spread = [f"{ms:,.0f}" for when in ("first", "questions", "again") for ms in _spread(taken.told[when])]
        yield f"| {' | '.join([name, *spread])} | {taken.told['opened']:,.0f} | {taken.peak_mib:,.0f} |"


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return median(values), quantiles(values, n=20, method="inclusive")[-1], max(values)


def about(load_average: float) -> list[str]:
    """Where, when and with what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB RAM, {_cpu()}, {platform.system()} {platform.release()}"
    return [
        f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; commit {_commit()}",
        f"command: `python {shlex.join(sys.argv)}`",
        f"machine: {machine}; load average at the start {load_average:.1f}",
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    ]


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(named), platform.processor() or platform.machine())


def _commit() -> str:
    commit = _git("rev-parse", "--short=12", "HEAD")
    return commit + (" with uncommitted changes" if _git("status", "--porcelain", "--", *CODE) else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=HERE.parent, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A full load beside the floor and the obvious stack, and the pages.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = about(os.getloadavg()[0])
    text = report(measure(given.rows, given.repeat, given.seed), header)
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
