"""Never lost, never half: killed at many points, without room, without rights, with others at the same store.

After each: the old or the new version opens whole, nothing else is there after the next start, the next run works,
and every line of `check` holds. `make crash-table` writes the points and outcomes into docs/crash-test.md.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from queue import SimpleQueue

import duckdb
import pytest

from dashboard import database
from etl import publish, store
from etl.build import load
from etl.check import check
from etl.erase import erase
from etl.errors import LoadError

TODAY = date(2026, 11, 24)
EVERY_LINE = "SIMANTA_CRASH_EVERY_LINE" in os.environ  # of each command instead of the shares below
# Points evenly over all lines, evenly over the lines from the first of this function on, and at random.
SHARES = {"load": (20, 16, 5), "erase": (5, 9, 2), "prune": (2, 5, 0)}
MOMENT = {"load": "store.publish_file:", "erase": "store.replace_file:", "prune": "store.prune:"}
BY_TIMER = 5
WORKERS = 2


@dataclass(frozen=True)
class Point:
    """Where a run was killed, and what was found afterwards."""

    do: str
    how: str
    at: int | float  # lines executed, or seconds
    where: str
    was_killed: bool
    outcome: str


class Runner:
    """The warm process that runs commands in children and kills them."""

    def __init__(self):
        script = Path(__file__).with_name("crash.py")
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([sys.executable, script], env=env, **pipes)

    def __call__(self, do, *args, at=None, after=None, powerless=False):
        asked = {"do": do, "args": [str(arg) for arg in args], "at": at, "after": after, "powerless": powerless}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def runners():
    """A queue of them, so that two points are tried at once."""
    made, free = [Runner() for _ in range(WORKERS)], SimpleQueue()
    for each in made:
        free.put(each)
    yield free
    for each in made:
        each.process.stdin.close()
        each.process.wait(timeout=60)
        each.process.stdout.close()


@pytest.fixture
def runner(runners):
    """One of them."""
    mine = runners.get()
    yield mine
    runners.put(mine)


HEADER = "source_ref,event_type,date_start,adm2,lat,lon,precision_code,persons\n"
OLD = HEADER + "A-1,interception_inland,2026-03-02,BD4041,,,,2\nA-2,interception_inland,2026-03-03,BD4041,,,,3\n"
NEW = HEADER + (
    "A-2,interception_inland,2026-03-04,BD4041,,,,4\n"
    "B-1,interception_inland,2026-03-05,BD4041,,,,5\n"
    "B-2,interception_inland,2026-02-31,BD4041,,,,6\n"
)
OLD_ROWS, NEW_ROWS = [2, 3], [2, 4, 5]
CANARY = HEADER + "C-1,interception_inland,2026-03-02,BD4041,23.03127,88.90219,1,7\n"


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """Stores to begin with: one version for a load, two for an erasure, three for a pruning."""
    folder = tmp_path_factory.mktemp("bases")
    texts = {"old": OLD, "new": NEW, "canary": CANARY}
    files = {name: folder / f"{name}.csv" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name])
    for do, names in {"load": ["old"], "erase": ["canary", "old"], "prune": ["old", "new", "old"]}.items():
        for name in names:
            load([files[name]], folder / do, today=TODAY)
    return folder


def copied(bases, do, to):
    """A store to kill a run in, with its key."""
    shutil.copytree(bases / do, to / "s")
    shutil.copytree(bases / f"{do}.keys", to / "s.keys")
    return to / "s"


def arguments(bases, do, folder):
    return {
        "load": (bases / "new.csv", folder, folder.parent / "r.csv"),
        "erase": ("C-1", folder),
        "prune": (1, folder),
    }[do]


def persons(folder, version):
    with duckdb.connect(store.version_file(folder, version), read_only=True) as con:
        return [n for (n,) in con.execute("SELECT persons FROM incident ORDER BY ALL").fetchall()]


def holds(folder):
    now = datetime.now(UTC).replace(tzinfo=None)
    return [f"{line.name}: {line.told}" for line in check(folder, now, deep=True) if not line.holds]


def is_clean(folder):
    """Nothing lies there but what is published."""
    published = [store.version_file(folder, version).name for version in store.versions(folder)]
    assert sorted(each.name for each in (folder / "facts").iterdir()) == sorted(published)
    assert sorted(each.name for each in folder.iterdir()) == ["current.json", "facts", "lock"]


def after_load(bases, folder):
    now, receipt = store.pointer(folder), folder.parent / "r.csv"
    assert (now.current, now.published) in ((1, (1,)), (2, (1, 2)))
    assert persons(folder, 1) == OLD_ROWS
    assert persons(folder, now.current) == (NEW_ROWS if now.current == 2 else OLD_ROWS)
    assert now.current == 2 or not receipt.exists()
    assert not receipt.exists() or len(receipt.read_text().splitlines()) == 4
    assert load([bases / "new.csv"], folder, today=TODAY, receipt_to=receipt).version == now.current + 1
    assert persons(folder, now.current + 1) == NEW_ROWS
    assert len(receipt.read_text().splitlines()) == 4
    return "new version" if now.current == 2 else "old version"


def after_erase(_bases, folder):
    assert store.versions(folder) == (1, 2)
    before = [persons(folder, version) for version in (1, 2)]
    assert before[0] in ([7], [])
    assert before[1] in ([2, 3, 7], [2, 3])
    done = erase(folder, "C-1", None, "a court order", datetime(2026, 11, 24, 12))
    assert [persons(folder, version) for version in (1, 2)] == [[], [2, 3]]
    assert all(len(marks) == 1 for marks in store.pointer(folder).marks.values())
    return f"{2 - len(done.rewritten)} of 2 rewritten"


def after_prune(_bases, folder):
    now = store.pointer(folder)
    assert (now.current, now.last) == (3, 3)
    assert now.published in ((1, 2, 3), (3,))
    assert [persons(folder, version) for version in now.published][-1] == [2, 3, 5]
    store.prune(folder, 1, ())
    assert store.versions(folder) == (3,)
    return "pruned" if now.published == (3,) else "all versions"


AFTER = {"load": after_load, "erase": after_erase, "prune": after_prune}


def outcome(bases, do, folder):
    """What was found after a kill, or the promise that was broken."""
    try:
        assert [told for told in holds(folder) if do != "erase" or not told.startswith("erasures")] == []
        found = AFTER[do](bases, folder)
        is_clean(folder)
        assert holds(folder) == []
    except (AssertionError, LoadError, duckdb.Error, OSError) as error:
        return f"BROKEN: {type(error).__name__} {str(error)[:300]}"
    return found


def lines_of(runner, bases, do, tmp_path):
    """Every line that a whole run executes, in order, and where in it a line comes for the first time."""
    (tmp_path / f"whole-{do}").mkdir()
    folder = copied(bases, do, tmp_path / f"whole-{do}")
    run = runner(do, *arguments(bases, do, folder))
    assert run["ended"] == 0
    lines = run["said"].splitlines()
    first = sorted({where: at for at, where in reversed(list(enumerate(lines, 1)))}.values())
    return lines, first


def chosen(lines, first, do):
    """Before which executed line to die: evenly over the distinct lines, over those that put in force, at random."""
    if EVERY_LINE:
        return [("every line", at) for at in first]
    evenly, in_force, at_random = SHARES[do]
    begun = next(at for at, where in enumerate(lines, 1) if where.startswith(MOMENT[do]))
    points = dict.fromkeys(random.Random(7).sample(range(1, len(lines) + 1), at_random), "at random")
    points |= dict.fromkeys(spread(first, evenly), "evenly")
    return sorted((points | dict.fromkeys(spread(range(begun, len(lines) + 1), in_force), "putting in force")).items())


def spread(among, n):
    """So many of them, evenly, the first and the last among them."""
    return [among[round(each * (len(among) - 1) / (n - 1))] for each in range(n)]


def tried(runners, bases, do, how, asked, to):
    """One kill and what was found after it."""
    to.mkdir()
    folder = copied(bases, do, to)
    mine = runners.get()
    try:
        run = mine(do, *arguments(bases, do, folder), **asked)
    finally:
        runners.put(mine)
    killed = run["ended"] == -9
    at = asked.get("at") or asked["after"]
    where = (run["said"] or f"after {at:.2f} s") if killed else "had ended"
    found = outcome(bases, do, folder)
    shutil.rmtree(to)
    return Point(do, how, at, where, killed, found)


def told(points):
    """The points as a table."""
    rows = [f"| {n} | {p.do} | {p.how} | `{p.where}` | {p.outcome} |" for n, p in enumerate(points, 1)]
    return "\n".join(
        ["| | command | chosen | killed before the line | found, all promises kept |", "|-|-|-|-|-|", *rows]
    )


@pytest.mark.slow
def test_a_kill_at_any_point_leaves_whole_versions_and_the_next_run_works(runners, bases, tmp_path, capsys):
    asked = []
    for do in SHARES:
        mine = runners.get()
        lines, first = lines_of(mine, bases, do, tmp_path)
        runners.put(mine)
        asked += [(do, how, {"at": at}) for at, how in chosen(lines, first, do)]
    asked += [("load", "by a timer", {"after": 0.03 + 0.08 * n}) for n in range(BY_TIMER)]
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(tried, runners, bases, *each, tmp_path / str(n)) for n, each in enumerate(asked)]
        points = [job.result() for job in jobs]
    broken = [point for point in points if point.outcome.startswith("BROKEN")]
    distinct = {(point.do, point.at) for point in points if point.was_killed}
    with capsys.disabled():
        counts = Counter((point.do, point.outcome.split(":")[0]) for point in points)
        shown = ", ".join(f"{do}: {found} {n}" for (do, found), n in sorted(counts.items()))
        sys.stdout.write(f"\n{len(points)} kills at {len(distinct)} distinct points; {shown}\n")
    if table := os.environ.get("SIMANTA_CRASH_TABLE"):
        write_table(Path(table), points, len(distinct))
    assert broken == []
    assert len(distinct) >= 50


def write_table(file, points, distinct):
    """The document of `make crash-table`."""
    file.write_text(
        f"""# What a kill leaves behind

