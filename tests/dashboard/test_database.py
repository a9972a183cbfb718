"""The reader's door: many at once, a store rebuilt under a running process, broken versions."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.access import Principal, local_user
from dashboard.database import LATEST, open_current, open_store, versions
from dashboard.errors import StoreEmpty, StoreUnreadable
from dashboard.figures.period import observed
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
    return sum(opened.select(Filters(), local_user()).ask("kinds")["n"].to_pylist())


def test_codes_add_up_and_one_that_nobody_knows_hides_none_of_the_others(sample_store):
    def n(facet, *codes):
        chosen = open_current(sample_store).select(Filters(choices={facet: codes}), local_user())
        return sum(chosen.ask("kinds")["n"].to_pylist())

    for facet, one, other in (("d", "BD4041", "BD4044"), ("label", "SOM", "TIP"), ("agency", "bgb", "police")):
        assert n(facet, one, other) == n(facet, one) + n(facet, other) > n(facet, one) > 0
        assert n(facet, one, other, "x' OR true --") == n(facet, one, other)
        assert n(facet, "x' OR true --") == n(facet, "no_such", "nor_this") == 0


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


def test_of_many_versions_only_those_that_somebody_reads_and_the_latest_stay_open(store):
    read = open_store(store, 1)
    for number in range(2, 12):
        shutil.copy(store / "facts" / "v000001.duckdb", store / "facts" / f"v{number:06d}.duckdb")
        observed(open_store(store, number), local_user())  # what is worked out of a version keeps none open
    held = {Path(os.path.realpath(each)) for each in Path("/proc/self/fd").iterdir()}
    open_now = sorted(int(file.stem[1:]) for file in held if file.parent == (store / "facts").resolve())
    assert open_now == [1, *range(12 - LATEST, 12)]
    assert count(read) == count(open_store(store, 2))


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


def test_what_was_told_is_told_again_to_the_same_question_of_the_same_scope_alone(sample_store, monkeypatch):
    opened = open_current(sample_store)
    run, rows = [], type(opened)._rows
    monkeypatch.setattr(type(opened), "_rows", lambda self, sql, bound: run.append(sql) or rows(self, sql, bound))

    def jashore(filters, *districts):
        held = opened.select(filters, Principal("p", "planner", districts))
        return sum(held.ask("kinds")["n"].to_pylist())

    one = Filters(choices={"label": ("SOM",)})  # asked by no other test
    first, again = jashore(one, "BD4041"), jashore(one, "BD4041")
    assert (first, len(run)) == (again, 1)
    assert jashore(one, "BD4041", "BD4044") > first
    assert jashore(Filters(choices={"label": ("SOM",)}, precision=6), "BD4041") <= first
    assert len(run) == 3


def test_no_more_answers_are_kept_than_is_said(sample_store, monkeypatch):
    monkeypatch.setattr("dashboard.database.MOST_ANSWERS", 3)
    opened = open_current(sample_store)
    opened._answers.clear()
    held = opened.select(Filters(), local_user())
    for name in ("kinds", "extent", "legs_known", "detections_by_day", "detections_by_label"):
        held.ask(name)
    assert len(opened._answers) == 3
    monkeypatch.setattr("dashboard.database.MOST_BYTES", 0)
    opened._answers.clear()
    held.ask("kinds")
    assert opened._answers == {}
