"""Many people at once: real websocket sessions that change filters on the served dashboard, and what they wait.

    .venv/bin/python benchmarks/people.py --store DIR [--people 1,5,20] [--changes 8] [--think 1.0] [--write]

Each person opens a page, thinks, changes the period or the districts by the address as a click does, and waits until
the server says that the page is drawn; the browser's own drawing is not in it. The server runs as `simanta serve` runs
it, on the same cores as the people. Prints Markdown; --write keeps it in benchmarks/PEOPLE.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from load import about
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "PEOPLE.md"
PAGES = {"": "Overview", "hotspots": "Hotspots", "corridors": "Corridors", "trends": "Trends"}
DISTRICTS = ("BD4041", "BD4087", "BD4044", "BD2022", "BD5577", "BD4018")
LAST_DAY = date(2024, 12, 31)
LONGEST_WAIT = 120  # seconds


@dataclass
class Seen:
    """What the people of one run met."""

    opened: list[float] = field(default_factory=list)  # ms
    changed: list[float] = field(default_factory=list)  # ms
    kilobytes: list[float] = field(default_factory=list)  # of messages after a change
    sent: list[float] = field(default_factory=list)  # the same, compressed
    errors: list[str] = field(default_factory=list)


class Counted(ClientConnection):
    """A line that counts the bytes which come over it, as they are sent: compressed."""

    arrived = 0

    def data_received(self, data: bytes) -> None:
        """One packet."""
        self.arrived += len(data)
        super().data_received(data)


async def person(port: int, page: str, number: int, changes: int, think: float, seen: Seen) -> None:
    """One session, from its opening to its last change."""
    rng, held = random.Random(f"{page} {number}"), set[str]()
    await asyncio.sleep(rng.random() * think)
    origin = f"http://127.0.0.1:{port}"
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    opened = connect(address, origin=origin, subprotocols=["streamlit"], max_size=None, create_connection=Counted)
    async with opened as line:
        try:
            took, _ = await drawn(line, page, {}, held)
            seen.opened.append(took)
            for _ in range(changes):
                await asyncio.sleep(think)
                before = line.arrived
                took, size = await drawn(line, page, changed(rng), held)
                seen.changed.append(took)
                seen.kilobytes.append(size / 1000)
                seen.sent.append((line.arrived - before) / 1000)
        except (OSError, RuntimeError, WebSocketException) as error:
            seen.errors.append(f"{type(error).__name__}: {error}")


def changed(rng: random.Random) -> dict[str, list[str]]:
    """The address after a click: 4 to 52 weeks that end within the last year, of every district or of one to three."""
    end = LAST_DAY - timedelta(days=rng.randrange(364))
    chosen = rng.sample(DISTRICTS, rng.choice((0, 1, 1, 3)))
    return {"from": [str(end - timedelta(days=7 * rng.choice((4, 12, 26, 52)) - 1))], "to": [str(end)], "d": chosen}


async def drawn(line: object, page: str, link: dict[str, list[str]], held: set[str]) -> tuple[float, int]:
    """(milliseconds until the page is drawn, bytes of its messages).

    held: what this browser has already, which is not sent to it again; what it is told to hold is added.
    """
    asked = BackMsg()
    asked.rerun_script.cached_message_hashes.extend(held)
    asked.rerun_script.query_string = urlencode(link, doseq=True)
    asked.rerun_script.page_name = page
    started, size = time.perf_counter(), 0
    await line.send(asked.SerializeToString())
    while True:
        told = await asyncio.wait_for(line.recv(), LONGEST_WAIT)
        size += len(told)
        message = ForwardMsg.FromString(told)
        held |= {message.hash} if message.metadata.cacheable else set()
        if message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(message.delta.new_element.exception.message)
        if message.WhichOneof("type") == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN,
        ):  # fmt: skip
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                continue
            return 1000 * (time.perf_counter() - started), size


@contextmanager
def served(store: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The dashboard on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/web.py", "--server.port", str(port)]
    environment = os.environ | {"SIMANTA_STORE": str(store.resolve())}
    server = subprocess.Popen(command, cwd=HERE.parent, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            time.sleep(0.2)
        yield port, server
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health") as told:
            return bool(told.status == 200)
    except (URLError, ConnectionError):
        return False


def run(store: Path, page: str, people: int, changes: int, think: float) -> tuple[Seen, float, float]:
    """(what the people met, seconds that it took, the server's memory in MiB) with a server of their own."""
    seen = Seen()

    async def all_of_them() -> None:
        await asyncio.gather(*(person(port, page, n, changes, think, seen) for n in range(people)))

    with served(store) as (port, server):
        started = time.perf_counter()
        asyncio.run(all_of_them())
        took = time.perf_counter() - started
        status = Path(f"/proc/{server.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return seen, took, int(line.split()[1]) / 1024


def row(page: str, people: int, told: tuple[Seen, float, float]) -> str:
    """One line of the table."""
    seen, took, memory = told
    p95 = quantiles(seen.changed, n=20, method="inclusive")[-1] if len(seen.changed) > 1 else 0
    waits = f"{median(seen.changed):,.0f} | {p95:,.0f} | {max(seen.changed):,.0f}" if seen.changed else "– | – | –"
    first = f"{median(seen.opened):,.0f}" if seen.opened else "–"
    sizes = (f"{median(each):,.0f} | {max(each):,.0f}" if each else "– | –" for each in (seen.kilobytes, seen.sent))
    size = " | ".join(sizes)
    rate = len(seen.changed) / took
    return (
        f"| {PAGES[page]} | {people} | {first} | {waits} | {rate:.1f} | {size} | {memory:,.0f} | {len(seen.errors)} |"
    )


def where(store: Path, changes: int = 6) -> Iterator[str]:
    """Of one person's changes on Overview, by a profile: what share of the time statements, figures, drawing take."""
    sys.path.insert(0, str(HERE.parent))
    os.environ["SIMANTA_STORE"] = str(store.resolve())
    from streamlit.testing.v1 import AppTest

    from dashboard import database, session
    from dashboard.pages import overview

    spent = dict.fromkeys(("statements", "answer", "drawing"), 0.0)

    def timed(room: Any, name: str, part: str) -> None:
        done = getattr(room, name)

        def call(*given: object, **named: object) -> object:
            started = time.perf_counter()
            try:
                return done(*given, **named)
            finally:
                spent[part] += time.perf_counter() - started

        setattr(room, name, call)

    timed(database.Store, "ask", "statements")
    timed(session, "ask", "answer")
    object.__setattr__(overview.PAGE, "draw", _timed_draw(overview.PAGE.draw, spent))
    seen, rng = AppTest.from_file(str(HERE.parent / "streamlit_app.py"), default_timeout=LONGEST_WAIT), random.Random(3)
    seen.run()
    spent.update(dict.fromkeys(spent, 0.0))
    started = time.perf_counter()
    for _ in range(changes):
        for name, value in changed(rng).items():
            seen.query_params[name] = value
        seen.run()
    whole = time.perf_counter() - started
    parts = {
        "statements, in DuckDB": spent["statements"],
        "figures and disclosure": spent["answer"] - spent["statements"],
        "drawing: maps, charts, tables, words": spent["drawing"],
    }
    parts["filters, frame and Streamlit"] = whole - sum(parts.values())
    yield "| of a change on Overview, one person | ms | share |\n|---|---:|---:|"
    for name, seconds in parts.items():
        yield f"| {name} | {1000 * seconds / changes:,.0f} | {seconds / whole:.0%} |"


def _timed_draw(draw: Callable[..., None], spent: dict[str, float]) -> Callable[..., None]:
    def call(*given: object) -> None:
        started = time.perf_counter()
        draw(*given)
        spent["drawing"] += time.perf_counter() - started

    return call


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Many people at once.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--people", default="1,5,20")
    parser.add_argument("--changes", type=int, default=8)
    parser.add_argument("--think", type=float, default=1.0)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    lines = [
        "| page | people | first view, p50 ms | a change, p50 ms | p95 | max | changes a second | kB a change, p50 "
        "| max | compressed, p50 | max | server MiB | errors |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    for page in PAGES:
        for people in map(int, given.people.split(",")):
            told = run(given.store, page, people, given.changes, given.think)
            lines.append(row(page, people, told))
            sys.stderr.write(f"{lines[-1]}\n{told[0].errors[:2] or ''}\n")
    parts = [
        "# Benchmarks: many people at once",
        "Written by `benchmarks/people.py`; how to read it: `benchmarks/README.md`.",
        header,
        f"## {given.changes} changes each, {given.think:g} s to think before each",
        "\n".join(lines),
        "\n".join(where(given.store)),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
