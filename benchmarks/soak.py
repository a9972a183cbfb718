"""Long work under faults: people on two dashboards, loads every minute, and things that break on a timetable.

    .venv/bin/python benchmarks/soak.py --minutes 60 --people 20 [--rows 200000] [--faults kill_app,...] [--write]

Half of the people are on a store of files, half on a shared one (a DuckLake with a PostgreSQL of its own). Each store
has a small disk (tmpfs) that can be filled, a dashboard that is started again after a kill as its systemd unit says,
and a loader that brings a sheet of new, corrected, repeated and bad rows every minute. At the end every sheet is loaded
once more into a new store that met no fault, and the records are held against it. Needs Debian's postgresql and the
right to mount: as root, or in a namespace of one's own. `soak_report.py` tells it; --write keeps it in SOAK.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from load import about, generate
from many import Link, Person, _words
from people import LONGEST_WAIT, PAGES, _answers, changed
from soak_report import Fault, Life, Load, Look, Sample, Told, report, write
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from dashboard.pages import trouble
from etl import facts
from etl import store as stores
from etl.errors import LoadError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import postgres  # noqa: E402  # of the tests

SIMANTA = (sys.executable, "-c", "from dashboard.cli import main; main()")
UNIT = (ROOT / "deploy" / "systemd" / "simanta-serve.service").read_text(encoding="utf-8")
RESTART_S = float(re.findall(r"^RestartSec=(\d+)$", UNIT, re.MULTILINE)[0])
INSIDE = "SIMANTA_SOAK_INSIDE"  # set in the namespace with the small disks
SHEET_ROWS, CORRECTED, REPEATED = 300, 20, 30
EVERY_S, SAMPLE_S, KEEP, PRUNE_EVERY = 60, 10, 6, 4
THINK_S, TRY_AGAIN_S, DOWN_S, LOOK_S = 8.0, 3.0, 20, 15
LINKS = [changed(random.Random(n)) for n in range(6)]  # few, so that many see the same page of the same version
REFUSED = ("The data cannot be read.", "No data has been loaded yet.")
FAULT = "This page could not be drawn. That is a fault of ours."
RECORDS = (
    "SELECT count(*), sum(hash(CAST(told AS VARCHAR)))::VARCHAR "
    "FROM (SELECT * EXCLUDE (load_id, table_no, row_no) FROM incident) AS told"
)
# By these sentences a refusal is known; were they worded anew, it would pass as a page.
assert all(each in Path(trouble.__file__).read_text(encoding="utf-8") for each in (*REFUSED, FAULT))


@dataclass
class Sheet:
    """A sheet on its way into one store. rows: how many it has."""

    file: Path
    rows: int


@dataclass
class Site:
    """One store with its dashboard and its loader. kill_at: at which share of a load's usual time it is killed."""

    name: str
    disk: Path
    store: str
    folder: Path
    port: int
    metrics: int
    waiting: list[Sheet] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    of_version: dict[int, list[Sheet]] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    server: asyncio.subprocess.Process | None = None
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    kill_at: float | None = None
    is_cut_next: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """With which every process of it runs."""
        named = {"SIMANTA_STORE": self.store, "SIMANTA_METRICS_PORT": str(self.metrics), "SIMANTA_LOG": "json"}
        return os.environ | named | {"PYTHONUNBUFFERED": "1"}


@dataclass
class World:
    """All that a run is made of, and what was told in it."""

    folder: Path
    pg: Any
    sites: list[Site]
    minutes: float
    began: float
    rng: random.Random
    told: Told = field(default_factory=Told)
    said: dict[tuple[str, ...], str] = field(default_factory=dict)

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        """Whether the people go home."""
        return self.now() >= 60 * self.minutes


# --- people ---


