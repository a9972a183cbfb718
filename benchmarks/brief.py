"""The PDF brief of each page, in both languages: seconds from the filters to the file, and its size.

    .venv/bin/python benchmarks/brief.py --store DIR [--repeat 5] [--write]

Questions, figures, map, charts and typesetting are in it; starting Python and its libraries are told apart, as the time
that the command `simanta brief` takes from its start to its end. The goal is 3 s. Prints Markdown; --write keeps it in
benchmarks/BRIEF.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from load import about

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
RESULTS = HERE / "BRIEF.md"
DISTRICT = {"d": ("BD4041",)}  # what the district brief is of
HEAD = "| page | language | first s | again, p50 | max | kB | pages |\n|---|---|---:|---:|---:|---:|---:|"


def timed(work: Callable[[], bytes]) -> tuple[float, bytes]:
    """(seconds, what it made)."""
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def row(name: str, language: str, store: Path, repeat: int) -> str:
    """One line of the table. Each time is of another first day, so that nothing was asked before."""
    from dashboard.access import local_user
    from dashboard.components import handout
    from dashboard.database import open_current
    from dashboard.filters import Filters
    from dashboard.i18n import Text
    from dashboard.pages import BY_NAME

    page, opened = BY_NAME[name], open_current(store)

    def made(day: int) -> bytes:
        filters = Filters(date(2024, 1, day), date(2024, 12, 29), DISTRICT if name == "district" else {})
        answer = page.answer(opened.select(filters, local_user()))
        return handout.brief(page, answer, Text(language), datetime.now(UTC))

    (first, pdf), *again = [timed(lambda day=1 + i: made(day)) for i in range(repeat)]  # type: ignore[misc]
    seconds = [each for each, _ in again]
    sheets = pdf.count(b"/Type /Page\n") or pdf.count(b"/Type/Page/")
    return (
        f"| {name} | {language} | {first:.2f} | {median(seconds):.2f} | {max(seconds):.2f} | {len(pdf) / 1000:,.0f} "
        f"| {sheets} |"
    )


def command(store: Path) -> float:
    """Seconds of `simanta brief`, from its start to its end."""
    with TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("simanta"))
        words = [program, "brief", "--district", "Jashore", "--store", str(store)]
        words += ["--from", "2024-01-01", "--to", "2024-12-29", "--out", str(Path(folder) / "brief.pdf")]
        started = time.perf_counter()
        subprocess.run(words, check=True, cwd=HERE.parent, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="The PDF brief of each page.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    names = ("overview", "hotspots", "corridors", "trends", "district", "trails")
    rows = "\n".join(row(name, lang, given.store, given.repeat) for name in names for lang in ("en", "bn"))
    whole = sorted(command(given.store) for _ in range(3))[1]
    text = (
        f"# Benchmarks: the brief\n\nWritten by `benchmarks/brief.py`; how to read it: `benchmarks/README.md`.\n\n"
        f"{header}\n\n{HEAD}\n{rows}\n\nThe command `simanta brief` of a district, with Python's start: {whole:.1f} s "
        "(median of 3).\n"
    )
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
