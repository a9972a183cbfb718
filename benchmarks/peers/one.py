"""One part of one peer, in a process of its own: `one.py NAME load|ask|view PLACE [FILE]`; prints JSON.

Wall seconds are those of the work, without starting Python; libraries are imported before, where a peer does so on top.
Answers are kept in PLACE, for the runner to compare.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent), str(HERE.parents[1])]  # the benchmarks and the product
AGAIN = 3


def load(peer: ModuleType, place: Path, file: Path) -> dict[str, Any]:
    """From the CSV to what can be asked."""
    started = time.perf_counter()
    told = peer.load(place, file)
    return {"wall": time.perf_counter() - started - told.pop("unasked", 0), **told}


def ask(peer: ModuleType, place: Path) -> dict[str, Any]:
    """ms of each question, the first time and the middle of some after it."""
    from questions import SQL

    taken, answers = dict[str, Any](), dict[str, Any]()
    started = time.perf_counter()
    with peer.opened(place) as base:
        taken["opened"] = 1_000 * (time.perf_counter() - started)
        for question in SQL:
            times = []
            for _ in range(1 + AGAIN):
                started = time.perf_counter()
                answers[question] = sorted(getattr(peer, question)(base))
                times.append(1_000 * (time.perf_counter() - started))
            taken[question] = [times[0], sorted(times[1:])[AGAIN // 2]]
    (place / "answers.json").write_text(json.dumps(answers))
    return {"ms": taken, "versions": peer.versions()}


def view(peer: ModuleType, place: Path) -> dict[str, Any]:
    """ms until the first view stands."""
    return {"ms": peer.first_view(place)}


if __name__ == "__main__":
    name, part, *words = sys.argv[1:]
    told = {"load": load, "ask": ask, "view": view}[part](import_module(name), *map(Path, words))
    print(json.dumps(told))  # noqa: T201
