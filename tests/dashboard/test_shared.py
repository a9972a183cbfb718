"""A shared store as who reads it sees it: the same answers, a closed connection, one ledger, and words for trouble."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard import audit, database, health, ledger, shared, snapshots
from dashboard.access import Principal, local_user
from dashboard.errors import SimantaError, StoreEmpty, StoreUnreadable
from dashboard.filters import Filters
from dashboard.pages import MENU
from dashboard.settings import Settings


@pytest.fixture(scope="module")
def lake(sample_store, postgres, tmp_path_factory):
    """The sample's store, moved into a lake."""
    from etl.migrate import migrate

    folder = postgres.made_shared(tmp_path_factory.mktemp("lake") / "s")
    migrate(sample_store, folder, lambda: None)
    return folder


@pytest.fixture
def empty(postgres, tmp_path):
    return postgres.made_shared(tmp_path / "s")


def altered(folder, statement):
    with psycopg.connect(shared.shared(folder).catalogue, autocommit=True) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("page", MENU, ids=lambda page: page.name)
def test_a_page_answers_the_same_from_a_lake_as_from_a_file(page, lake, sample_store):
    who = Principal("p", "planner", ("BD4041", "BD4044", "BD2022"))
    here, there = (database.open_current(folder).select(Filters(), who) for folder in (sample_store, lake))
    assert page.answer(there) == page.answer(here)


@pytest.mark.parametrize(
    "link",
    [
        {"label": ["TIP"]},
        {"from": ["2026-06-01"], "to": ["2026-09-30"]},
        {"d": ["BD4041"], "prec": ["4"]},
        {"d": ["BD4041", "BD4044"], "label": ["SOM", "TIP"]},
    ],
)
def test_a_filter_chooses_the_same_records_in_both(link, lake, sample_store):
    for name, more in (("kinds", {}), ("detections_by_district", {})):
        here, there = (
            database.open_current(folder).select(Filters.from_link(link), local_user()).ask(name, **more)
            for folder in (sample_store, lake)
        )
        assert there == here
        assert here.num_rows


REFUSED = (
    "COPY (SELECT 1) TO '/tmp/simanta-out.csv'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "ATTACH 'dbname=postgres' AS more (TYPE postgres)",
    "ATTACH '/tmp/simanta-more.duckdb' AS more",
    "DELETE FROM lake.incident",
    "DELETE FROM __ducklake_metadata_lake.ducklake.ducklake_snapshot WHERE false",
    "SET enable_external_access = true",
    "INSTALL httpfs",
    "LOAD httpfs",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_who_reads_can_reach_nothing_else(statement, lake):
    with pytest.raises(
        duckdb.Error, match=r"(?i)disabled|read-only|cannot (change|modify)|locked|not found|permission"
    ):
        database.open_current(lake)._connection.cursor().execute(statement)


def test_many_who_open_at_once_all_read(lake):
    def count(_):
        opened = database.open_current(lake)
        return opened._rows("SELECT count(*) AS n FROM published.incident", {})["n"][0].as_py()

    with ThreadPoolExecutor(8) as people:
        assert len(set(people.map(count, range(16)))) == 1


def test_a_store_in_which_nothing_was_published_is_empty(empty):
    with pytest.raises(StoreEmpty):
        database.open_current(empty)


def test_a_catalogue_of_another_release_is_said(lake):
    altered(lake, "UPDATE simanta.store SET format = 2")
    with pytest.raises(StoreUnreadable, match="another release"):
        database.versions(lake)
    altered(lake, "UPDATE simanta.store SET format = 1")
    assert database.versions(lake) == (1, frozenset({1}))


def test_a_file_that_went_is_said_and_not_shown_as_nothing(lake, postgres, tmp_path):
    where = shared.shared(lake)
    bare = postgres.made_shared(tmp_path / "s", where.catalogue, tmp_path / "bare")
    shutil.copytree(where.data, tmp_path / "bare", dirs_exist_ok=True)
    opened = database.open_current(bare)
    shutil.rmtree(tmp_path / "bare" / "main" / "incident")
    with pytest.raises(StoreUnreadable, match="cannot be read any more"):
        opened.select(Filters(), local_user()).ask("detections_by_district")


def test_a_file_that_was_cut_is_said_each_time_and_is_read_again_once_it_is_put_back(lake, postgres, tmp_path):
    where = shared.shared(lake)
    bare = postgres.made_shared(tmp_path / "s", where.catalogue, tmp_path / "bare")
    shutil.copytree(where.data, tmp_path / "bare", dirs_exist_ok=True)
    database.open_current(bare)
    (file,) = (tmp_path / "bare" / "main" / "incident").glob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    for name in ("detections_by_district", "extent", "detections_by_district"):
        with pytest.raises(StoreUnreadable):
            database.open_current(bare).select(Filters(), local_user()).ask(name)
    file.write_bytes(whole)
    told = [database.open_current(each).select(Filters(), local_user()).ask("extent") for each in (bare, lake)]
    assert told[0].equals(told[1])


def test_a_catalogue_that_stops_is_said_and_comes_back_by_itself(tmp_path, sample_store):
    from etl.migrate import migrate
    from tests import postgres as servers

    with servers.running() as server:
        folder = server.made_shared(tmp_path / "s")
        migrate(sample_store, folder, lambda: None)
        audit.by_command(ledger.open_ledger(folder), "load", "v000001")
        before = database.open_current(folder)
        server.stop()
        with pytest.raises(StoreUnreadable, match="catalogue of the store cannot be reached"):
            database.versions(folder)
        with pytest.raises(SimantaError):
            audit.by_command(ledger.open_ledger(folder), "ask", "v000001")
        with pytest.raises(StoreUnreadable):
            before.select(Filters(), local_user()).ask("detections_by_district")
        server.start()
        assert database.open_current(folder).select(Filters(), local_user()).ask("detections_by_district").num_rows
        assert audit.verify(ledger.open_ledger(folder)).n == 1


def test_the_audit_is_only_added_to_by_anybody_on_any_host(empty):
    book = ledger.open_ledger(empty)
    assert audit.lines(book) == []
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda n: audit.by_command(book, "ask", f"v{n:06d}", filters={"d": ["BD4041"]}), range(24)))
    assert audit.verify(book).why == "24 lines, whole"
    for statement in ("UPDATE audit SET at = 'x'", "DELETE FROM audit_question", "TRUNCATE audit"):
        with pytest.raises(DBAPIError, match="only added to"), book.begin() as connection:
            connection.execute(text(statement))
    assert audit.verify(book).n == 24


def test_what_was_altered_past_its_guard_is_found(empty):
    book = ledger.open_ledger(empty)
    for n in range(3):
        audit.by_command(book, "ask", f"v{n:06d}")
    altered(empty, "ALTER TABLE simanta_ledger.audit DISABLE TRIGGER ALL")
    altered(empty, "UPDATE simanta_ledger.audit SET subject = 'x' WHERE seq = 2")
    assert audit.verify(book).broken_at == 2


def test_a_ledger_is_moved_there_and_back_and_goes_on(empty, tmp_path):
    first = ledger.open_ledger(tmp_path / "files")
    said = {
        "at": "x",
        "subject": "s",
        "role": "r",
        "scope": "all",
        "about": "a",
        "version": 1,
        "rule": "r",
        "part": "p",
    }
    for verdict in ("agree", "doubt"):
        ledger.keep_judgement(
            first, {**said, "said": None, "verdict": verdict}, audit.beside(audit.at_terminal("judge"))
        )
    ledger.keep_view(first, {"owner": "s", "name": "v", "page": "p", "link": "d=BD4041", "saved_at": "x"})

    def moved(here, there):
        guarded = ledger.JUDGED, ledger.only_added_to(ledger.JUDGEMENT)
        for tables, further in ((ledger.METADATA, ()), guarded, (audit.METADATA, audit.KEPT)):
            ledger.moved(here, there, tables, further)

    book = ledger.open_ledger(empty)
    moved(first, book)
    ledger.keep_judgement(book, {**said, "said": "no", "verdict": "agree"}, audit.beside(audit.at_terminal("judge")))
    assert [each["seq"] for each in ledger.list_judgements(book, "all", "a")] == [1, 2, 3]
    with pytest.raises(SimantaError, match="has a ledger already"):
        moved(first, book)
    moved(book, ledger.open_ledger(tmp_path / "back"))
    for opened in (book, ledger.open_ledger(tmp_path / "back")):
        assert audit.verify(opened).why == "3 lines, whole"
        assert ledger.list_views(opened, "s")[0]["link"] == "d=BD4041"


def test_a_snapshot_pins_its_version_in_a_lake(lake):
    from dashboard.answers import overview

    book = ledger.open_ledger(lake)
    assert snapshots.pinned_versions(book) == frozenset()
    answer = overview.answer(database.open_current(lake).select(Filters(), local_user()))
    snapshots.freeze(book, "overview", answer, "0.1.0", datetime.now(UTC))
    assert snapshots.pinned_versions(book) == {1}


NAME = "ducklake:postgres:dbname=x host=/run/pg user=u;data=/srv/lake;local={}"


def test_the_name_of_a_shared_store_is_read_wherever_a_store_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMANTA_STORE", NAME.format(tmp_path / "here"))
    assert Settings().store == tmp_path / "here"
    told = shared.shared(tmp_path / "here")
    assert re.search("dbname=x.*host=/run/pg", told.catalogue)
    assert str(told.data) == "/srv/lake"
    assert shared.folder_of("data/store").parts == ("data", "store")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ducklake:postgres:dbname=x", "cannot be read"),
        ("ducklake:postgres:dbname=x;data=srv/lake", "cannot be read"),
        ("ducklake:postgres:dbname=x;data=/srv;keys=/x", "cannot be read"),
        ("ducklake:postgres:nonsense;data=/srv", "cannot be read"),
        ("ducklake:postgres:dbname=x password=hush;data=/srv", "holds a password"),
        ("ducklake:postgres:postgresql://u:hush@h/x;data=/srv", "holds a password"),
        ("ducklake:postgres:dbname=x sslpassword=hush;data=/srv", "holds a password"),
    ],
)
def test_a_name_that_cannot_be_is_said_and_no_secret_with_it(name, why):
    with pytest.raises(SimantaError, match=why) as refused:
        shared.folder_of(name)
    assert "hush" not in str(refused.value)


def test_a_folder_that_is_a_store_of_files_is_not_made_a_shared_one(tmp_path):
    (tmp_path / "current.json").write_text("{}")
    with pytest.raises(SimantaError, match="store of files already"):
        shared.folder_of(NAME.format(tmp_path))
    assert not (tmp_path / "shared.json").exists()


def test_readiness_says_a_word_where_the_catalogue_is_gone(tmp_path, monkeypatch):
    (tmp_path / "shared.json").write_text(json.dumps({"catalogue": f"host={tmp_path} dbname=x", "data": "/srv"}))
    monkeypatch.setattr(health, "settings", lambda: type("Told", (), {"store": tmp_path}))
    assert health.readiness() == (None, "unreadable")
