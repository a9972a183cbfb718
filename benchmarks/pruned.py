"""What the layout of the facts spares: the same rows as the loader lays them, and in the order in which they came.

    .venv/bin/python benchmarks/pruned.py [--rows 10000000] [--write]

Generated CSV files of at most 10 million rows each, shuffled, which is the worst case, are loaded at once into two
stores: one as the product makes it, one with its rows as they came. Of both: the load; what a statement reads, cold and
warm, for one district, ten, and the country, and for months and years; and every page's Answer under many filters.
Each task has a process of its own. TMPDIR says where; 100M rows take some 35 GB at the most.
Prints Markdown; --write keeps it in benchmarks/PRUNED.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from load import PAGES, Taken, about, generate, pages_table, take

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "PRUNED.md"
MOST_ROWS = 10_000_000  # of a file: a load takes files of 20 million rows and 4 GB
LAYOUTS = {"laid_out": "laid out", "as_they_came": "as they came"}


def measured(rows: int, seed: int) -> list[str]:
    """The tables."""
    with TemporaryDirectory(prefix="simanta-pruned-") as made:
        folder = Path(made)
        write_files(folder / "files", rows, seed)
        loads = {layout: loaded(layout, folder) for layout in LAYOUTS}
        shutil.rmtree(folder / "files")
        reads = {layout: take("reads", folder / layout, layout) for layout in LAYOUTS}
        pages = {layout: {name: take(name, folder / layout, layout) for name in PAGES} for layout in LAYOUTS}
        stored = {layout: (folder / layout / "store/facts/v000001.duckdb").stat().st_size / 1e6 for layout in LAYOUTS}
    return [
        f"## {rows:,} rows, shuffled: the load",
        "\n".join(loads_table(loads, stored, rows)),
        "## What the statement of a page's totals reads",
        "\n".join(reads_table(reads)),
        *(f"## The pages, {title}, in ms\n\n{_pages(pages[layout])}" for layout, title in LAYOUTS.items()),
    ]


def write_files(folder: Path, rows: int, seed: int) -> None:
    """So many rows of different incidents."""
    folder.mkdir()
    for at, first in enumerate(range(0, rows, MOST_ROWS)):
        generate(folder / f"{at:04d}.csv", min(MOST_ROWS, rows - first), seed + at, first + 1)


def loaded(layout: str, folder: Path) -> Taken:
    """All files in one load."""
    (folder / layout).mkdir()
    return take(layout, folder / layout, "load")


def loads_table(loads: Mapping[str, Taken], stored: Mapping[str, float], rows: int) -> Iterator[str]:
    """One row a layout."""
    yield "| layout | s | CPU s | s per million | peak MiB | store MB | loaded |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for layout, title in LAYOUTS.items():
        of = loads[layout]
        told = f"{of.wall:,.0f} | {of.cpu:,.0f} | {of.wall / rows * 1e6:.2f} | {of.peak_mib:,.0f}"
        yield f"| {title} | {told} | {stored[layout]:,.0f} | {of.told['loaded']:,} |"


def reads_table(reads: Mapping[str, Taken]) -> Iterator[str]:
    """One row a question: as they came, then laid out. Raises ValueError where the two answer differently."""
    yield "| question | records | rows scanned | laid out | MB read | laid out | cold ms | laid out | warm | laid out |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for question, came in reads["as_they_came"].told.items():
        laid = reads["laid_out"].told[question]
        if came["n"] != laid["n"]:
            raise ValueError(f"{question}: {came['n']} records as they came, {laid['n']} laid out")
        numbers = [f"{each['scanned']:,}" for each in (came, laid)]
        numbers += [f"{each[what]:,.1f}" for what in ("mb", "cold", "warm") for each in (came, laid)]
        yield f"| {question} | {came['n']:,} | {' | '.join(numbers)} |"


def _pages(taken: Mapping[str, Taken]) -> str:
    return "\n".join(f"{line.rsplit('|', 2)[0]}|" for line in pages_table(taken))  # as in pages.py: no memory


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="What the layout of the facts spares.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    title = "# Benchmarks: what the layout spares"
    written = "Written by `benchmarks/pruned.py`; how to read it: `benchmarks/README.md`."
    text = "\n\n".join([title, written, header, *measured(given.rows, given.seed)]) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
