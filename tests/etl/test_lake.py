"""A shared store: facts in a DuckLake of a real PostgreSQL and a folder, by several hosts; and what may go wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime

import duckdb
import psycopg
import pytest

from etl import catalogue, lake, publish, schema, store
from etl.build import load
from etl.check import check
from etl.erase import erase
from etl.errors import LoadError
from etl.facts import opened
from etl.migrate import migrate
from etl.shared import shared

TODAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 12)
SECRET = {"source_ref": "E-1", "lat": "23.03127", "lon": "88.90219", "persons": "7"}


@pytest.fixture(scope="module")
def made(write_sheet, tmp_path_factory, postgres):
    """Three versions: a record in all; another row in the second; a third in the third."""
    folder = tmp_path_factory.mktemp("made")
    where = postgres.made_shared(folder / "s")
    for name, told in zip("abc", ([SECRET], [{"source_ref": "A"}], [{"source_ref": "C"}]), strict=True):
        load([write_sheet(folder / f"{name}.csv", *told)], where, today=TODAY)
    return where


@pytest.fixture
def folder(made, copy_of, postgres, tmp_path):
    """A copy of it: of its folder, its keys, its files, and its database."""
    name, told = postgres.database(), json.loads((made / "shared.json").read_text())
    template = psycopg.conninfo.conninfo_to_dict(told["catalogue"])["dbname"]
    with psycopg.connect(postgres.of("postgres"), autocommit=True) as con:
        con.execute(f"DROP DATABASE {name}")
        con.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    shutil.copytree(told["data"], tmp_path / "s.data")
    return postgres.made_shared(copy_of(made), postgres.of(name))


def another_host(postgres, folder):
    """The folder of a second machine that works on the same store."""
    where = shared(folder)
    shutil.copytree(folder.with_name("s.keys"), folder.with_name("t.keys"))
    return postgres.made_shared(folder.with_name("t"), where.catalogue, where.data)


def asked(folder, version, question):
    """What the lake itself says, past any copy."""
    with opened(folder, version, is_copy_enough=False) as facts:
        return facts._con.execute(question).fetchall()


def broken(folder):
    return {line.name for line in check(folder, datetime.now(UTC).replace(tzinfo=None), deep=True) if not line.holds}


def refusal(do):
    with pytest.raises(LoadError) as refused:
        do()
    assert refused.value.fix
    return refused.value.code


def altered(folder, statement):
    with psycopg.connect(shared(folder).catalogue, autocommit=True) as con:
        con.execute(statement)


def test_a_version_stays_what_it_was_whatever_comes_after(folder, sheet):
    counts = {version: asked(folder, version, "SELECT count(*) FROM incident") for version in (1, 2, 3)}
    assert counts == {1: [(1,)], 2: [(2,)], 3: [(3,)]}
    store.rollback(folder, 1)
    assert load([sheet("d.csv", {"source_ref": "D"})], folder, today=TODAY).version == 4
    assert asked(folder, 4, "SELECT count(*) FROM incident") == [(2,)]  # of the first, not of the third
    assert store.prune(folder, 1, {3}) == (1, 2)
    assert (store.versions(folder), store.current(folder)) == ((3, 4), 4)
    assert asked(folder, 3, "SELECT count(*), count(lat) FROM incident") == [(3, 3)]
    assert broken(folder) == set()


def test_a_prune_takes_away_what_no_version_needs(folder):
    before = set(shared(folder).data.rglob("*.parquet"))
    kept = store.pointer(folder).marks[3][0].snapshot
    store.prune(folder, 1, ())
    assert set(shared(folder).data.rglob("*.parquet")) < before
    with psycopg.connect(shared(folder).catalogue) as con:
        assert con.execute("SELECT snapshot_id FROM ducklake.ducklake_snapshot").fetchall() == [(kept,)]


def files_with_the_record(folder):
    with duckdb.connect() as con:
        files = [str(file) for file in shared(folder).data.glob("main/incident/*.parquet") if "delete" not in file.name]
        found = "SELECT count(*) FROM read_parquet($files, union_by_name => true) WHERE lat = 23.03127"
        return con.execute(found, {"files": files}).fetchone()[0]


def test_an_erased_record_is_in_no_file_of_any_version(folder, sheet):
    assert files_with_the_record(folder)
    done = erase(folder, "E-1", None, "a court order", NOW)
    assert (done.held, done.rewritten) == ((3, 2, 1), (3, 2, 1))
    assert not files_with_the_record(folder)
    counts = "SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM erased)"
    assert [asked(folder, version, counts) for version in (1, 2, 3)] == [[(0, 1)], [(1, 1)], [(2, 1)]]
    assert broken(folder) == set()
    report = load([sheet("e.csv", SECRET)], folder, today=TODAY)
    assert report.files[0].rules == {"erased_reference": 1}


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from etl import build, lake, store
room, name, file, folder = sys.argv[1:]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
setattr({"store": store, "lake": lake}[room], name, die)
build.load([Path(file)], Path(folder), today=date(2026, 11, 24))
"""
POINTS = (("lake", "_make_equal"), ("store", "point"), ("store", "_keep_copy"))


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_while_it_is_published_leaves_a_whole_version_and_the_next_load_works(point, folder, sheet):
    file = sheet("d.csv", {"source_ref": "D"})
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-c", KILLED, *point, file, folder], env=env, check=False)
    assert died.returncode == -signal.SIGKILL
    is_out = point == ("store", "_keep_copy")
    assert store.current(folder) == (4 if is_out else 3)
    assert load([file], folder, today=TODAY).as_dict()["unchanged" if is_out else "loaded"] == 1
    assert asked(folder, store.current(folder), "SELECT count(*) FROM incident") == [(4,)]
    with opened(folder, store.current(folder), is_copy_enough=False) as facts:
        assert facts.what_does_not_add_up() == []


