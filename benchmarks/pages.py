"""The pages' questions over a large store: shuffled rows, the worst case, and rows in the order of their days.

    .venv/bin/python benchmarks/pages.py [--rows 10000000] [--files DIR] [--write]

A register is kept day by day: a question on some weeks passes by most of it. The generator's rows are shuffled.
Both are loaded into a store of their own and every page's Answer is asked under many filters, in a process of its own.
Prints Markdown; --write keeps it in benchmarks/PAGES.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from growth import file_of
from load import about, pages_table, take
from tasks import EVERY_PAGE

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "PAGES.md"


def asked(rows: int, seed: int, kept: Path | None, by_day: bool) -> str:
    """The table of one store."""
    with TemporaryDirectory(prefix="simanta-pages-") as made:
        folder = Path(made)
        shuffled = folder / "full.csv"
        file_of(shuffled, rows, seed, kept)
        if by_day:
            in_order(shuffled)
        take("ours", folder, "load")
        table = pages_table({name: take(name, folder, "pages") for name in EVERY_PAGE})
        return "\n".join(f"{line.rsplit('|', 2)[0]}|" for line in table)  # a child's peak memory begins at its parent's


def in_order(file: Path) -> None:
    """The same rows, by their first day."""
    sorted_file = file.with_name("sorted.csv")
    with duckdb.connect(config={"temp_directory": str(file.parent)}) as con:
        rows = con.sql(
            "SELECT * FROM read_csv($file, all_varchar = true) ORDER BY date_start", params={"file": str(file)}
        )
        rows.write_csv(str(sorted_file))
    sorted_file.replace(file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="The pages' questions over a large store.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--files", type=Path, help="a folder where the generated files are kept, on TMPDIR's disk")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    parts = [
        "# Benchmarks: the pages' questions",
        "Written by `benchmarks/pages.py`; how to read it: `benchmarks/README.md`.",
        header,
        f"## {given.rows:,} rows, in the order of their days, in ms",
        asked(given.rows, given.seed, given.files, by_day=True),
        f"## {given.rows:,} rows, shuffled, in ms",
        asked(given.rows, given.seed, given.files, by_day=False),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
