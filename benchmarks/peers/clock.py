"""What a piece of work takes, with every process that it started: a server's work is work too."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

OFTEN = 0.2  # seconds
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Clock:
    """Runs between `with clock:` and its end. Seconds, CPU seconds, and the most memory at a time (by PSS) in MiB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_mib: float = 0.0
    _seen: dict[int, float] = field(default_factory=dict)

    def __enter__(self) -> Clock:
        self._before, self._over = _ticks(), Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._started
        self._over.set()
        self._thread.join()
        self._seen |= _ticks()
        self.cpu = sum(ticks - self._before.get(pid, 0) for pid, ticks in self._seen.items()) / TICKS

    def _look(self) -> None:
        while True:
            self._seen |= _ticks()
            self.peak_mib = max(self.peak_mib, sum(_pss_kib(pid) for pid in self._seen) / 1024)
            if self._over.wait(OFTEN):
                return


def _ticks() -> dict[int, float]:
    """Of this process and all below it: process -> ticks of CPU so far."""
    told = dict(_stat())
    inside = {os.getpid()}
    while more := {pid for pid, (parent, _) in told.items() if parent in inside} - inside:
        inside |= more
    return {pid: told[pid][1] for pid in inside}


def _stat() -> list[tuple[int, tuple[int, float]]]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it ended meanwhile
            continue
        found.append((int(entry.name), (int(told[1]), float(int(told[11]) + int(told[12])))))
    return found


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