def test_two_hosts_work_on_one_store(folder, sheet, postgres):
    other = another_host(postgres, folder)
    assert load([sheet("d.csv", {"source_ref": "D"})], other, today=TODAY).previous_version == 3
    again = load([sheet("e.csv", {"source_ref": "D"})], folder, today=TODAY)
    assert again.as_dict()["unchanged"] == 1  # though its copy was of the third
    assert store.pointer(other) == store.pointer(folder)
    with store.locked(other):
        assert refusal(lambda: load([sheet("f.csv", {})], folder, today=TODAY)) == "BUSY"


def test_who_lost_the_lock_publishes_nothing(folder, sheet, monkeypatch):
    def cut(where, *_):
        altered(folder, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        return published(where, *_)

    published = lake.publish
    monkeypatch.setattr(lake, "publish", cut)
    assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == "CATALOGUE_UNREACHABLE"
    assert store.versions(folder) == (1, 2, 3)


def test_a_line_to_postgres_that_is_cut_while_it_is_written_is_said_and_the_process_lives(folder, sheet, monkeypatch):
    whole = lake._sums

    def cut(con, tables, database):
        told = whole(con, tables, database)
        if database == "lake":  # a transaction is under way, and has asked the catalogue
            altered(
                folder,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
        return told

    monkeypatch.setattr(lake, "_sums", cut)
    code = refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY))
    assert code in ("STORE_UNWRITABLE", "CATALOGUE_UNREACHABLE")
    assert store.versions(folder) == (1, 2, 3)


def test_a_store_is_moved_there_and_back_and_is_the_same(folder, tmp_path):
    moved = migrate(folder, tmp_path / "files", lambda: None)
    assert (moved.versions, moved.keys) == ((1, 2, 3), ("pseudonym.key",))
    for version in moved.versions:
        with opened(tmp_path / "files", version) as facts:
            assert facts.sums() == moved.sums[version]
    assert refusal(lambda: migrate(folder, tmp_path / "files", lambda: None)) == "STORE_EXISTS"


