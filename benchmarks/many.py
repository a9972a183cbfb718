"""Many people behind one proxy: 50, 100 and 200 websocket sessions on one process and on two, and one process killed.

    .venv/bin/python benchmarks/many.py --store DIR [--people 50,100,200] [--processes 1,2] [--think 10] [--write]

Caddy stands before the processes as deploy/Caddyfile has it: the same browser always reaches the same process, by a
cookie. Each person opens Overview, thinks, and changes the filters by the address. In the last part a process is killed
while people work: theirs connect anew by the address they have, and what they then see is held against what they saw.
Needs caddy. Prints Markdown; --write keeps it in benchmarks/MANY.md.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from load import about
from people import LONGEST_WAIT, changed, served
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

RESULTS = Path(__file__).resolve().parent / "MANY.md"
COOKIE = "simanta_process"
Link = dict[str, list[str]]


@dataclass
class Met:
    """What the people of one run met; ms. came_back: from the end of the line until the same page stood again."""

    opened: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    came_back: list[float] = field(default_factory=list)
    same_page: list[bool] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Person:
    """One browser: the proxy that it knows, its cookie, what it holds, the address it has open, what stood there."""

    port: int
    rng: random.Random
    cookie: str = ""
    held: set[str] = field(default_factory=set)
    link: Link = field(default_factory=dict)
    page: str = ""

    async def line(self) -> ClientConnection:
        """A line through the proxy, with the cookie that says whose process answers."""
        if not self.cookie:
            self.cookie = await asyncio.to_thread(_cookie, self.port)
        origin = f"http://127.0.0.1:{self.port}"
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        headers = {"Cookie": self.cookie}
        return await connect(
            address,
            origin=origin,
            subprotocols=["streamlit"],
            max_size=None,
            additional_headers=headers,
            open_timeout=LONGEST_WAIT,
        )

    async def see(self, line: ClientConnection) -> float:
        """ms until the page of the address is drawn."""
        asked = BackMsg()
        asked.rerun_script.cached_message_hashes.extend(self.held)
        asked.rerun_script.query_string = urlencode(self.link, doseq=True)
        started, words = time.perf_counter(), []
        await line.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(line.recv(), LONGEST_WAIT))
            self.held |= {message.hash} if message.metadata.cacheable else set()
            words += _words(message)
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
                words = []
        self.page = hashlib.sha256("\n".join(words).encode()).hexdigest()
        return 1000 * (time.perf_counter() - started)


def _words(message: ForwardMsg) -> list[str]:
    """What a person reads of it. An exception is an error: a user never sees one."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return []
    element = message.delta.new_element
    if element.WhichOneof("type") == "exception":
        raise RuntimeError(element.exception.message)
    told = {"markdown": element.markdown.body, "heading": element.heading.body, "html": element.html.body}
    return [told[kind]] if (kind := element.WhichOneof("type")) in told else []


def _cookie(port: int) -> str:
    asked = HTTPConnection("127.0.0.1", port, timeout=LONGEST_WAIT)
    asked.request("GET", "/")
    told = asked.getresponse()
    told.read()
    return next(part.split(";")[0] for part in told.headers.get_all("Set-Cookie") or [] if part.startswith(COOKIE))


async def work(person: Person, changes: int, think: float, met: Met) -> None:
    """A person's whole visit; where the line ends, the browser connects anew and asks for the address that it has."""
    await asyncio.sleep(person.rng.random() * think)
    try:
        line = await person.line()
        met.opened.append(await person.see(line))
        done = 0
        while done < changes:
            await asyncio.sleep(think * (0.5 + person.rng.random()))
            before = person.link, person.page
            try:
                person.link = changed(person.rng)
                met.changed.append(await person.see(line))
                done += 1
            except (WebSocketException, ConnectionError):
                person.link, stood = before
                line = await _again(person, stood, met)
        await line.close()
    except (OSError, RuntimeError, StopIteration, TimeoutError, WebSocketException) as error:
        met.errors.append(f"{type(error).__name__}: {error}"[:120])


async def _again(person: Person, stood: str, met: Met) -> ClientConnection:
    """The line anew, as Streamlit's own browser part does it: every half second until somebody answers."""
    started = time.perf_counter()
    while True:
        try:
            line = await person.line()
            await person.see(line)
            break
        except (OSError, WebSocketException):
            if time.perf_counter() - started > LONGEST_WAIT:
                raise
            await asyncio.sleep(0.5)
            person.cookie = ""
    met.came_back.append(1000 * (time.perf_counter() - started))
    met.same_page.append(person.page == stood)
    return line


