"""The store's folder in trouble: a clear refusal, and nothing changed."""

import json
import os
import subprocess
import sys
import time
from datetime import date

import duckdb
import pytest

from etl import build, publish, schema, store
from etl.build import load
from etl.errors import LoadError
from etl.invented import write_invented

TODAY = date(2026, 11, 24)


@pytest.fixture
def one(sheet, tmp_path):
    """A store of one version, and another file to load."""
    load([sheet("a.csv", {})], tmp_path / "s", today=TODAY)
    return tmp_path / "s", sheet("b.csv", {"source_ref": "B"})


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def refusal(do):
    with pytest.raises(LoadError) as refused:
        do()
    assert refused.value.fix
    return refused.value.code


@pytest.mark.parametrize(
    "told", ["", '{"current": 1, "publ', "[]", '{"current": null, "published": []}', '{"current": 7, "published": [1]}']
)
def test_a_broken_pointer_is_said_and_no_version_is_lost(told, one):
    folder, file = one
    (folder / "current.json").write_text(told)
    before = contents(folder)
    for do in (
        lambda: store.versions(folder),
        lambda: store.rollback(folder, 1),
        lambda: load([file], folder, today=TODAY),
    ):
        assert refusal(do) == "POINTER_BROKEN"
    assert contents(folder) == before


def test_a_lost_pointer_costs_no_version(one):
    folder, file = one
    load([file], folder, today=TODAY)
    (folder / "current.json").unlink()
    before = contents(folder)
    assert refusal(lambda: load([file], folder, today=TODAY)) == "POINTER_BROKEN"
    assert contents(folder) == before
    with pytest.raises(LoadError, match=r'"published": \[1, 2\]'):
        store.versions(folder)


def test_a_version_whose_file_is_gone_is_said(one):
    folder, file = one
    store.version_file(folder, 1).unlink()
    assert refusal(lambda: load([file], folder, today=TODAY)) == "VERSION_MISSING"
    assert refusal(lambda: store.rollback(folder, 1)) == "VERSION_MISSING"


def test_a_damaged_version_is_said_and_can_be_rolled_back_from(one):
    folder, file = one
    load([file], folder, today=TODAY)
    store.version_file(folder, 2).write_bytes(b"not a database" * 1_000)
    assert refusal(lambda: load([file], folder, today=TODAY)) == "STORE_DAMAGED"
    store.rollback(folder, 1)
    assert load([file], folder, today=TODAY).version == 3


def test_a_store_of_another_schema_is_refused(one):
    folder, file = one
    with duckdb.connect(store.version_file(folder, 1)) as con:
        con.execute("UPDATE version SET schema_version = 999")
    before = contents(folder)
    assert refusal(lambda: load([file], folder, today=TODAY)) == "SCHEMA_VERSION"
    assert contents(folder) == before


def test_a_list_that_grew_is_no_reason_to_lose_a_record(one, monkeypatch):
    folder, file = one
    lists_of = schema.lists_of

    def grown(reference):
        lists = lists_of(reference)
        return {**lists, "adm2": [*lists["adm2"][1:], "BD9999"]}  # a new district, and one that is no more

    monkeypatch.setattr(schema, "lists_of", grown)
    load([file], folder, today=TODAY)
    told = "SELECT * EXCLUDE (load_id) FROM incident WHERE load_id = 1"
    with duckdb.connect(store.version_file(folder, 1)) as con:
        before, known = con.execute(told).fetchall(), con.execute("SELECT enum_range(NULL::adm2)").fetchone()[0]
    with duckdb.connect(store.version_file(folder, 2)) as con:
        assert con.execute(told).fetchall() == before
        assert con.execute("SELECT count(*) FROM incident").fetchone() == (2,)
        assert set(con.execute("SELECT enum_range(NULL::adm2)").fetchone()[0]) == {*known, "BD9999"}


def test_a_store_that_cannot_be_made_is_said(sheet, tmp_path):
    (tmp_path / "taken").write_text("a file")
    file = sheet("a.csv", {})
    assert refusal(lambda: load([file], tmp_path / "taken" / "s", today=TODAY)) == "STORE_UNWRITABLE"
    assert refusal(lambda: load([file], tmp_path / "taken", today=TODAY)) == "STORE_UNWRITABLE"


FULL = """
import resource, sys
from datetime import date
from pathlib import Path
from etl.build import load
from etl.errors import LoadError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    load([Path(sys.argv[1])], Path(sys.argv[2]), today=date(2026, 11, 24))
except LoadError as error:
    sys.exit(error.code)
"""


