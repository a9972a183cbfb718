"""Peers side by side: the same rows, the same questions, one run.

    make peers
    .venv/bin/python benchmarks/peers/run.py [--rows 1000000] [--repeat 3] [--only NAME ...] [--write]

One generated CSV (TMPDIR says where; deleted afterwards), with its faults, duplicates and re-sends, and a journey to
each row. In every round each peer loads it from nothing and shows its first view; in the last it answers the questions
too. Then the peers load and answer once more, uncounted, only the rows that Simanta kept: every number must be the same
as Simanta's. What does not run is told with its error. Prints Markdown; --write keeps it in benchmarks/PEERS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent), str(HERE.parents[1])]

from load import about, generate  # noqa: E402  # it is beside this folder

RESULTS = HERE.parent / "PEERS.md"
PEERS = ("ours", "plain", "spatial", "postgis", "bi")
QUESTIONS = {"hexes": "hex aggregate", "trend": "district trend", "corridors": "corridor table"}
MAPS = {"ours": "/hotspots", "plain": "the one page", "bi": "the one dashboard"}
COUNT_AT = {"hexes": 1, "trend": 2, "corridors": 3}  # of n in a row of an answer
Told = dict[str, Any]


class NotRun(Exception):
    """A peer that cannot run here, and its last words."""


@dataclass
class Measured:
    """What a peer took in each round, and what it answered."""

    about: Told
    loads: list[Told] = field(default_factory=list)
    views: list[Told] = field(default_factory=list)
    asked: Told = field(default_factory=dict)
    answers: Told = field(default_factory=dict)  # over the whole file
    of_kept: Told = field(default_factory=dict)  # over the rows that Simanta kept


# --- measuring ---


def measure(rows: int, repeat: int, seed: int, names: Sequence[str]) -> tuple[dict[str, Measured], dict[str, str]]:
    """(what was measured, why the others were not)."""
    done, failed = dict[str, Measured](), dict[str, str]()
    with TemporaryDirectory(prefix="simanta-peers-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL has an account of its own
        generate(folder / "full.csv", rows, seed, 1)
        subprocess.run([sys.executable, HERE / "rows.py", "journeys", folder / "full.csv"], check=True)
        for at in range(1, repeat + 1):
            for name in [name for name in names if name not in failed]:
                with told_why(name, done, failed):
                    one_round(done, folder, name, is_last=at == repeat)
        if "ours" in done:
            words = [folder / "full.csv", folder / "ours" / "receipt.csv", folder / "kept.csv"]
            subprocess.run([sys.executable, HERE / "rows.py", "kept", *words], check=True)
            for name in [name for name in done if name != "ours"]:
                with told_why(name, done, failed):
                    done[name].of_kept = answers(folder / "kept.csv", folder / f"{name}-kept", name)
    return done, failed


@contextmanager
def told_why(name: str, done: dict[str, Measured], failed: dict[str, str]) -> Iterator[None]:
    """A peer that does not run is out of the comparison, with its error."""
    try:
        yield
    except NotRun as error:
        failed[name] = str(error)
        done.pop(name, None)


def one_round(done: dict[str, Measured], folder: Path, name: str, is_last: bool) -> None:
    """From nothing; of the last round what was loaded stays."""
    place = _empty(folder / name)
    if name not in done:
        done[name] = Measured(part(name, "about"))
    measured = done[name]
    measured.loads.append(part(name, "load", place, folder / "full.csv"))
    measured.views.append(part(name, "view", place))
    if is_last:
        measured.asked = part(name, "ask", place)
        measured.answers = json.loads((place / "answers.json").read_text())


def answers(file: Path, place: Path, name: str) -> Told:
    """A peer's answers over another file."""
    part(name, "load", _empty(place), file)
    part(name, "ask", place)
    told: Told = json.loads((place / "answers.json").read_text())
    return told


