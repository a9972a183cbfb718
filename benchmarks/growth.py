"""The growth table: how a load's time and memory grow with its rows, and a daily load onto a large store.

    .venv/bin/python benchmarks/growth.py [--rows 1000000,10000000] [--daily 10000000] [--repeat 1] [--files DIR]
        [--write]

For each size one generated CSV (TMPDIR says where; 30M rows take 5 GB), loaded by the floor and by the product in turn,
each in a process of its own. Onto the store of the size that --daily names, 1,000 new rows are loaded. Prints Markdown;
--write keeps it in benchmarks/GROWTH.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from load import DAILY_ROWS, Taken, about, generate, take

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "GROWTH.md"


def grown(sizes: Sequence[int], daily_onto: int, repeat: int, seed: int, kept: Path | None) -> str:
    """The table, one row a size, and a line on the daily load."""
    lines = [
        "| rows | floor s | ours s | wall / floor | CPU / floor | ours, s per million | peak MiB | store MB |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    daily = ""
    for rows in sizes:
        with TemporaryDirectory(prefix="simanta-growth-") as made:
            folder = Path(made)
            file_of(folder / "full.csv", rows, seed, kept)
            rounds = [_round(folder, f"{rows:,} {at}/{repeat}") for at in range(1, repeat + 1)]
            lines.append(_row(rows, rounds, _stored_mb(folder)))
            if rows == daily_onto:
                daily = _daily(folder, rows, seed)
    return "\n".join([*lines, "", daily]) if daily else "\n".join(lines)


def file_of(file: Path, rows: int, seed: int, kept: Path | None) -> None:
    """A file of so many rows, made now or at an earlier run."""
    if kept is None:
        generate(file, rows, seed, 1)
        return
    made = kept / f"{rows}-{seed}.csv"
    if not made.exists():
        generate(made, rows, seed, 1)
    file.hardlink_to(made)


def _round(folder: Path, name: str) -> tuple[Taken, Taken]:
    for made in ("store", "store.keys"):
        shutil.rmtree(folder / made, ignore_errors=True)
    floor, ours = take("floor", folder, name), take("ours", folder, name)
    (folder / "floor.duckdb").unlink()
    return floor, ours


def _row(rows: int, rounds: Sequence[tuple[Taken, Taken]], stored_mb: float) -> str:
    floor, ours = median(f.wall for f, _ in rounds), median(o.wall for _, o in rounds)
    ratio = median(o.wall / f.wall for f, o in rounds)
    cpu_ratio = median(o.cpu / f.cpu for f, o in rounds)
    peak = max(o.peak_mib for _, o in rounds)
    return (
        f"| {rows:,} | {floor:.1f} | {ours:.1f} | {ratio:.2f} | {cpu_ratio:.2f} "
        f"| {ours / rows * 1e6:.2f} | {peak:,.0f} | {stored_mb:,.0f} |"
    )


def _stored_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in (folder / "store" / "facts").iterdir()) / 1e6


def _daily(folder: Path, rows: int, seed: int) -> str:
    """1,000 rows that the store does not hold, three days running."""
    taken = []
    for day in range(3):
        generate(folder / "daily.csv", DAILY_ROWS, seed + 1 + day, rows + 1 + day * DAILY_ROWS)
        taken.append(take("daily", folder, f"day {day + 1}"))
    walls = ", ".join(f"{each.wall:.2f}" for each in taken)
    return f"{DAILY_ROWS:,} new rows onto {rows:,}, three days running: {walls} s; peak {taken[-1].peak_mib:,.0f} MiB."


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="How a load grows with its rows.")
    parser.add_argument("--rows", default="1000000,3000000,10000000,30000000")
    parser.add_argument("--daily", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--files", type=Path, help="a folder where the generated files are kept, on TMPDIR's disk")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = about(os.getloadavg()[0])
    table = grown([int(rows) for rows in given.rows.split(",")], given.daily, given.repeat, given.seed, given.files)
    title = "# Benchmarks: growth\n\nWritten by `benchmarks/growth.py`; how to read it: `benchmarks/README.md`."
    text = "\n\n".join([title, "\n".join(f"- {line}" for line in header), table]) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
