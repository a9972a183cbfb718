"""One part of one peer, in a process of its own: `one.py NAME about|load|ask|view [PLACE [FILE]]`; prints JSON.

Seconds are those of the work, without starting Python and importing. Answers are kept in PLACE, to be compared.
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


def tell(peer: ModuleType) -> dict[str, Any]:
    """Its name, what it is made of, and what it leaves out."""
    return {"title": peer.TITLE, "versions": peer.versions(), "not_done": peer.NOT_DONE}


def load(peer: ModuleType, place: Path, file: Path) -> dict[str, Any]:
    """From the CSV to what can be asked."""
    from clock import Clock

    clock = Clock()
    told = peer.load(place, file, clock)
    return {"wall": clock.wall, "cpu": clock.cpu, "peak_mib": clock.peak_mib, **told}


def ask(peer: ModuleType, place: Path) -> dict[str, Any]:
    """ms of opening and of each question, the first time and the middle of some after it."""
    from clock import Clock
    from questions import SQL

    answers, first, again = dict[str, Any](), dict[str, float](), dict[str, float]()
    started = time.perf_counter()
    with peer.opened(place) as base:
        opened = _ms_since(started)
        with Clock() as clock:
            for question in SQL:
                times = []
                for _ in range(1 + AGAIN):
                    started = time.perf_counter()
                    answers[question] = getattr(peer, question)(base)
                    times.append(_ms_since(started))
                first[question], again[question] = times[0], sorted(times[1:])[AGAIN // 2]
    (place / "answers.json").write_text(json.dumps({name: sorted(rows) for name, rows in answers.items()}))
    return {"opened": opened, "first": first, "again": again, "peak_mib": clock.peak_mib}


def view(peer: ModuleType, place: Path) -> dict[str, Any]:
    """ms until the first view stands."""
    return dict(peer.first_view(place))


def _ms_since(started: float) -> float:
    return 1_000 * (time.perf_counter() - started)


if __name__ == "__main__":
    name, part, *words = sys.argv[1:]
    told = {"about": tell, "load": load, "ask": ask, "view": view}[part](import_module(name), *map(Path, words))
    print(json.dumps(told))  # noqa: T201
