"""A load from files to a version: repeats, what is stored, crashes, two loaders, the report."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import date

import pytest

from etl import store as stores
from etl.build import load
from etl.errors import LoadError
from etl.facts import opened
from etl.invented import write_invented
from etl.records import parted
from etl.schema import SCHEMA_VERSION
from etl.store import current, pointer, rollback, versions
from etl.verdict import VERDICTS

TODAY = date(2026, 11, 24)
DAY = {"early": "2026-03-05", "late": "2026-03-12"}


@pytest.fixture(params=["files", "lake"])
def kind(request, tmp_path):
    """The promise holds of a store of files and of a shared one: the folder of the test is one of the two."""
    if request.param == "lake":
        request.getfixturevalue("postgres").made_shared(tmp_path / "s")
    return request.param


def verdicts(report):
    return {name: n for name, n in report.as_dict().items() if name in VERDICTS and n}


@contextmanager
def shown(store, version):
    """A version as it is kept: a file, or a snapshot of the lake and no copy of one."""
    with opened(store, version, is_copy_enough=False) as facts:
        yield facts._con


def stored(store):
    with shown(store, current(store)) as con:
        return con.execute("SELECT persons, report_date::VARCHAR FROM incident ORDER BY ALL").fetchall()


def test_the_same_file_again_is_unchanged(sheet, tmp_path):
    file = sheet("a.csv", {"source_ref": "A"}, {"source_ref": "B"})
    assert verdicts(load([file], tmp_path / "s", today=TODAY)) == {"loaded": 2}
    again = load([file], tmp_path / "s", today=TODAY)
    assert (verdicts(again), again.version, again.previous_version) == ({"unchanged": 2}, 2, 1)


def test_equal_rows_of_one_load_are_duplicates(sheet, tmp_path):
    file = sheet("a.csv", {"source_ref": "A"}, {"source_ref": "A"}, {"source_ref": "A"})
    assert verdicts(load([file], tmp_path / "s", today=TODAY)) == {"loaded": 1, "duplicate": 2}
    assert verdicts(load([file], tmp_path / "s", today=TODAY)) == {"unchanged": 3}


def test_a_corrected_re_send_in_one_load_supersedes_by_report_date(sheet, tmp_path):
    late, early = ({"persons": n, "report_date": DAY[d]} for n, d in (("3", "late"), ("2", "early")))
    file = sheet("a.csv", late, early, late)  # two contents: one loaded, one superseded, and one repeat
    report = load([file], tmp_path / "s", today=TODAY)
    assert verdicts(report) == {"loaded": 1, "superseded": 1, "duplicate": 1}
    assert stored(tmp_path / "s") == [(3, DAY["late"])]
    assert verdicts(load([file], tmp_path / "s", today=TODAY)) == {"unchanged": 3}


@pytest.mark.usefixtures("kind")
def test_a_corrected_re_send_in_a_later_load_supersedes(sheet, tmp_path):
    load([sheet("a.csv", {"persons": "2", "report_date": DAY["early"]})], tmp_path / "s", today=TODAY)
    second = sheet("b.csv", {"persons": "3", "report_date": DAY["late"]})
    assert verdicts(load([second], tmp_path / "s", today=TODAY)) == {"superseded": 1}
    assert stored(tmp_path / "s") == [(3, DAY["late"])]
    first = sheet("c.csv", {"persons": "2", "report_date": DAY["early"]})
    report = load([first], tmp_path / "s", today=TODAY)
    assert report.files[0].rules == {"older_than_stored": 1}
    assert stored(tmp_path / "s") == [(3, DAY["late"])]


@pytest.mark.parametrize("days", [(None, None), ("2026-03-05", "2026-03-05"), ("2026-03-05", None)])
def test_rows_that_differ_with_none_later_are_all_quarantined(days, sheet, tmp_path):
    rows = [{"persons": str(n), "report_date": day} for n, day in enumerate(days, 1)]
    report = load([sheet("a.csv", *rows, {"source_ref": "B"})], tmp_path / "s", today=TODAY)
    assert verdicts(report) == {"loaded": 1, "quarantined": 2}
    assert report.files[0].rules == {"reference_conflict": 2}
    assert [(each.row, each.field) for each in report.refused] == [(2, "report_date"), (3, "report_date")]


def test_a_repeat_across_two_files_of_a_load_is_accounted_to_its_own_file(sheet, tmp_path):
    report = load([sheet("a.csv", {}), sheet("b.csv", {})], tmp_path / "s", today=TODAY)
    assert [(file.loaded, file.duplicate) for file in report.files] == [(1, 0), (0, 1)]


def test_a_version_holds_what_the_contract_says(sheet, tmp_path):
    report = load(
        [sheet("a.csv", {"adm2": "Jashore"}, {"date_start": "2026-02-31", "source_ref": "Zq-7"})],
        tmp_path / "s",
        today=TODAY,
        note="n",
    )
    told = json.loads((tmp_path / "s" / "current.json").read_text())
    assert (told["current"], told["published"], told["last"]) == (1, [1], 1)
    assert sorted(each.name for each in (tmp_path / "s").rglob("*") if each.is_file()) == [
        "current.json",
        "lock",
        "v000001.duckdb",
    ]
    key = tmp_path / "s.keys" / "pseudonym.key"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o777) == (32, 0o600)
    with shown(tmp_path / "s", 1) as con:
        assert con.execute("SELECT version, schema_version, note FROM version").fetchall() == [(1, SCHEMA_VERSION, "n")]
        counts = con.execute("SELECT file, rows_in, loaded, quarantined FROM load_file").fetchall()
        assert counts == [("a.csv", 2, 1, 1)]
        kept = con.execute("SELECT kept FROM quarantine").fetchone()[0]
        assert {"adm2": "BD4041", "source_ref": "<text:4>"}.items() <= parted(kept).items()
        for table, most in (("district", 64), ("code", 60), ("crossing", 66), ("study_cell", 30_000)):
            assert con.execute(f"SELECT count(*) >= {most} FROM published.{table}").fetchone() == (True,)  # noqa: S608
        assert con.execute("SELECT count(DISTINCT adm2) FROM study_cell WHERE resolution = 7").fetchone() == (64,)
    assert report.as_dict()["files"][0]["mapping"] is None
    assert "refused" not in report.as_dict()


@pytest.mark.usefixtures("kind")
def test_a_dry_run_counts_and_changes_nothing(sheet, tmp_path):
    file = sheet("a.csv", {}, {"source_ref": "B", "date_start": ""})
    report = load([file], tmp_path / "s", today=TODAY, dry_run=True)
    assert (report.version, report.dry_run, verdicts(report)) == (None, True, {"loaded": 1, "quarantined": 1})
    assert versions(tmp_path / "s") == ()
    assert list((tmp_path / "s" / "facts").iterdir()) == []
    assert not (tmp_path / "s.keys").exists()


@pytest.mark.usefixtures("kind")
def test_no_rows_no_version(sheet, tmp_path):
    load([sheet("a.csv", {})], tmp_path / "s", today=TODAY)
    (tmp_path / "b.csv").write_text("source_ref,event_type,date_start,adm2\n")
    report = load([tmp_path / "b.csv"], tmp_path / "s", today=TODAY)
    assert (report.version, report.previous_version, versions(tmp_path / "s")) == (1, 1, (1,))
    assert [warning.code for warning in report.files[0].warnings] == ["NO_ROWS"]


@pytest.mark.usefixtures("kind")
def test_rollback_moves_the_pointer_and_numbers_only_rise(sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {})], store, today=TODAY)
    load([sheet("b.csv", {"source_ref": "B"})], store, today=TODAY)
    rollback(store, 1)
    assert (current(store), versions(store), len(stored(store))) == (1, (1, 2), 1)
    assert load([sheet("b.csv", {"source_ref": "B"})], store, today=TODAY).version == 3
    with pytest.raises(LoadError, match="not published"):
        rollback(store, 9)


def test_a_store_whose_key_is_lost_refuses(sheet, tmp_path):
    load([sheet("a.csv", {})], tmp_path / "s", today=TODAY)
    (tmp_path / "s.keys" / "pseudonym.key").unlink()
    with pytest.raises(LoadError) as refused:
        load([sheet("a.csv", {})], tmp_path / "s", today=TODAY)
    assert refused.value.code == "KEY_MISSING"


@pytest.mark.usefixtures("kind")
def test_a_second_loader_is_told_that_one_is_running(sheet, tmp_path):
    file = sheet("a.csv", {})
    with stores.locked(tmp_path / "s"), pytest.raises(LoadError) as refused:
        load([file], tmp_path / "s", today=TODAY)
    assert (refused.value.code, refused.value.exit_code) == ("BUSY", 3)
    assert load([file], tmp_path / "s", today=TODAY).version == 1


def test_a_file_that_changes_while_it_is_read_is_refused(sheet, tmp_path):
    file = sheet("a.csv", {})

    def touch(stage, _rows):
        if stage == "read":
            file.write_text(file.read_text() + "\n")

    with pytest.raises(LoadError) as refused:
        load([file], tmp_path / "s", today=TODAY, progress=touch)
    assert refused.value.code == "FILE_CHANGED"
    assert versions(tmp_path / "s") == ()


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from etl import build, publish, store as stores
point, file, store = sys.argv[1:]
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
if point == "point":
    stores.point = die
elif point == "rename":
    rename = Path.rename
    Path.rename = lambda self, to: die() if self.name.endswith("duckdb.part") else rename(self, to)
else:
    setattr(publish.Publication, point, die)
build.load([Path(file)], Path(store), today=date(2026, 11, 24))
"""


