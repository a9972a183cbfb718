"""Two machines on one shared store, each in a network of its own: they load and read at once, and nothing is lost."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests import postgres as servers

HOSTS = {"simanta-a": ("10.213.1.1", "10.213.1.2"), "simanta-b": ("10.213.2.1", "10.213.2.2")}  # ours, theirs
COMMAND = "from dashboard.cli import main; main()"


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def networks():
    """A network for each host, joined to this machine by one cable and to nothing else."""
    try:
        taken_away()  # what a run that was killed has left
        for n, (name, (ours, theirs)) in enumerate(HOSTS.items()):
            run("ip", "netns", "add", name)
            run("ip", "link", "add", f"simanta{n}", "type", "veth", "peer", "name", "eth0", "netns", name)
            run("ip", "addr", "add", f"{ours}/24", "dev", f"simanta{n}")
            run("ip", "link", "set", f"simanta{n}", "up")
            run("ip", "-n", name, "addr", "add", f"{theirs}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        yield
    finally:
        taken_away()


def taken_away():
    for n, name in enumerate(HOSTS):
        for what in (("link", f"simanta{n}"), ("netns", name)):
            subprocess.run(["ip", what[0], "del", what[1]], check=False, capture_output=True)


@pytest.fixture
def hosts(tmp_path):
    """Each host's way to start a command, and its name of the store: by its own cable, with a folder of its own.

    Where this account may make no network, each is a process of this one: the same server, by the same kind of address.
    """
    (tmp_path / "data").mkdir()
    with servers.running() as server:
        database = server.database()
        server.stop()
        if os.geteuid() != 0:
            server.start("127.0.0.1")
            yield [([], named("127.0.0.1", database, tmp_path, name)) for name in HOSTS]
            return
        with networks():
            server.start(",".join(ours for ours, _ in HOSTS.values()))
            yield [
                (["ip", "netns", "exec", name], named(ours, database, tmp_path, name))
                for name, (ours, _) in HOSTS.items()
            ]


def named(address, database, tmp_path, host):
    where = f"host={address} dbname={database} user=postgres"
    return f"ducklake:postgres:{where};data={tmp_path / 'data'};local={tmp_path / host}"


def started(host, *words):
    within, store = host
    env = {**os.environ, "SIMANTA_STORE": store, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*within, sys.executable, "-c", COMMAND, *map(str, words), "--json"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, json.loads(out) if out else err


def test_two_hosts_load_and_read_at_once(hosts, tmp_path, sheet):
    first, second = hosts
    files = {host: sheet(f"{name}.csv", {"source_ref": name}) for host, name in zip((0, 1), "ab", strict=True)}
    assert ended(started(first, "load", sheet("start.csv", {"source_ref": "S"})))[0] == 0
    keys = tmp_path / "simanta-a.keys"
    run("cp", "-r", keys, tmp_path / "simanta-b.keys")
    at_once = [started(host, "load", files[n]) for n, host in enumerate(hosts)]
    reading = [started(host, "overview") for host in hosts]
    told = [ended(process) for process in at_once]
    assert {code for code, _ in told} <= {0, 3}  # the second may be told to wait, and nothing else
    for n, (code, said) in enumerate(told):
        if code:
            assert said["error"]["code"] == "BUSY"
            assert ended(started(hosts[n], "load", files[n]))[0] == 0
    assert [code for code, _ in map(ended, reading)] == [0, 0]
    versions = [ended(started(host, "versions"))[1] for host in hosts]
    assert all("versions" in told for told in versions), versions
    assert versions[0]["versions"] == versions[1]["versions"] == [1, 2, 3]
    assert (
        [each["rows"] for each in versions[0]["about"]] == [each["rows"] for each in versions[1]["about"]] == [1, 2, 3]
    )
    assert ended(started(second, "audit", "verify"))[0] == 0