@contextmanager
def behind_a_proxy(store: Path, processes: int) -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """So many processes of the dashboard, and the port of the proxy before them."""
    with ExitStack() as open_, TemporaryDirectory(prefix="simanta-many-") as made:
        servers = [open_.enter_context(served(store)) for _ in range(processes)]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        upstreams = " ".join(f"127.0.0.1:{behind}" for behind, _ in servers)
        told = Path(made) / "Caddyfile"
        told.write_text(
            "{\n\tadmin off\n\tauto_https off\n}\n"
            f"http://127.0.0.1:{port} {{\n\treverse_proxy {upstreams} {{\n"
            f"\t\tlb_policy cookie {COOKIE} secret\n\t\tlb_try_duration 5s\n"
            "\t\tfail_duration 10s\n\t\thealth_uri /healthz\n\t\thealth_interval 2s\n\t}\n}\n"
        )
        proxy = subprocess.Popen(["caddy", "run", "--config", str(told)], stderr=subprocess.DEVNULL)
        open_.callback(proxy.wait)
        open_.callback(proxy.terminate)
        _wait_for(port)
        yield port, [server for _, server in servers]


def _wait_for(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def run(store: Path, processes: int, people: int, changes: int, think: float, kill_after: float | None) -> str:
    """One line of the table."""
    met = Met()

    async def all_of_them(port: int, servers: list[subprocess.Popen[bytes]]) -> float:
        visits = [work(Person(port, random.Random(f"many {n}")), changes, think, met) for n in range(people)]
        started, at_work = time.perf_counter(), asyncio.gather(*visits)
        if kill_after is not None:
            await asyncio.sleep(kill_after)
            os.kill(servers[0].pid, signal.SIGKILL)
        await at_work
        return time.perf_counter() - started

    with behind_a_proxy(store, processes) as (port, servers):
        before = sum(_memory(server.pid) for server in servers)
        took = asyncio.run(all_of_them(port, servers))
        alive = [server for server in servers if server.poll() is None]
        after = sum(_memory(server.pid) for server in alive)
    p95 = quantiles(met.changed, n=20, method="inclusive")[-1] if len(met.changed) > 1 else 0
    back = (
        f"{len(met.came_back)} | {median(met.came_back):,.0f} | {sum(met.same_page)}" if met.came_back else "– | – | –"
    )
    each = f"{(after - before) / people:,.1f}" if len(alive) == processes else "–"
    for error in sorted(set(met.errors))[:3]:
        print(error, flush=True)  # noqa: T201
    return (
        f"| {processes} | {people} | {median(met.opened):,.0f} | {median(met.changed):,.0f} | {p95:,.0f} | "
        f"{len(met.changed) / took:.1f} | {after:,.0f} | {each} | {back} | {len(met.errors)} |"
    )


def _memory(pid: int) -> float:
    """MiB of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Many people behind one proxy.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--people", default="50,100,200")
    parser.add_argument("--processes", default="1,2")
    parser.add_argument("--changes", type=int, default=3)
    parser.add_argument("--think", type=float, default=10.0, help="seconds, on average")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    if shutil.which("caddy") is None:
        parser.error("caddy is not here: install Debian's package of that name")
    header = "\n".join(f"- {line}" for line in about(os.getloadavg()[0]))
    lines = [
        "| processes | people | first view, p50 ms | a change, p50 | p95 | changes a second | server MiB "
        "| MiB a person | cut off | back after, p50 ms | to the same page | errors |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for processes in map(int, given.processes.split(",")):
        for people in map(int, given.people.split(",")):
            lines.append(run(given.store, processes, people, given.changes, given.think, None))
            print(lines[-1], flush=True)  # noqa: T201
    killed = [*lines[:2], run(given.store, 2, 20, 6, given.think, kill_after=3 * given.think)]
    parts = [
        "# Benchmarks: many people behind one proxy",
        "Written by `benchmarks/many.py`; how to read it: `benchmarks/README.md`.",
        header,
        f"## {given.changes} changes each, {given.think:g} s to think before each",
        "\n".join(lines),
        "## 20 people on two processes, one of which is killed (SIGKILL)",
        "\n".join(killed),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)  # noqa: T201
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