{len(points)} runs were ended by SIGKILL at {distinct} distinct points: before a line of `etl` (evenly over all
lines that the command executes, evenly over those that put a version in force, or at random), or after a time. After
each, every version that the pointer names was opened and its rows compared with those of before and after, every
line of `simanta check --deep` held, the command was run again and did its work, and no file lay about.
Written by `make crash-table`; `SIMANTA_CRASH_EVERY_LINE=1 make crash-table` dies before every line.

{told(points)}
"""
    )


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_read_only_store_is_said_and_stays_as_it_is(runner, bases, tmp_path):
    folder = copied(bases, "load", tmp_path)
    before = contents(folder)
    modes = {each: each.stat().st_mode for each in (folder, *folder.rglob("*"))}
    for each in modes:
        each.chmod(0o500 if each.is_dir() else 0o400)
    run = runner("load", *arguments(bases, "load", folder), powerless=True)
    for each, mode in modes.items():
        each.chmod(mode)
    assert (run["ended"], run["said"]) == (1, "STORE_UNWRITABLE")
    assert contents(folder) == before
    assert outcome(bases, "load", folder) == "old version"


@pytest.mark.parametrize(
    ("do", "most"), [("load", 1_000), ("load", 1_500_000), ("erase", 100_000), ("erase", 1_500_000)]
)
def test_a_full_disk_is_said_and_every_promise_holds(do, most, bases, tmp_path):
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); import crash\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "try: crash.COMMANDS[sys.argv[3]](*sys.argv[4:])\n"
        "except crash.LoadError as error: sys.exit(error.code)\n"
    )
    folder = copied(bases, do, tmp_path)
    before = contents(folder)
    here, env = Path(__file__).parent, {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, here, most, do, *arguments(bases, do, folder)]
    ended = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.strip()) == (1, "STORE_UNWRITABLE")
    assert {name: content for name, content in contents(folder).items() if name != "r.csv"} == before
    assert not outcome(bases, do, folder).startswith("BROKEN")


@pytest.mark.parametrize("change", ["cut", "grown"])
def test_a_source_that_changes_while_it_is_read_is_refused(change, bases, tmp_path):
    folder, file = copied(bases, "load", tmp_path), tmp_path / "large.csv"
    row = f"{{}},interception_inland,2026-03-02,BD4041,,,,2,{'x' * 4_000}\n"
    whole = HEADER.replace("persons\n", "persons,narrative\n") + "".join(row.format(f"L-{n}") for n in range(20_000))
    file.write_text(whole)  # 80 MB: more than the reader has in hand when the first rows are judged
    before = contents(folder)

    def meddle(stage, rows):
        if stage == "read" and rows and file.stat().st_size == len(whole):
            os.truncate(file, len(whole) // 2) if change == "cut" else file.open("a").write("L-X,more\n")

    with pytest.raises(LoadError) as refused:
        load([file], folder, today=TODAY, progress=meddle)
    assert refused.value.code in ("FILE_CHANGED", "FILE_DAMAGED", "QUOTE_UNCLOSED")
    assert contents(folder) == before
    assert outcome(bases, "load", folder) == "old version"


def test_a_reader_keeps_its_numbers_while_versions_are_published(runner, bases, tmp_path):
    folder = copied(bases, "load", tmp_path)
    opened, stop, seen = database.open_store(folder, 1), threading.Event(), set()

    def read():
        while not stop.is_set():
            seen.add(
                tuple(opened._rows("SELECT persons FROM published.incident ORDER BY ALL", {})["persons"].to_pylist())
            )

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(3):
        run = runner("load", bases / ("new.csv", "old.csv")[n % 2], folder, tmp_path / "r.csv")
        assert run["ended"] == 0
    stop.set()
    reader.join()
    assert seen == {tuple(OLD_ROWS)}
    assert store.versions(folder) == (1, 2, 3, 4)
    assert database.open_current(folder).version == 4
    opened.close()


def test_a_clock_that_was_set_back_leaves_versions_in_the_order_of_their_numbers(bases, tmp_path, monkeypatch):
    class Back(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 1, 1, tzinfo=tz)

    folder = copied(bases, "load", tmp_path)
    monkeypatch.setattr(publish, "datetime", Back)
    assert load([bases / "new.csv"], folder, today=TODAY).version == 2
    assert (store.current(folder), store.versions(folder)) == (2, (1, 2))
    assert persons(folder, 2) == NEW_ROWS
    told_of = {line.name: line for line in check(folder, datetime(2000, 1, 1))}
    assert not told_of["clock"].holds
    assert holds(folder) == []
