"""The reader's door: many at once, a store rebuilt under a running process, broken versions."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.access import Principal, local_user
from dashboard.database import open_current, open_store, versions
from dashboard.errors import StoreEmpty, StoreUnreadable
from dashboard.filters import Filters


@pytest.fixture
def store(sample_store, tmp_path):
    return shutil.copytree(sample_store, tmp_path / "store")


def test_no_parameter_of_a_statement_takes_the_place_of_the_scopes(sample_store):
    held = open_current(sample_store).select(Filters(), Principal("p", "planner", ("BD4041",)))
    wider = {"scope": ["BD4041", "BD4044"], "sees_all": True}
    assert set(held.ask("detections_by_district", **wider)["adm2"].to_pylist()) == {"BD4041"}
    assert held.ask("load_files", **wider).num_rows == 0


def count(opened):
    return opened.select(Filters(), local_user()).ask("totals", resolution=5)["n"][0].as_py()


def test_many_who_open_at_once_all_read(store):
    with ThreadPoolExecutor(8) as people:
        counts = list(people.map(lambda _: count(open_store(store, 1)), range(32)))
    assert len(set(counts)) == 1


def test_many_versions_are_open_side_by_side(store):
    first = open_store(store, 1)
    for number in range(2, 9):
        shutil.copy(store / "facts" / "v000001.duckdb", store / "facts" / f"v{number:06d}.duckdb")
        assert count(open_store(store, number)) == count(first)
    assert open_store(store, 1) is first


def test_a_store_that_was_rebuilt_in_place_is_read_anew(store, tmp_path):
    from datetime import date

    from etl import build

    before = count(open_current(store))
    shutil.rmtree(store)
    sheet = tmp_path / "one.csv"
    sheet.write_text("source_ref,event_type,date_start,adm2\nN-1,interception_inland,2026-11-20,BD4041\n")
    build.load([sheet], store, today=date(2026, 11, 24))
    assert count(open_current(store)) == 1 != before


def test_an_empty_folder_is_empty(tmp_path):
    with pytest.raises(StoreEmpty):
        versions(tmp_path)


@pytest.mark.parametrize("pointer", ["", "{", "[]", '{"current": "x", "published": []}', '{"published": [1]}'])
def test_a_broken_pointer_is_said(store, pointer):
    (store / "current.json").write_text(pointer)
    with pytest.raises(StoreUnreadable):
        versions(store)


def test_a_version_that_is_gone_or_no_database_is_said(store):
    (store / "current.json").write_text(json.dumps({"current": 2, "published": [1, 2]}))
    with pytest.raises(StoreUnreadable, match="not there"):
        open_current(store)
    (store / "facts" / "v000002.duckdb").write_bytes(b"no database")
    with pytest.raises(StoreUnreadable, match="cannot be opened"):
        open_current(store)