@pytest.mark.parametrize("most", [1_000, 100_000, 1_500_000])
def test_a_full_disk_is_said_and_leaves_the_old_version(most, one):
    folder, file = one
    before = contents(folder)
    ended = run(["-c", FULL, file, folder, str(most)])
    assert (ended.returncode, ended.stderr.strip()) == (1, "STORE_UNWRITABLE")
    assert contents(folder) == before


def run(arguments, **options):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=env, text=True, capture_output=True, check=False, **options
    )


@pytest.mark.parametrize("cut", [b"", b"short"])
def test_a_key_that_is_cut_off_is_not_used(cut, one):
    folder, file = one
    (folder.with_name("s.keys") / "pseudonym.key").write_bytes(cut)
    assert refusal(lambda: load([file], folder, today=TODAY)) == "KEY_MISSING"


def test_an_orphan_and_half_made_files_are_swept_and_nothing_else(one):
    folder, file = one
    facts = folder / "facts"
    (facts / "spill.part").mkdir()
    (facts / "spill.part" / "stage.arrow").write_bytes(b"x")
    for name in ("v000002.duckdb", "v000002.duckdb.part", "v000002.duckdb.part.wal", "a note.txt"):
        (facts / name).write_bytes(b"x")
    assert load([file], folder, today=TODAY).version == 2
    assert sorted(each.name for each in facts.iterdir()) == ["a note.txt", "v000001.duckdb", "v000002.duckdb"]


def test_a_fault_between_the_file_and_the_pointer_leaves_the_old_version(one, monkeypatch):
    folder, file = one
    before = contents(folder)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "point", fail)
    assert refusal(lambda: load([file], folder, today=TODAY)) == "STORE_UNWRITABLE"
    assert contents(folder) == before


def test_a_rollback_of_no_store_makes_none(tmp_path):
    assert refusal(lambda: store.rollback(tmp_path / "typo", 1)) == "UNKNOWN_VERSION"
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_program_is_said_without_what_the_cell_said(one, monkeypatch):
    folder, file = one

    def fail(*_):
        raise ValueError("could not read 01700000000")

    monkeypatch.setattr(publish.Publication, "judge", fail)
    with pytest.raises(LoadError, match=r"ValueError in build\.py") as refused:
        load([file], folder, today=TODAY)
    assert refused.value.code == "PROGRAM_FAULT"
    assert "01700000000" not in str(refused.value)
    assert store.versions(folder) == (1,)


def _without_first(judged):
    return judged._replace(good=judged.good.slice(1))


def test_a_row_that_the_heart_loses_stops_the_load(one, monkeypatch):
    folder, file = one
    lossy = build.index_batch
    monkeypatch.setattr(build, "index_batch", lambda *given: _without_first(lossy(*given)))
    assert refusal(lambda: load([file], folder, today=TODAY)) == "ROWS_DO_NOT_ADD_UP"
    assert store.versions(folder) == (1,)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"date_order": "dym"}, "UNKNOWN_DATE_ORDER"), ({"source": "none"}, "UNKNOWN_SOURCE"),
     ({"note": "from Md. Invented, 01700000000"}, "PERSONAL_DATA")],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(options, code, one):
    folder, file = one
    assert refusal(lambda: load([file], folder, today=TODAY, **options)) == code


COMMAND = ["-c", "from dashboard.cli import main; main()"]


def test_two_loaders_at_once_one_is_told_to_wait(tmp_path, sheet):
    large, small, folder = tmp_path / "large.csv", sheet("small.csv", {}), tmp_path / "s"
    write_invented(large, rows=1_000, until=date(2026, 11, 22))
    lines = large.read_text().splitlines()
    many = "\n".join(line.replace("INVENTED-", f"INVENTED-{n}-", 1) for n in range(6) for line in lines[1:])
    large.write_text(f"{lines[0]}\n{many}\n")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = {"env": env, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    first = subprocess.Popen([sys.executable, *COMMAND, "load", large, "--store", folder, "--json"], **told)
    while not (folder / "facts" / "spill.part").exists():  # the first holds the lock from before this folder is made
        assert first.poll() is None
        time.sleep(0.005)
    os.kill(first.pid, 19)  # it waits while the second tries
    second = run([*COMMAND, "load", small, "--store", folder])
    os.kill(first.pid, 18)
    assert second.returncode == 3
    assert second.stderr.strip() == "simanta: Another loader is running. Wait until it is done, then load again."
    out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    assert (json.loads(out)["loaded"], json.loads(out)["version"]) == (6_000, 1)


def test_the_command_says_what_is_wrong_in_one_line_and_shows_no_traceback(tmp_path, sheet):
    (tmp_path / "x.geojson").write_text('{"hello": [1, 2, 3]}')
    ended = run([*COMMAND, "load", tmp_path / "x.geojson", "--store", tmp_path / "s"])
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr
