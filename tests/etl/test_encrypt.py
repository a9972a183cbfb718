"""Facts under a key: nothing of a record can be read without it, and nothing is done where it is not there."""

import base64
import os
import struct
from datetime import UTC, date, datetime

import duckdb
import pytest

from etl import attached, extension, facts, facts_key
from etl import store as stores
from etl.backup import backup, restore
from etl.build import load
from etl.check import check
from etl.encrypt import encrypt
from etl.erase import erase
from etl.errors import LoadError
from etl.facts import opened
from etl.facts_key import KEY, KEY_BEFORE, is_encrypted
from etl.store import prune, version_file, versions

THE_KEY = base64.b64encode(b"k" * 32).decode()
TODAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 12)
NUMBER = struct.pack("<d", 23.03127)
WORDS = b"=7654321/7"  # kept of a refused row as it was typed
CANARY = [{"source_ref": "E-1", "lat": "23.03127", "lon": "88.90219"}, {"source_ref": "B", "persons": WORDS.decode()}]


def a_key():
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(KEY, THE_KEY)
    return THE_KEY


@pytest.fixture(scope="module")
def made(write_sheet, tmp_path_factory):
    """A store of two versions without a key, and the same with one."""
    folder = tmp_path_factory.mktemp("made")
    for name, environment in (("bare", {}), ("encrypted", {KEY: THE_KEY})):
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in environment.items():
                patch.setenv(variable, value)
            load([write_sheet(folder / "a.csv", *CANARY)], folder / name, today=TODAY)
            load([write_sheet(folder / "a.csv", {"source_ref": "C"})], folder / name, today=TODAY)
    return folder


@pytest.fixture
def bare(made, copy_of):
    """A copy of the one without."""
    return copy_of(made / "bare")


@pytest.fixture
def store(key, made, copy_of):
    """A copy of the one with a key, which is set."""
    return copy_of(made / "encrypted")


@pytest.fixture
def rows(write_sheet, tmp_path):
    """Loads rows into this test's store."""

    def do(*told):
        return load([write_sheet(tmp_path / "a.csv", *told)], tmp_path / "s", today=TODAY).version

    return do