def _empty(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


def part(name: str, what: str, *places: Path) -> Told:
    """In a process of its own. Raises NotRun with the last line that it said."""
    words = [sys.executable, HERE / "one.py", name, what, *places]
    env = os.environ | ({"TMPDIR": str(places[0].parent)} if places else {})
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise NotRun(f"{what}: {last[:300].replace(str(HERE.parents[1]), '')}")
    told: Told = json.loads(done.stdout.splitlines()[-1])
    print(f"{name} {what}: {str(told)[:200]}", file=sys.stderr)  # noqa: T201
    return told


# --- telling ---


def report(run: Mapping[str, Measured], failed: Mapping[str, str], header: Sequence[str], rows: int) -> str:
    """The whole of it as Markdown."""
    parts = [
        "# Benchmarks: peers, side by side",
        "Written by `benchmarks/peers/run.py`; how to read it: `benchmarks/README.md`.",
        "\n".join(f"- {line}" for line in header),
        f"## Load of {rows:,} rows",
        "\n".join(loads(run)),
        "## The three questions over the whole period, ms",
        "\n".join(questions(run)),
        "## First view, ms",
        "\n".join(views(run)),
        "## Are the numbers the same?",
        "\n".join(f"- {line}" for line in equalities(run)),
        "## Who is first",
        "\n".join(f"- {line}" for line in first(run)),
        "## What each leaves out, and what it has that ours has not",
        "\n".join(f"- **{each.about['title']}.** {each.about['not_done']}" for each in run.values()),
        *(["## Not run", "\n".join(f"- {name}: `{why}`" for name, why in failed.items())] if failed else []),
    ]
    return "\n\n".join(parts) + "\n"


def loads(run: Mapping[str, Measured]) -> Iterator[str]:
    """One row a peer; CPU and memory are of all its processes."""
    yield "| peer | wall s | least to most | CPU s | peak MiB | rows in the table |"
    yield "|---|---:|---:|---:|---:|---:|"
    for each in run.values():
        walls = sorted(told["wall"] for told in each.loads)
        spread = f"{median(walls):.2f} | {walls[0]:.2f} to {walls[-1]:.2f}"
        cpu, peak = median(told["cpu"] for told in each.loads), max(told["peak_mib"] for told in each.loads)
        yield f"| {each.about['title']} | {spread} | {cpu:.2f} | {peak:,.0f} | {each.loads[-1]['rows']:,} |"


def questions(run: Mapping[str, Measured]) -> Iterator[str]:
    """The first time after opening, and again."""
    yield f"| peer | opened | {' | '.join(f'{title} | again' for title in QUESTIONS.values())} | peak MiB |"
    yield f"|---|---:|{'---:|---:|' * len(QUESTIONS)}---:|"
    for each in run.values():
        told = each.asked
        times = [f"{told[when][name]:,.0f}" for name in QUESTIONS for when in ("first", "again")]
        yield f"| {each.about['title']} | {told['opened']:,.0f} | {' | '.join(times)} | {told['peak_mib']:,.0f} |"


def views(run: Mapping[str, Measured]) -> Iterator[str]:
    """The middle of the rounds."""
    yield "| peer | what is seen | its numbers | its map or chart |"
    yield "|---|---|---:|---:|"
    for each in run.values():
        for what in each.views[0]:
            middle = [median(moments) for moments in zip(*(told[what] for told in each.views), strict=True)]
            numbers = " | ".join(f"{ms:,.0f}" for ms in middle)
            yield f"| {each.about['title']} | {what} | {numbers} |{' |' * (2 - len(middle))}"


def equalities(run: Mapping[str, Measured]) -> Iterator[str]:
    """Every number of every peer, beside ours and beside each other's."""
    others = {name: each for name, each in run.items() if name != "ours"}
    for name, title in QUESTIONS.items():
        if "ours" in run:
            ours = run["ours"].answers[name]
            told = [f"{each.about['title']} {_compared(ours, each.of_kept[name])}" for each in others.values()]
            yield (
                f"{title}, the rows that Simanta kept: of its {len(ours):,} lines and {_sum(name, ours):,} detections, "
                + ("; ".join(told))
            )
    for name, title in QUESTIONS.items():
        sums = {
            each.about["title"]: (len(each.answers[name]), _sum(name, each.answers[name])) for each in others.values()
        }
        same = "all the same" if len({json.dumps(each.answers[name]) for each in others.values()}) == 1 else str(sums)
        yield f"{title}, the whole file without Simanta: {same}{_unchecked(run, others, name)}"
    located = {each.about["title"]: each.loads[-1]["located"] for each in others.values()}
    same = len(set(located.values())) <= 1
    yield "points that lie in a district: " + (
        f"{next(iter(located.values()), 0):,} by all of them" if same else f"NOT the same: {located}"
    )


def _compared(ours: list[Any], theirs: list[Any]) -> str:
    one, other = ({json.dumps(row) for row in rows} for rows in (ours, theirs))
    return "the same" if ours == theirs else f"NOT the same in {len(one ^ other):,} lines"


def _unchecked(run: Mapping[str, Measured], others: Mapping[str, Measured], name: str) -> str:
    if "ours" not in run or not others:
        return ""
    ours, theirs = _sum(name, run["ours"].answers[name]), _sum(name, next(iter(others.values())).answers[name])
    return f"; {theirs:,} detections where {ours:,} stand once checked ({(theirs - ours) / ours:+.1%})"


def _sum(name: str, rows: list[Any]) -> int:
    return sum(int(row[COUNT_AT[name]]) for row in rows)


def first(run: Mapping[str, Measured]) -> Iterator[str]:
    """By each measure, the least, and how much of it ours takes."""
    for what, taken in _measures(run):
        best = min(taken, key=lambda name: taken[name])
        ours = (
            f"; Simanta {taken['ours']:,.1f}, {taken['ours'] / taken[best]:.1f} times that" if "ours" in taken else ""
        )
        yield f"{what}: {run[best].about['title']}, {taken[best]:,.1f}{'' if best == 'ours' else ours}"


def _measures(run: Mapping[str, Measured]) -> Iterator[tuple[str, dict[str, float]]]:
    """What is measured, and what each peer took."""
    yield "load, wall s", {name: median(told["wall"] for told in each.loads) for name, each in run.items()}
    yield "load, CPU s", {name: median(told["cpu"] for told in each.loads) for name, each in run.items()}
    yield "load, peak MiB", {name: max(told["peak_mib"] for told in each.loads) for name, each in run.items()}
    for question, title in QUESTIONS.items():
        for when in ("first", "again"):
            yield f"{title}, {when}, ms", {name: each.asked[when][question] for name, each in run.items()}
    maps = {name: page for name, page in MAPS.items() if name in run}
    if maps:
        drawn = {name: median(told[page][1] for told in run[name].views) for name, page in maps.items()}
        yield "first view with a map, ms until that is drawn", drawn


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Peers, side by side.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", action="append", choices=PEERS, help="repeatable")
    parser.add_argument("--note", action="append", default=[], help="a line on the machine, such as who else was on it")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    header = [*about(os.getloadavg()[0]), *given.note]
    run, failed = measure(given.rows, given.repeat, given.seed, given.only or PEERS)
    header += [f"{each.about['title']}: {each.about['versions']}" for each in run.values()]
    text = report(run, failed, header, given.rows)
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
