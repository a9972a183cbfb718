"""`check` and what it must see: each thing broken once, and only its line says so."""

import os
from datetime import UTC, date, datetime

import duckdb
import pytest

from etl.build import load
from etl.check import check
from etl.store import current, key_file, prune, rollback, version_file, versions

TODAY = date(2026, 11, 24)


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def broken(store, deep=False):
    return {line.name for line in check(store, now(), deep=deep) if not line.holds}


@pytest.fixture(scope="module")
def made(write_sheet, tmp_path_factory):
    """Two versions, a refused row in each."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("A", "B"):
        bad = {"source_ref": f"{name}-bad", "date_start": "2026-02-31"}
        load([write_sheet(folder / "a.csv", {"source_ref": name}, bad)], folder / "s", today=TODAY)
    return folder / "s"


def test_rows_of_further_sheets_are_no_incidents(write_sheet, tmp_path):
    (tmp_path / "persons.csv").write_text("source_ref,role,sex,age_band,n\nA,presumed_victim,Feminine,18-20,2\n")
    files = [write_sheet(tmp_path / "a.csv", {"source_ref": "A"}), tmp_path / "persons.csv"]
    report = load(files, tmp_path / "s", today=TODAY)
    assert [file.loaded for file in report.files] == [1, 1]
    assert broken(tmp_path / "s") == set()


@pytest.fixture
def store(made, copy_of):
    """A copy of it."""
    return copy_of(made)


def test_a_store_as_a_load_leaves_it_holds(store, tmp_path):
    assert broken(store, deep=True) == set()
    assert broken(tmp_path / "none") == set()


def change(version, statement):
    def do(store):
        with duckdb.connect(version_file(store, version)) as con:
            con.execute(statement)

    return do


GONE, WRONG = {"versions", "row equation"}, {"hashes", "row equation"}
OTHER = {"versions", "hashes", "clock", "row equation"}


@pytest.mark.parametrize(
    ("do", "seen", "seen_deep"),
    [
        (lambda store: (store / "current.json").write_text("{"), {"pointer"}, {"pointer"}),
        (lambda store: version_file(store, 1).unlink(), GONE, GONE),
        (lambda store: store.chmod(0o755), {"permissions"}, {"permissions"}),
        (lambda store: key_file(store).chmod(0o644), {"permissions"}, {"permissions"}),
        (lambda store: key_file(store).unlink(), {"key"}, {"key"}),
        (change(2, "UPDATE version SET schema_version = 1"), OTHER, OTHER),
        (change(2, "DELETE FROM incident"), WRONG, WRONG),
        (change(2, "DELETE FROM quarantine WHERE load_id = 1"), WRONG, WRONG),
        (change(2, "INSERT INTO incident SELECT * FROM incident"), WRONG, WRONG),
    ],
)
def test_what_is_broken_is_seen_and_nothing_else(do, seen, seen_deep, store):
    do(store)
    assert (broken(store), broken(store, deep=True)) == (seen, seen_deep)


@pytest.mark.parametrize(("version", "seen"), [(2, True), (1, False)])
def test_a_bit_that_flipped_is_seen_in_the_version_in_force_and_with_deep_in_any(version, seen, store):
    file = version_file(store, version)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert ("hashes" in broken(store), "hashes" in broken(store, deep=True)) == (seen, True)


def test_a_clock_before_the_last_load_is_seen(store):
    assert {line.name for line in check(store, datetime(2001, 1, 1)) if not line.holds} == {"clock"}


def test_a_store_of_an_older_release_has_no_marks_and_says_so(store):
    (store / "current.json").write_text('{"current": 2, "published": [1, 2]}')
    assert broken(store, deep=True) == set()
    assert "2 of an older release" in next(line.told for line in check(store, now()) if line.name == "hashes")


def test_a_disk_that_is_nearly_full_is_seen(store, monkeypatch):
    usage = os.statvfs(store)
    monkeypatch.setattr("etl.check.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1_000})())
    assert broken(store) == {"free disk"}
    assert usage.f_bavail


def test_pruning_keeps_the_newest_the_one_in_force_and_the_pinned(store, sheet):
    for _ in range(4):
        load([sheet("a.csv", {})], store, today=TODAY)
    rollback(store, 3)
    assert prune(store, 1, {2, 99}) == (1, 4, 5)
    assert (versions(store), current(store)) == ((2, 3, 6), 3)
    assert sorted(file.name for file in (store / "facts").iterdir()) == [
        version_file(store, version).name for version in (2, 3, 6)
    ]
    assert prune(store, 9, ()) == ()
    rollback(store, 2)
    assert prune(store, 1, ()) == (3,)
    assert broken(store, deep=True) == set()


def test_numbers_only_rise_also_after_pruning_the_newest(store, sheet):
    rollback(store, 1)
    (store / "current.json").write_text((store / "current.json").read_text().replace('"last": 2', '"last": 7'))
    assert load([sheet("a.csv", {})], store, today=TODAY).version == 8
