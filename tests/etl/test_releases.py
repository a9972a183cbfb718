"""A store of another release: every command says so in a sentence, exits 1, and changes nothing of it."""

import json
import shutil

import duckdb
import pytest

from dashboard import health
from dashboard.settings import settings
from etl.schema import SCHEMA_VERSION
from etl.store import pointer, version_file
from tests.dashboard.cli.test_cli import simanta

HEADER = "source_ref,event_type,date_start,adm2\n"
# 0.1.0 is the first release, and not out yet: no store of a released version has another schema. Those before it were
# schemas of the work on it; a store of one is told apart by its number alone.
OTHERS = [*range(1, SCHEMA_VERSION), SCHEMA_VERSION + 1]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ours")
    (folder / "a.csv").write_text(f"{HEADER}A-1,interception_inland,2026-03-02,BD4041\n", encoding="utf-8")
    for _ in range(2):
        assert simanta("load", folder / "a.csv", "--store", folder / "s").returncode == 0
    return folder


def of_schema(store, version, schema):
    """What another release would have published: its number, and a table that this one does not know."""
    with duckdb.connect(version_file(store, version)) as con:
        con.execute("UPDATE version SET schema_version = $schema", {"schema": schema})
        con.execute("CREATE TABLE of_another_release (x INTEGER)")
    told = json.loads((store / "current.json").read_text())
    told["files"].pop(str(version))
    (store / "current.json").write_text(json.dumps(told))


@pytest.fixture
def other(request, ours, tmp_path):
    shutil.copytree(ours, tmp_path, dirs_exist_ok=True)
    of_schema(tmp_path / "s", 2, request.param)
    return tmp_path / "s", request.param


def facts(store):
    """All but the ledger, in which a refusal is a line, and the loader's lock."""
    files = (file for file in store.rglob("*") if file.is_file() and not file.name.startswith(("ledger", "lock")))
    return {file.name: file.read_bytes() for file in files}


COMMANDS = (
    ("load", "a.csv"),
    ("prune", "--keep", "1"),
    ("rollback", "2"),
    ("erase", "--source-ref", "A-1", "--reason", "court order"),
    ("quarantine", "list"),
)


@pytest.mark.parametrize("other", OTHERS, indirect=True)
def test_every_command_names_the_release_and_changes_nothing(other):
    store, schema = other
    before = facts(store)
    release = "a newer" if schema > SCHEMA_VERSION else "an older"
    for words in COMMANDS:
        told = simanta(*(store.parent / w if w == "a.csv" else w for w in words), "--store", store, "--json")
        wrong = json.loads(told.stdout)["error"]
        assert (told.returncode, wrong["code"]) == (1, "SCHEMA_VERSION"), words
        assert (
            f"{release} release of Simanta: schema {schema}, and this program has {SCHEMA_VERSION}." in wrong["message"]
        )
        assert "Nothing was changed." in wrong["message"]
        assert facts(store) == before, words


@pytest.mark.parametrize("other", OTHERS[-2:], indirect=True)
def test_what_reads_says_so_too_and_the_server_is_not_ready(other, monkeypatch):
    store, schema = other
    told = simanta("hotspots", "--store", store, "--json")
    assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (1, "STORE_UNREADABLE")
    assert f"schema {schema}, and this program has {SCHEMA_VERSION}" in json.loads(told.stdout)["error"]["message"]
    assert simanta("check", "--store", store).returncode == 1
    monkeypatch.setenv("SIMANTA_STORE", str(store))
    settings.cache_clear()
    assert health.readiness() == (None, "unreadable")
    settings.cache_clear()


@pytest.mark.parametrize("other", OTHERS[-2:], indirect=True)
def test_the_way_back_is_a_version_of_this_release(other):
    store, _ = other
    assert simanta("rollback", 1, "--store", store).returncode == 0
    assert pointer(store).current == 1
    assert simanta("hotspots", "--store", store, "--json").returncode == 0
    told = simanta("load", store.parent / "a.csv", "--store", store, "--json")
    assert json.loads(told.stdout)["version"] == 3