@dataclass
class Visitor(Person):
    """A person of `many.py` straight at one process: reads also tables, and looks for newer data as a browser does."""

    name: str = ""
    page_name: str = ""
    address: Link = field(default_factory=dict)  # what the page wrote into the address bar
    known: dict[str, list[str]] = field(default_factory=dict)  # what the browser holds, by its hash
    watched: dict[str, float] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    script: str = ""

    async def see(self, line: ClientConnection) -> float:
        """ms until the page of the link is drawn."""
        asked = BackMsg()
        asked.rerun_script.cached_message_hashes.extend(self.held)
        asked.rerun_script.query_string = urlencode(self.link, doseq=True)
        asked.rerun_script.page_name = self.page_name
        self.words, self.watched, started = [], {}, time.perf_counter()
        await line.send(asked.SerializeToString())
        while not self.is_finished(await self.message(line)):
            continue
        self.page = hashlib.sha256("\n".join(self.words).encode()).hexdigest()
        return 1000 * (time.perf_counter() - started)

    async def message(self, line: ClientConnection) -> ForwardMsg:
        """The next one, taken in as a browser would."""
        message = ForwardMsg.FromString(await asyncio.wait_for(line.recv(), LONGEST_WAIT))
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self.words += self.known.get(message.ref_hash, [])
        elif kind == "page_info_changed":
            self.address = parse_qs(message.page_info_changed.query_string)
        elif kind == "auto_rerun":
            self.watched[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        else:
            self._read(message)
        return message

    def _read(self, message: ForwardMsg) -> None:
        read = _words(message) or _table(message)
        if message.metadata.cacheable:
            self.held.add(message.hash)
            self.known[message.hash] = read
        self.words += read

    def is_finished(self, message: ForwardMsg) -> bool:
        """Whether the page stands."""
        if message.WhichOneof("type") != "script_finished":
            return False
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.words = []
            return False
        return True

    async def think(self, line: ClientConnection, seconds: float) -> None:
        """Reads the page; its parts that look anew by themselves do so meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            every = min(self.watched.values(), default=left)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, every)):
                    while True:
                        await self.message(line)
            if every < left:
                for fragment in list(self.watched):
                    await self._look_anew(line, fragment)

    async def _look_anew(self, line: ClientConnection, fragment: str) -> None:
        asked = BackMsg()
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = True
        asked.rerun_script.query_string = urlencode(self.address, doseq=True)
        await line.send(asked.SerializeToString())
        while not self.is_finished(await self.message(line)):
            continue


def _table(message: ForwardMsg) -> list[str]:
    """The figures of a table, as one word."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return []
    element = message.delta.new_element
    if element.WhichOneof("type") != "arrow_data_frame":
        return []
    return [hashlib.sha256(element.arrow_data_frame.data).hexdigest()]


async def visit(world: World, site: Site, person: Visitor) -> None:
    """Comes, looks, thinks, changes, until the time is over; comes again by the address wherever the line ends."""
    while not await asyncio.to_thread(_answers, site.port):
        await asyncio.sleep(0.5)
    await asyncio.sleep(person.rng.random() * THINK_S)
    is_back = False
    while not world.is_over:
        try:
            is_open = False
            async with await person.line() as line:
                is_open = True
                kind = await look(world, site, person, line, "back" if is_back else "opened")
                while not world.is_over:
                    think = THINK_S * (0.5 + person.rng.random()) if kind in ("whole", "wrong") else TRY_AGAIN_S
                    await person.think(line, think)
                    if kind in ("whole", "wrong"):
                        person.link = choice(person)
                    kind = await look(world, site, person, line, "changed")
        except (OSError, WebSocketException, TimeoutError) as error:
            kind = "dropped" if is_open else "unanswered"
            world.told.looks.append(Look(world.now(), site.name, person.name, kind, "", 0, type(error).__name__))
            person.link, is_back = person.address or person.link, True
            await asyncio.sleep(0.5)


def choice(person: Visitor) -> Link:
    """The address after a click: other filters of the version in hand, or of the newest where it is asked for."""
    version = person.address.get("v", [])
    return person.rng.choice(LINKS) | ({"v": version} if version and person.rng.random() < 0.6 else {})


async def look(world: World, site: Site, person: Visitor, line: ClientConnection, why: str) -> str:
    """One page, and what became of it: whole, refused in words, a fault of ours, a traceback, or wrong."""
    at, ms = world.now(), 0.0
    try:
        ms = await person.see(line)
        kind = kind_of(person)
    except RuntimeError as error:
        kind, person.words = "traceback", [str(error)]
    version = person.address.get("v", [""])[0] if kind == "whole" else ""
    if kind == "whole":
        shown = (site.name, person.page_name, *(f"{k}={','.join(person.address[k])}" for k in sorted(person.address)))
        if world.said.setdefault(shown, person.page) != person.page:
            kind = "wrong"
            (world.folder / f"wrong-{len(world.told.looks)}.txt").write_text("\n".join(person.words))
        else:
            _keep(world, shown, person.words)
    what = version if kind in ("whole", "wrong") else " ".join(person.words)[:200]
    world.told.looks.append(Look(at, site.name, person.name, kind, why, ms, what))
    return kind


def _keep(world: World, shown: tuple[str, ...], words: list[str]) -> None:
    file = world.folder / "said" / f"{hashlib.sha256(repr(shown).encode()).hexdigest()[:16]}.txt"
    if not file.exists():
        file.write_text("\n".join((repr(shown), *words)))


def kind_of(person: Visitor) -> str:
    """What a person would say that they see."""
    if FAULT in person.words:
        return "fault"
    return "refused" if any(each in person.words for each in REFUSED) else "whole"


# --- the dashboard, as systemd keeps it ---


async def kept_alive(world: World, site: Site) -> None:
    """Started again after the unit's delay whenever it ends."""
    port = str(site.port)
    with (world.folder / f"{site.name}.log").open("ab") as log:
        while not world.is_over:
            site.server = await asyncio.create_subprocess_exec(
                *SIMANTA, "serve", "--port", port, "--quiet", cwd=ROOT, env=site.environment, stdout=log, stderr=log
            )
            site.lives.append(Life(site.name, site.server.pid, world.now()))
            await site.server.wait()
            site.lives[-1].ended = world.now()
            await asyncio.sleep(RESTART_S)


async def sampled(world: World) -> None:
    """Memory, handles and threads of each dashboard, and what its disk holds."""
    while not world.is_over:
        for site in world.sites:
            with contextlib.suppress(OSError, IndexError):
                world.told.samples.append(await asyncio.to_thread(_sample, world, site))
        await asyncio.sleep(SAMPLE_S)


def _sample(world: World, site: Site) -> Sample:
    life = site.lives[-1]
    status = Path(f"/proc/{life.pid}/status").read_text()
    numbers = {name: int(re.findall(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[0]) for name in ("VmRSS", "Threads")}
    handles = len(list(Path(f"/proc/{life.pid}/fd").iterdir()))
    used = shutil.disk_usage(site.disk).used / 2**20
    figures = f"http://127.0.0.1:{site.metrics}/metrics"
    with contextlib.suppress(URLError, OSError, ValueError), urlopen(figures, timeout=3) as told:
        found = re.findall(r"^simanta_faults_total (\S+)$", told.read().decode(), re.MULTILINE)
        life.faults = max(life.faults, int(float(found[0])) if found else 0)
    kept = site.loads[-1].kept if site.loads else 1
    return Sample(world.now(), site.name, life.pid, numbers["VmRSS"] / 1024, handles, numbers["Threads"], used, kept)


# --- loads ---


def made_sheet(folder: Path, number: int, rows: int, before: Path | None) -> Sheet:
    """New rows, with faults, duplicates and re-sends among them; and of the sheet before some again, some corrected."""
    file = folder / f"sheet{number:03d}.csv"
    generate(file, rows, 1_000 + number, 1 + (number * 1_000_000 if number else 0))
    if before is not None:
        _add_known(file, before)
    with file.open(encoding="utf-8", newline="") as lines:
        return Sheet(file, sum(1 for _ in csv.reader(lines)) - 1)


def _add_known(file: Path, before: Path) -> None:
    with before.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["source_ref"] and int(row["persons"]) > 0]
    once = {row["source_ref"]: row for row in rows}
    chosen = list(once.values())[: CORRECTED + REPEATED]
    for row in chosen[:CORRECTED]:
        row["persons"] = str(int(row["persons"]) + 1)
        row["male"] = str(int(row["male"]) + 1)
        row["report_date"] = str(date.fromisoformat(row["report_date"]) + timedelta(days=40))
    with file.open("a", encoding="utf-8", newline="") as out:
        csv.DictWriter(out, list(chosen[0])).writerows(chosen)


async def loading(world: World, site: Site, delay: float) -> None:
    """A sheet every minute; what was refused waits and is tried again with the next, as the unit does it."""
    number = 0
    await asyncio.sleep(delay)
    while not world.is_over:
        number += 1
        before = site.sheets[-1].file if number > 1 else None
        made = await asyncio.to_thread(made_sheet, world.folder / site.name, number, SHEET_ROWS, before)
        site.sheets.append(made)
        site.waiting.append(made)
        async with site.busy:
            if site.waiting:  # or a fault's way back took it along
                await load(world, site)
            if len(site.loads) % PRUNE_EVERY == 0:
                await simanta(site, "prune", "--keep", str(KEEP), "--json")
        await _until(lambda: world.is_over or site.hurry.is_set(), EVERY_S)
        site.hurry.clear()


async def load(world: World, site: Site) -> None:
    """One `simanta load` of all that waits."""
    given, at = list(site.waiting), world.now()
    files = [sheet.file for sheet in given]
    is_cut, site.is_cut_next = site.is_cut_next, False
    if is_cut:
        files = [*files[:-1], _cut_sheet(files[-1], world.folder / "cut")]
    command = (*SIMANTA, "load", *map(str, files), "--json", "--quiet")
    pipe = asyncio.subprocess.PIPE
    ran = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=site.environment, stdout=pipe, stderr=pipe, start_new_session=True
    )
    if site.kill_at is not None:
        usual = [each.seconds for each in site.loads if each.code == "published"][-1:]
        ends = asyncio.ensure_future(ran.communicate())
        await asyncio.wait({ends}, timeout=site.kill_at * sum(usual) / len(usual))
        site.kill_at = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ran.pid, signal.SIGKILL)
        out, wrong = await ends
    else:
        out, wrong = await ran.communicate()
    if ran.returncode == -signal.SIGKILL:
        out = wrong = b""
    rows = sum(sheet.rows for sheet in given)
    site.loads.append(await asyncio.to_thread(_as_load, world, site, at, out or wrong, rows, is_cut))
    world.told.loads.append(site.loads[-1])
    if site.loads[-1].code in ("published", "nothing new"):
        site.of_version[site.loads[-1].version] = given
        done = given[:-1] if is_cut else given
        site.waiting = [sheet for sheet in site.waiting if sheet not in done]  # one may have come meanwhile