def everything(folder):
    return {each: each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def bytes_of(folder):
    return b"".join(everything(folder).values())


def broken(folder):
    return {line.name for line in check(folder, datetime.now(UTC).replace(tzinfo=None), deep=True) if not line.holds}


def tables(folder, version):
    """Every row of every table, counted and hashed."""
    with opened(folder, version) as told:
        names = [name for (name,) in told._rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'facts'")]
        return {n: told._rows(f"SELECT count(*), bit_xor(hash(each)) FROM {n} AS each") for n in names}  # noqa: S608


def refused(do, *words):
    with pytest.raises(LoadError) as error:
        do(*words)
    return error.value.code


def test_without_a_key_the_canary_is_there_to_be_found(bare):
    assert NUMBER in bytes_of(bare)
    assert WORDS in bytes_of(bare)
    assert broken(bare) == set()


def test_no_byte_of_a_record_lies_bare_before_a_load_is_published_or_afterwards(store, rows, monkeypatch):
    seen = []

    def die(folder, part, version):
        seen.append((part.name, (folder / "facts" / "spill.part").is_dir(), bytes_of(folder)))
        raise LoadError("DIED", "It died.", "Again.")

    monkeypatch.setattr("etl.publish.publish_file", die)
    assert refused(rows, *CANARY, {"source_ref": "D", "lat": "23.03127"}) == "DIED"
    ((name, has_spill, while_loading),) = seen
    assert (name, has_spill) == ("v000003.duckdb.part", True)
    assert all(canary not in found for canary in (NUMBER, WORDS) for found in (while_loading, bytes_of(store)))
    with opened(store, 1) as told:
        assert told.about().rows == 1


def test_what_spills_is_encrypted(store, tmp_path):
    (tmp_path / "spill").mkdir()
    with duckdb.connect(
        config={"temp_directory": str(tmp_path / "spill"), "memory_limit": "60MB", "threads": 1}
    ) as con:
        attached.attach(con, version_file(store, 1), "facts", read_only=True)
        con.execute("CREATE TEMP TABLE t AS SELECT repeat('a canary ', 20) || i AS x FROM range(500000) AS r(i)")
        spilt = bytes_of(tmp_path / "spill")
    assert len(spilt) > 1_000_000
    assert b"a canary a canary" not in spilt


def test_the_extension_is_left_no_network(store):
    with duckdb.connect() as con:
        attached.attach(con, version_file(store, 1), "facts", read_only=True)
        for url in ("https://127.0.0.1:9/x", "s3://x/y", "hf://datasets/x/y"):
            with pytest.raises(duckdb.PermissionException):
                con.execute("FROM read_text($url)", {"url": url})
        assert con.execute("SELECT current_setting('allow_unsigned_extensions')").fetchone() == (False,)
        assert con.execute("SELECT current_setting('force_mbedtls_unsafe')").fetchone() == (False,)
        assert con.execute("SELECT cipher FROM duckdb_databases() WHERE database_name = 'facts'").fetchone() == ("GCM",)


def test_an_extension_that_was_altered_is_refused_and_nothing_is_written(key, rows, tmp_path, monkeypatch):
    altered = bytearray(extension.file_of("httpfs").read_bytes())
    altered[len(altered) // 2] ^= 1
    (tmp_path / "httpfs.duckdb_extension").write_bytes(altered)
    for file in (tmp_path / "httpfs.duckdb_extension", None):
        monkeypatch.setattr(extension, "file_of", lambda _, file=file: file)
        assert refused(rows, {"source_ref": "A"}) == "CIPHER_MISSING"
    assert versions(tmp_path / "s") == ()
    assert [*(tmp_path / "s" / "facts").iterdir()] == []


def test_reading_needs_no_extension(store, monkeypatch):
    monkeypatch.setattr(extension, "file_of", lambda _: None)
    assert broken(store) == set()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (None, "FACTS_KEY_MISSING"),
        (base64.b64encode(b"w" * 32).decode(), "FACTS_KEY_WRONG"),
        ("", "FACTS_KEY_INVALID"),
        ("c2hvcnQ=", "FACTS_KEY_INVALID"),
    ],
)
def test_without_the_right_key_all_is_refused_and_nothing_is_changed(store, rows, told, code, monkeypatch, capfd):
    before = everything(store)
    monkeypatch.setenv(KEY, told) if told is not None else monkeypatch.delenv(KEY)
    assert refused(rows, {"source_ref": "N"}) == code
    assert refused(erase, store, "E-1", None, "a court order", NOW) == code
    with pytest.raises(LoadError, match="FACTS_KEY") as error, opened(store, 1):
        pass
    assert error.value.code == code
    assert told not in (str(error.value), error.value.fix) if told else True
    assert "versions" in broken(store)
    assert everything(store) == before
    assert capfd.readouterr() == ("", "")


def test_the_key_may_lie_in_a_file(store, key, tmp_path, monkeypatch):
    (tmp_path / "facts.key").write_text(f"{key}\n")
    monkeypatch.setenv(KEY, str(tmp_path / "facts.key"))
    with opened(store, 1) as told:
        assert told.about().rows == 1
    (tmp_path / "facts.key").unlink()
    assert refused(encrypt, store) == "FACTS_KEY_INVALID"


def test_a_key_that_begins_as_a_path_does_is_a_key(store, monkeypatch):
    monkeypatch.setenv(KEY, base64.b64encode(b"\xff" * 32).decode())
    assert os.environ[KEY].startswith("/")
    assert facts_key.facts_key() == os.environ[KEY]


def test_a_key_for_facts_without_one_is_refused_until_they_are_encrypted(bare, rows, monkeypatch):
    before = {version: tables(bare, version) for version in versions(bare)}
    monkeypatch.setenv(KEY, THE_KEY)
    assert refused(rows, {"source_ref": "D"}) == "FACTS_NOT_ENCRYPTED"
    assert broken(bare) == {"encryption"}
    assert encrypt(bare) == (2, 1)
    assert NUMBER not in bytes_of(bare)
    assert WORDS not in bytes_of(bare)
    assert {version: tables(bare, version) for version in versions(bare)} == before
    assert broken(bare) == set()
    assert encrypt(bare) == ()
    assert rows({"source_ref": "D"}) == 3


def test_a_key_is_changed_by_way_of_the_one_before(store, key, monkeypatch):
    before = tables(store, 1), tables(store, 2)
    monkeypatch.setenv(KEY, a_key())
    held = everything(store)
    assert refused(encrypt, store) == "FACTS_KEY_MISSING"
    monkeypatch.setenv(KEY_BEFORE, a_key())
    assert refused(encrypt, store) == "FACTS_KEY_WRONG"
    assert everything(store) == held
    monkeypatch.setenv(KEY_BEFORE, key)
    assert encrypt(store) == (2, 1)
    monkeypatch.delenv(KEY_BEFORE)
    assert (tables(store, 1), tables(store, 2)) == before
    assert broken(store) == set()


def test_an_encryption_that_died_goes_on_where_it_stopped(bare, monkeypatch):
    monkeypatch.setenv(KEY, a_key())
    write = facts.encrypt
    monkeypatch.setattr(facts, "encrypt", lambda file, *to: 1 / 0 if "1" in file.stem else write(file, *to))
    with pytest.raises(ZeroDivisionError):
        encrypt(bare)
    assert [is_encrypted(version_file(bare, each)) for each in (1, 2)] == [False, True]
    assert broken(bare) == {"encryption"}
    monkeypatch.setattr(facts, "encrypt", write)
    assert encrypt(bare) == (1,)
    assert broken(bare) == set()


@pytest.mark.parametrize("nth", [1, 2])  # before the new file has its name, and after
def test_one_that_died_between_file_and_pointer_is_whole_and_is_ended_by_the_next(bare, nth, monkeypatch):
    monkeypatch.setenv(KEY, THE_KEY)
    point, times = stores.point, []

    def die(folder, to):
        times.append(to)
        point(folder, to) if len(times) < nth else None
        if len(times) == nth:
            raise LoadError("DIED", "It died.", "Again.")

    monkeypatch.setattr(stores, "point", die)
    assert refused(encrypt, bare) == "DIED"
    monkeypatch.setattr(stores, "point", point)
    assert is_encrypted(version_file(bare, 2)) == (nth == 2)
    assert broken(bare) == {"encryption"}
    assert encrypt(bare) == ((1,) if nth == 2 else (2, 1))
    assert [len(marks) for marks in stores.pointer(bare).marks.values()] == [1, 1]


def test_erasing_pruning_and_a_backup_keep_it_encrypted(store, tmp_path):
    assert erase(store, "E-1", None, "a court order", NOW).rewritten == (2, 1)
    backup(store, tmp_path / "b.tar", lambda _: False)
    restore(tmp_path / "b.tar", tmp_path / "r")
    assert prune(store, 1, ()) == (1,)
    for folder in (store, tmp_path / "r"):
        assert all(is_encrypted(version_file(folder, each)) for each in versions(folder))
        assert WORDS not in bytes_of(folder)
    assert WORDS not in (tmp_path / "b.tar").read_bytes()
    assert broken(store) == set()


def test_a_longer_list_of_codes_makes_the_version_anew_under_the_key(store, rows, monkeypatch):
    monkeypatch.setattr("etl.schema.outgrown", lambda _, lists: lists)
    assert rows({"source_ref": "N"}) == 3
    assert is_encrypted(version_file(store, 3))
    assert broken(store) == set()
