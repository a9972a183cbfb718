"""A disk that is full, at every point of a load: it is said, the old version stands, and the next load works.

A disk of some MB is mounted where the machine lets a test do so (in a namespace of its own, which ends with it). Where
it does not, a limit on the size of files stands for the disk.
"""

import json
import os
import subprocess
import sys

import pytest

INSIDE = """
import json, os, resource, sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from etl.build import load
from etl.check import check
from etl.errors import LoadError

folder, is_disk, *files = sys.argv[1:]
store, ballast = Path(folder) / "s", Path(folder) / "ballast"
files = [Path(file) for file in files]


@contextmanager
def room_for(size):
    if not is_disk:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        yield
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        return
    disk = os.statvfs(folder)
    ballast.write_bytes(bytes(max(disk.f_bavail * disk.f_frsize - size, 0)))
    yield
    ballast.unlink()


def loaded(file):
    try:
        return load([file], store, today=date(2026, 11, 24)).version
    except LoadError as error:
        return error.code


def contents():
    return {str(each): each.read_bytes() for each in sorted(store.rglob("*")) if each.is_file()}


assert loaded(files[0]) == 1
size = (store / "facts" / "v000001.duckdb").stat().st_size
told = []
for room in (0, 5_000, size // 2, size - 50_000, size + 5_000, size + 500_000):
    before = contents()
    with room_for(room):
        ended = loaded(files[1])
    told.append((ended, contents() == before))
ended = loaded(files[1])
lines = check(store, datetime.now(UTC).replace(tzinfo=None), deep=True)
holds = [line.name for line in lines if not line.holds and line.name != "free disk"]  # so small a disk never has enough
print(json.dumps({"told": told, "ended": ended, "wrong": holds, "parts": [str(p) for p in store.rglob("*.part*")]}))
"""
MOUNT = 'mount -t tmpfs -o size=24m simanta-test "$0" && exec "$@"'


def inside(*words):
    """How to run words on a disk of 24 MB at a folder; nothing where this machine does not let us."""
    return ["unshare", "-Urm", "sh", "-c", MOUNT, *map(str, words)]


@pytest.fixture
def disk(tmp_path):
    """(folder, words before the command, whether it is a disk)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        can = subprocess.run(inside(folder, "true"), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        can = False
    return folder, inside(folder) if can else [], can


def test_a_disk_that_fills_up_leaves_the_old_version_and_the_next_load_works(sheet, disk, tmp_path):
    folder, before, is_disk = disk
    files = [sheet("a.csv", {}), sheet("b.csv", *({"source_ref": f"B-{n}"} for n in range(2_000)))]
    words = [*before, sys.executable, "-c", INSIDE, str(folder), "disk" if is_disk else "", *map(str, files)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    told = json.loads(ran.stdout)
    assert [each for each in told["told"] if each[0] == "STORE_UNWRITABLE"][:3] == [["STORE_UNWRITABLE", True]] * 3
    assert all(is_same is (ended == "STORE_UNWRITABLE") for ended, is_same in told["told"])
    assert isinstance(told["ended"], int)
    assert (told["wrong"], told["parts"]) == ([], [])