def _as_load(world: World, site: Site, at: float, out: bytes, rows: int, is_cut: bool) -> Load:
    try:
        told = json.loads(out)
    except ValueError:
        said = " ".join(out.decode(errors="replace").split())[-300:]
        told = {"error": {"code": f"no JSON: {said}" if said else "killed"}}
    if "rows_in" not in told:
        code = told["error"]["code"]
        return Load(at, site.name, world.now() - at, str(code), 0, _kept(site), 0, {}, is_cut)
    parts = {name: int(told[name]) for name in ("loaded", "unchanged", "superseded", "duplicate", "quarantined")}
    code = "published" if told["version"] != told["previous_version"] else "nothing new"
    rows_in = int(told["rows_in"])
    is_whole = is_cut or rows_in == rows
    version = int(told["version"] or 0)
    return Load(at, site.name, world.now() - at, code, version, _kept(site), rows_in, parts, is_cut, is_whole)


def _kept(site: Site) -> int:
    try:
        return len(stores.versions(site.folder))
    except Exception:  # noqa: BLE001  # the catalogue is down, or the pointer cannot be read: the last number stands
        return site.loads[-1].kept if site.loads else 0


def _cut_sheet(file: Path, folder: Path) -> Path:
    """The sheet as a copy that broke off gives it: half of its bytes, and the last row not whole."""
    folder.mkdir(exist_ok=True)
    content = file.read_bytes()
    cut = folder / file.name
    cut.write_bytes(content[: content.index(b"\n", len(content) // 2) + 20])
    return cut


async def simanta(site: Site, *words: str) -> tuple[int, dict[str, Any]]:
    """A command on a site's store: how it ended, and its JSON."""
    pipe = asyncio.subprocess.PIPE
    ran = await asyncio.create_subprocess_exec(
        *SIMANTA, *words, cwd=ROOT, env=site.environment, stdout=pipe, stderr=pipe
    )
    out, wrong = await ran.communicate()
    try:
        told: dict[str, Any] = json.loads(out or wrong)
    except ValueError:
        told = {"said": (out or wrong).decode()[-300:]}
    return int(ran.returncode or 0), told


# --- faults: each does it, waits, takes the administrator's way back, and tells what it saw ---


async def kill_app(_world: World, site: Site) -> str:
    """SIGKILL."""
    if site.server is not None and site.server.returncode is None:
        site.server.kill()
    return f"started again after {RESTART_S:g} s"


async def kill_loader(world: World, site: Site) -> str:
    """SIGKILL to the loader and the readers that it started, somewhere between its start and its end."""
    share = world.rng.uniform(0.2, 0.95)
    n = len(site.loads)
    site.kill_at = share
    site.hurry.set()
    await _until(lambda: len(site.loads) > n, 90)
    return f"after {share:.0%} of its usual time: {site.loads[-1].code}"


async def fill_disk(world: World, site: Site) -> str:
    """All but 64 kB of the disk of store, ledger and data is taken, during a load."""
    ballast, n = site.disk / "ballast", len(site.loads)
    async with site.busy:
        await asyncio.to_thread(_fill, ballast, shutil.disk_usage(site.disk).free - 65_536)
    site.hurry.set()
    await _until(lambda: len(site.loads) > n, 90)
    await asyncio.sleep(LOOK_S)
    await asyncio.to_thread(ballast.unlink)
    return f"a load then: {site.loads[-1].code}"


def _fill(ballast: Path, size: int) -> None:
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))


async def stop_postgres(world: World, site: Site) -> str:
    """Immediately, and started some seconds later."""
    n = len(site.loads)
    await asyncio.to_thread(world.pg.stop)
    site.hurry.set()
    await asyncio.sleep(DOWN_S)
    await asyncio.to_thread(world.pg.start)
    tried = site.loads[n:]
    return f"down for {DOWN_S} s; a load then: {tried[0].code if tried else 'none was tried'}"


async def cut_sheet(_world: World, site: Site) -> str:
    """The sheet that is loaded is half there; the whole one comes with the next load."""
    n = len(site.loads)
    site.is_cut_next = True
    site.hurry.set()
    await _until(lambda: len(site.loads) > n, 90)
    done = site.loads[-1]
    return f"{done.code}, {done.rows_in} rows, {done.parts.get('quarantined', 0)} refused; loaded whole after it"


async def cut_version(world: World, site: Site) -> str:
    """The file of the version in force is cut in half; back by a backup, or by rollback, loading again, and prune."""
    async with site.busy:
        now = stores.pointer(site.folder)
        current = now.current or 0
        file = stores.version_file(site.folder, current)
        earlier = max((v for v in now.published if v < current), default=None)
        is_by_backup = earlier is None or sum(each.name == "cut_version" for each in world.told.faults) % 2 == 0
        saved = world.folder / f"backup-{current}.tar"
        if is_by_backup:
            await simanta(site, "backup", str(saved), "--json")
        os.truncate(file, file.stat().st_size // 2)
        ended, told = await simanta(site, "check", "--json")
        await asyncio.sleep(LOOK_S)
        seen = _named_by(ended, told, f"ersion {current}")
        if is_by_backup:
            _from_backup(saved, file)
            saved.unlink()
            return f"{seen}; put back from a backup"
        back, said = await simanta(site, "rollback", str(earlier), "--json")
        site.waiting = [*site.of_version.get(current, []), *site.waiting]
        if site.waiting:
            await load(world, site)
        pruned, _ = await simanta(site, "prune", "--keep", "1", "--json")
        return (
            f"{seen}; rollback ended {back}{said if back else ''}, loaded again: {site.loads[-1].code}, prune {pruned}"
        )


def _from_backup(saved: Path, file: Path) -> None:
    with tarfile.open(saved) as tar:
        (member,) = (each for each in tar.getmembers() if each.name.endswith(file.name))
        whole = tar.extractfile(member)
        assert whole is not None
        part = file.with_suffix(".restored")
        part.write_bytes(whole.read())
    part.chmod(0o600)
    part.replace(file)


async def cut_lake(world: World, site: Site) -> str:
    """The largest file of the records in the lake is cut in half, and put back from a copy of the folder."""
    async with site.busy:
        file = max(Path(site.disk / "data").rglob("incident/*.parquet"), key=lambda each: each.stat().st_size)
        copy = shutil.copy2(file, world.folder / "copy.parquet")
        os.truncate(file, file.stat().st_size // 2)
    n = len(site.loads)
    ended, told = await simanta(site, "check", "--deep", "--json")
    site.hurry.set()
    await _until(lambda: len(site.loads) > n, 90)
    await asyncio.sleep(LOOK_S)
    async with site.busy:
        Path(shutil.copy2(copy, file.with_suffix(".restored"))).replace(file)
    code = site.loads[n].code if len(site.loads) > n else "none was tried"
    return f"{_named_by(ended, told, 'ersion')}; a load then: {code}; put back from a copy"


def _named_by(ended: int, told: dict[str, Any], word: str) -> str:
    wrong = [line for line in told.get("lines", []) if not line["holds"] and word in line["told"]]
    return f"`check` ended {ended} and named {', '.join(line['name'] for line in wrong) or 'nothing of it'}"


async def _until(is_so: Callable[[], bool], longest: float) -> None:
    until = time.monotonic() + longest
    while not is_so() and time.monotonic() < until:
        await asyncio.sleep(0.1)


Deed = Callable[[World, Site], Awaitable[str]]
DEEDS: dict[str, Deed] = {
    each.__name__: each for each in (kill_app, kill_loader, fill_disk, stop_postgres, cut_sheet, cut_version, cut_lake)
}  # type: ignore[attr-defined]  # functions have a name
CYCLE = (
    ("kill_app", "files"), ("stop_postgres", "shared"), ("cut_version", "files"), ("kill_loader", "shared"),
    ("kill_app", "shared"), ("fill_disk", "files"), ("cut_lake", "shared"), ("kill_loader", "files"),
    ("fill_disk", "shared"), ("cut_sheet", "files"), ("stop_postgres", "shared"), ("cut_version", "files"),
)  # fmt: skip


async def faults(world: World, chosen: set[str]) -> None:
    """The timetable: twice round in an hour, none in the first and last twelfth of it."""
    cycle = [each for each in CYCLE if each[0] in chosen]
    first, last = world.minutes * 60 / 12, world.minutes * 60 * 11 / 12
    rounds = max(1, round(world.minutes / 30))
    every = (last - first) / max(1, len(cycle) * rounds)
    for n, (name, of) in enumerate(cycle * rounds):
        await asyncio.sleep(max(0.0, first + n * every - world.now()))
        if world.now() > last:
            break
        site = next(each for each in world.sites if each.name == of)
        fault = Fault(name, of, world.now())
        world.told.faults.append(fault)
        try:
            fault.told = await DEEDS[name](world, site)
        except Exception as error:  # noqa: BLE001  # told in the table; the others are still tried
            fault.told = f"this script failed: {error!r}"
        fault.cured = world.now()
        print(f"{fault.at:6.0f} s {name} {of}: {fault.told}", flush=True)  # noqa: T201


# --- the whole run ---


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """A tmpfs that can be filled."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0755", "simanta-soak", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def made_sites(folder: Path, pg: Any, disks: dict[str, Path]) -> list[Site]:
    """A store of files and a shared one, both empty yet."""
    files, shared = disks["files"], disks["shared"]
    (shared / "data").mkdir(mode=0o700)
    name = f"ducklake:postgres:{pg.of(pg.database())};data={shared}/data;local={shared}/store"
    for each in disks:
        (folder / each).mkdir()
    return [
        Site("files", files, str(files / "store"), files / "store", free_port(), free_port()),
        Site("shared", shared, name, shared / "store", free_port(), free_port()),
    ]


async def run(world: World, people: int, rows: int, chosen: set[str]) -> None:
    """Loads the first rows, lets everybody in, and looks at what is left at the end."""
    first = made_sheet(world.folder, 0, rows, None)
    for site in world.sites:
        site.sheets, site.waiting = [first], [first]
        await load(world, site)
        if site.loads[-1].code != "published":
            raise SystemExit(f"the first load into {site.name} ended with {site.loads[-1].code}")
    world.began = time.monotonic()
    world.told.loads.clear()
    works = [kept_alive(world, site) for site in world.sites]
    works += [loading(world, site, 20 + 30 * n) for n, site in enumerate(world.sites)]
    works += [sampled(world), faults(world, chosen)]
    at_work = [asyncio.ensure_future(each) for each in works]
    names = list(PAGES)
    try:
        await asyncio.gather(*(_come(world, names, n) for n in range(people)))
    finally:
        for site in world.sites:
            if site.server is not None and site.server.returncode is None:
                site.server.terminate()
    _, late = await asyncio.wait(at_work, timeout=180)
    for each in late:
        each.cancel()
    for each in at_work:
        if each.done() and not each.cancelled() and each.exception():
            world.told.broken.append(repr(each.exception()))
    await _at_the_end(world)


async def _come(world: World, names: list[str], n: int) -> None:
    site = world.sites[n % len(world.sites)]
    person = Visitor(site.port, random.Random(f"soak {n}"), cookie="soak=1", name=f"{site.name} {n}")
    person.page_name = names[n // len(world.sites) % len(names)]
    await visit(world, site, person)


async def _at_the_end(world: World) -> None:
    """What waits is loaded; then `check --deep`, `versions`, and every record against a store that met no fault."""
    for site in world.sites:
        if site.waiting:
            await load(world, site)
        world.told.lives += site.lives
        ended, told = await simanta(site, "check", "--deep", "--json")
        wrong = [f"{line['name']}: {line['told']}" for line in told.get("lines", []) if not line["holds"]]
        world.told.checks[site.name] = (ended, wrong, len(told.get("lines", [])))
        _, listed = await simanta(site, "versions", "--json")
        world.told.versions[site.name] = listed
        world.told.pages[site.name] = sum(shown[0] == site.name for shown in world.said)
        world.told.records[site.name] = (_records(site.folder), await _without_faults(world, site))
        world.told.errors[site.name] = _errors(world.folder / f"{site.name}.log")


async def _without_faults(world: World, site: Site) -> tuple[int, str]:
    clean = world.folder / f"clean-{site.name}"
    shutil.copytree(site.folder.with_name(f"{site.folder.name}.keys"), clean.with_name(f"{clean.name}.keys"))
    beside = Site(site.name, world.folder, str(clean), clean, 0, site.metrics)
    files = [str(sheet.file) for sheet in site.sheets]
    ended, told = await simanta(beside, "load", *files, "--json", "--quiet")
    return (0, f"the sheets cannot be loaded into a new store: {told}") if ended else _records(clean)


def _records(folder: Path) -> tuple[int, str]:
    """How many records are in force, and a sum of what they say; or 0, and why they cannot be read."""
    try:
        with facts.opened(folder, stores.current(folder) or 0) as opened:
            n, total = opened._con.execute(RECORDS).fetchall()[0]
    except LoadError as error:
        return 0, f"{folder.name}: {error}"
    return int(n), str(total)


def _errors(log: Path) -> dict[str, int]:
    """Lines of the server's log above a warning, by what they are."""
    found: dict[str, int] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            told = {"level": "ERROR", "template": line[:100]}
        if str(told.get("level", "")).upper() in ("ERROR", "CRITICAL"):
            shown = json.dumps({k: v for k, v in told.items() if k not in ("at", "level")}, sort_keys=True)[:600]
            found[shown] = found.get(shown, 0) + 1
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Long work under faults.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--faults", default=",".join(DEEDS), help="which of them, with commas")
    parser.add_argument("--keep", type=Path, help="folder for logs and what pages said; else they go at the end")
    parser.add_argument("--write", action="store_true", help="also write SOAK.md and its curves")
    given = parser.parse_args()
    if INSIDE not in os.environ:
        as_whom = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        os.environ[INSIDE] = "as root" if os.geteuid() == 0 else "in a user namespace"
        os.execvp("unshare", ["unshare", *as_whom, "--mount", sys.executable, *sys.argv])
    header = about(os.getloadavg()[0])
    with contextlib.ExitStack() as open_:
        folder = given.keep or Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="simanta-soak-")))
        folder.chmod(0o755)
        (folder / "said").mkdir()
        size_mb = 400 + given.rows * 6 // 1000
        disks = {
            each: open_.enter_context(small_disk(folder / f"disk-{each}", size_mb)) for each in ("files", "shared")
        }
        pg = open_.enter_context(postgres.running())
        sites = made_sites(folder, pg, disks)
        world = World(folder, pg, sites, given.minutes, time.monotonic(), random.Random(7))
        asyncio.run(run(world, given.people, given.rows, set(given.faults.split(","))))
        header.append(
            f"disks: two tmpfs of {size_mb} MB, mounted {os.environ[INSIDE]} in a mount namespace of the run's own"
        )
        header.append(f"a server that ended starts again after {RESTART_S:g} s, as `simanta-serve.service` says")
        given_words = f"{given.minutes:g} minutes, {given.people} people, {given.rows:,} rows at first"
        (folder / "told.json").write_text(json.dumps(asdict(world.told), default=str))
        text = report(world.told, header, given_words)
        if given.write:
            write(text, world.told)
        print(text)  # noqa: T201


if __name__ == "__main__":
    main()