def test_what_did_not_arrive_as_it_was_is_not_put_in_force(folder, tmp_path, monkeypatch):
    def lossy(where, snapshot, to, spill):
        fetched(where, snapshot, to, spill)
        with duckdb.connect(to) as con:
            con.execute("UPDATE incident SET persons = 8 WHERE persons = 7")

    fetched = lake.fetch
    shutil.rmtree(folder / "facts")
    monkeypatch.setattr(lake, "fetch", lossy)
    assert refusal(lambda: migrate(folder, tmp_path / "files", lambda: None)) == "STORE_DIFFERS"
    assert store.current(tmp_path / "files") is None


@contextmanager
def with_catalogue(folder, catalogue_):
    told = json.loads((folder / "shared.json").read_text())
    (folder / "shared.json").write_text(json.dumps(told | {"catalogue": catalogue_}))
    yield
    (folder / "shared.json").write_text(json.dumps(told))


WRONG = {
    "a catalogue that is not there": (lambda p, f: f"host={f} dbname=x user=postgres", "CATALOGUE_UNREACHABLE"),
    "no password": (lambda p, f: p.of("postgres", "keeper"), "CATALOGUE_REFUSED"),
    "another password": (lambda p, f: f"{p.of('postgres', 'keeper')} password=guess", "CATALOGUE_REFUSED"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_catalogue_that_lets_nobody_in_is_said(wrong, folder, sheet, postgres):
    named, code = WRONG[wrong]
    before = store.pointer(folder)
    with with_catalogue(folder, named(postgres, folder)):
        assert refusal(lambda: store.pointer(folder)) == code
        assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == code
        assert [line.name for line in check(folder, NOW) if not line.holds] == ["pointer"]
    assert store.pointer(folder) == before


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ducklake.ducklake_metadata SET value = '9.9' WHERE key = 'version'", "CATALOGUE_VERSION"),
        ("UPDATE simanta.store SET format = 2", "CATALOGUE_VERSION"),
        ("UPDATE simanta.store SET pointer = '{}'", "POINTER_BROKEN"),
        ("UPDATE simanta.store SET id = 'another'", "DATA_MISSING"),
    ],
)
def test_a_catalogue_of_another_kind_is_said_and_not_altered(statement, code, folder, sheet):
    altered(folder, statement)
    with psycopg.connect(shared(folder).catalogue) as con:
        before = con.execute("SELECT * FROM simanta.store, ducklake.ducklake_metadata").fetchall()
        assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == code
        assert con.execute("SELECT * FROM simanta.store, ducklake.ducklake_metadata").fetchall() == before


def test_a_folder_that_is_not_mounted_is_said_and_nothing_is_written_into_its_place(folder, sheet):
    data = shared(folder).data
    data.rename(data.with_name("elsewhere"))
    data.mkdir()
    assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == "DATA_MISSING"
    assert list(data.iterdir()) == []


def test_a_missing_file_is_seen_and_stops_the_load_that_needs_it(folder, sheet):
    shutil.rmtree(folder / "facts")  # no copy stands in for it
    for file in shared(folder).data.glob("main/incident/*.parquet"):
        file.unlink()
    assert {"hashes", "row equation"} <= broken(folder)
    assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == "STORE_UNWRITABLE"
    assert store.versions(folder) == (1, 2, 3)


def test_an_older_program_refuses_a_newer_store(folder, sheet, monkeypatch):
    monkeypatch.setattr(publish, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    load([sheet("d.csv", {"source_ref": "D"})], folder, today=TODAY)
    monkeypatch.undo()
    assert refusal(lambda: load([sheet("e.csv", {})], folder, today=TODAY)) == "SCHEMA_VERSION"
    assert store.current(folder) == 4


def test_a_clock_that_is_another_than_the_catalogues_is_said(folder, sheet, monkeypatch):
    class Late(datetime):
        @classmethod
        def now(cls, zone):
            return datetime.fromtimestamp(datetime.now(zone).timestamp() + 3600, zone)

    monkeypatch.setattr(catalogue, "datetime", Late)
    assert refusal(lambda: load([sheet("d.csv", {})], folder, today=TODAY)) == "CLOCK_SKEW"