@pytest.mark.parametrize("point", ["judge", "_refresh", "_check", "rename", "point"])
def test_kill_9_at_any_point_leaves_the_old_version_and_the_next_load_works(point, sheet, tmp_path):
    store = tmp_path / "s"
    load([sheet("a.csv", {})], store, today=TODAY)
    second = sheet("b.csv", {"source_ref": "B"})
    died = subprocess.run(
        [sys.executable, "-c", KILLED, point, second, store],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert (pointer(store).published, len(stored(store))) == ((1,), 1)
    assert load([second], store, today=TODAY).version == 2
    assert len(stored(store)) == 2
    assert sorted(each.name for each in (store / "facts").iterdir()) == ["v000001.duckdb", "v000002.duckdb"]


def test_invented_rows_load_whole_and_are_the_same_each_time(tmp_path):
    for name in ("a.csv", "b.csv"):
        write_invented(tmp_path / name, rows=1_500, seed=7, until=date(2026, 11, 22))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    report = load([tmp_path / "a.csv"], tmp_path / "s", today=TODAY)
    assert verdicts(report) == {"loaded": 1_500}
    with shown(tmp_path / "s", 1) as con:
        assert con.execute("SELECT DISTINCT is_invented FROM incident").fetchall() == [(True,)]
        weekly = (
            "SELECT count(*) FILTER (date_start > DATE '2026-08-30') / 12.0 "
            "> {} * (count(*) FILTER (date_start <= DATE '2026-08-30') / 92.0) FROM incident WHERE crossing = '{}'"
        )
        assert con.execute(weekly.format(1.4, "x-maheshpur")).fetchone() == (True,)
        assert con.execute(weekly.format(0.7, "x-putkhali")).fetchone() == (False,)


@pytest.mark.usefixtures("kind")
def test_how_names_of_places_were_read_is_kept_with_its_file(sheet, tmp_path):
    rows = [
        {"source_ref": f"T-{n}", "adm2": name} for n, name in enumerate(["Jessore", "Jessore", "Jashoree", "Jashore"])
    ]
    load([sheet("a.csv", *rows)], tmp_path / "s", today=TODAY)
    with shown(tmp_path / "s", 1) as con:
        assert con.execute("SELECT * EXCLUDE (incident_ids) FROM place_log ORDER BY typed").fetchall() == [
            (1, "a.csv", "adm2", "Jashoree", "BD4041", "fuzzy", 0.875, 1),
            (1, "a.csv", "adm2", "Jessore", "BD4041", "alias", 1.0, 2),
        ]
        segments, crossings = con.execute(
            "SELECT (SELECT count(*) FROM border_segment), count(border_segment) FROM crossing"
        ).fetchone()
        assert (segments, crossings) == (876, 63)
