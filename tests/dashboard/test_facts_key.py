"""An encrypted version on the dashboard's side: the same figures with its key, one plain refusal without."""

import base64
import os
import shutil
from pathlib import Path

import duckdb
import pytest

from dashboard import database, health
from dashboard.access import local_user
from dashboard.database import open_current
from dashboard.errors import StoreUnreadable
from dashboard.facts_key import KEY
from dashboard.filters import Filters
from dashboard.settings import settings
from etl.encrypt import encrypt

THE_KEY, OTHER = (base64.b64encode(each * 32).decode() for each in (b"k", b"w"))


@pytest.fixture(scope="module")
def encrypted(sample_store, tmp_path_factory):
    """The sample under a key."""
    folder = shutil.copytree(sample_store, tmp_path_factory.mktemp("encrypted") / "s")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, THE_KEY)
        assert encrypt(folder) == (1,)
    return folder


@pytest.fixture
def key(monkeypatch):
    """A process that has opened nothing yet, with the key."""
    monkeypatch.setattr(database, "_open", {})
    monkeypatch.setenv(KEY, THE_KEY)


def asked(folder, name, **bound):
    return open_current(folder).select(Filters(), local_user()).ask(name, **bound)


@pytest.mark.parametrize(("name", "bound"), [("kinds", {}), ("detections_by_district", {})])
def test_every_figure_is_that_of_the_facts_without_a_key(encrypted, sample_store, key, name, bound, tmp_path):
    bare = shutil.copytree(sample_store, tmp_path / "bare")  # the sample itself may be open elsewhere in this process
    assert asked(encrypted, name, **bound).equals(asked(bare, name, **bound))


def test_it_is_as_closed_as_the_facts_without_a_key(encrypted, key, tmp_path):
    cursor = open_current(encrypted)._cursor()
    for statement in (
        f"COPY (SELECT 1) TO '{tmp_path}/x'",
        f"ATTACH '{tmp_path}/x.duckdb' AS x",
        "FROM read_text('/etc/passwd')",
        "FROM read_text('https://127.0.0.1:9/x')",
        "SET enable_external_access = true",
        "DELETE FROM main.incident",
        "LOAD spatial",
    ):
        with pytest.raises(duckdb.Error):
            cursor.execute(statement)
    assert cursor.execute("SELECT count(*) FROM duckdb_settings() WHERE value = $key", {"key": THE_KEY}).fetchone() == (
        0,
    )


SPILT = "CREATE TEMP TABLE t AS SELECT repeat('a canary ', 20) || i AS x FROM range(500000) AS r(i)"


def test_what_spills_is_encrypted_and_is_refused_where_it_cannot_be(encrypted, key, monkeypatch):
    monkeypatch.setattr(database, "MEMORY", "60MB")
    cursor = open_current(encrypted)._cursor()
    cursor.execute(SPILT)
    spilt = b"".join(file.read_bytes() for file in Path(database._spill().name).iterdir())
    assert len(spilt) > 1_000_000
    assert b"a canary a canary" not in spilt
    database._open.popitem()[1].close()
    monkeypatch.setattr(database.extension, "file_of", lambda _: None)
    with pytest.raises(duckdb.Error, match="read-only crypto module"):
        open_current(encrypted)._cursor().execute(SPILT)


def test_reading_needs_no_extension(encrypted, key, monkeypatch):
    monkeypatch.setattr(database.extension, "file_of", lambda _: None)
    assert asked(encrypted, "kinds").num_rows > 0


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (None, "FACTS_KEY_MISSING"),
        (OTHER, "FACTS_KEY_WRONG"),
        ("", "FACTS_KEY_INVALID"),
        ("/no/file", "FACTS_KEY_INVALID"),
    ],
)
def test_without_the_right_key_it_says_which_variable_and_not_what_is_in_it(encrypted, key, told, code, monkeypatch):
    monkeypatch.setenv(KEY, told) if told is not None else monkeypatch.delenv(KEY)
    with pytest.raises(StoreUnreadable, match=KEY) as error:
        open_current(encrypted)
    assert error.value.code == code
    assert not told or told not in str(error.value)
    monkeypatch.setenv("SIMANTA_STORE", str(encrypted))
    settings.cache_clear()
    assert health.readiness() == (None, "unreadable")
    settings.cache_clear()


def test_the_key_may_lie_in_a_file(encrypted, key, monkeypatch, tmp_path):
    (tmp_path / "facts.key").write_text(f"{THE_KEY}\n")
    monkeypatch.setenv(KEY, os.fspath(tmp_path / "facts.key"))
    assert asked(encrypted, "kinds").num_rows > 0
