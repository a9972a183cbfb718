"""What a person typed wrong is named, and is never answered as something else."""

import io
import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dashboard import audit, ledger
from dashboard.errors import SimantaError
from dashboard.settings import settings
from tests.dashboard.cli.test_cli import simanta

SHEET = "source_ref,event_type,date_start,adm2\nA-1,interception_inland,2026-03-02,BD4041\n"
PROXY = {"adapter": "proxy", "proxy_secret": "s3cret-0123456789-abcdefghijklmnop"}


def code_of(told):
    return json.loads(told.stdout)["error"]["code"]


def lines_of(store):
    return [(line.action, line.object, line.outcome) for line in audit.lines(ledger.open_ledger(store))]


@pytest.fixture
def book(tmp_path):
    """A store of which the audit has three lines: at 16:59, 17:00 and 17:01 UTC of 30 November."""
    opened = ledger.open_ledger(tmp_path)
    for minute, hour in ((59, 16), (0, 17), (1, 17)):
        deed = audit.Deed("p", "auditor", "here", "open", f"at {hour}:{minute:02}")
        audit.record(opened, deed, datetime(2026, 11, 30, hour, minute, tzinfo=UTC))
    return tmp_path


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2026-11-30", "at 16:59"),
        ("2026-11-30T17:00", "at 17:00"),
        ("2026-11-30T17:00:00Z", "at 17:00"),
        ("2026-11-30T23:00:00+06:00", "at 17:00"),
        ("2026-11-30 17:01", "at 17:01"),
    ],
)
def test_an_audit_since_a_day_or_a_moment_of_any_zone_begins_there(book, since, first):
    told = simanta("audit", "--user", "p", "--since", since, "--store", book, "--json")
    assert json.loads(told.stdout)["lines"][-1]["object"] == first


@pytest.mark.parametrize("since", ["yesterday", "30/11/2026", "2026-11-31", ""])
def test_an_audit_since_no_day_is_exit_2_and_says_what_to_write(book, since):
    told = simanta("audit", "--since", since, "--store", book, "--json")
    assert (told.returncode, told.stdout) == (2, "")
    assert "2026-11-30T17:00" in told.stderr


def test_a_file_in_a_folder_that_is_not_there_is_said_so(sample_store, tmp_path):
    for words in (("export", "--out", tmp_path / "no" / "a.csv"), ("brief", "--out", tmp_path / "no" / "a.pdf")):
        told = simanta(*words, "--store", sample_store, "--json")
        assert (told.returncode, code_of(told)) == (1, "OUTPUT_UNWRITABLE")
    assert not (tmp_path / "no").exists()


def test_a_brief_is_written_under_its_own_ending_alone(sample_store, tmp_path):
    assert simanta("brief", "--store", sample_store, "--out", tmp_path / "b.txt").returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_for_a_role_or_a_district_that_there_is_not_is_none(sample_store):
    asked = ("snapshot", "create", "--store", sample_store, "--json")
    before = ledger.list_snapshots(ledger.open_ledger(sample_store))
    assert code_of(simanta(*asked, "--role", "planner", "--role", "wizard")) == "ROLE_UNKNOWN"
    assert code_of(simanta(*asked, "--of", "BD9999")) == "DISTRICT_UNKNOWN"
    assert ledger.list_snapshots(ledger.open_ledger(sample_store)) == before
    made = json.loads(simanta(*asked, "--role", "planner", "--of", "Jashore", "--of", "BD4087").stdout)
    book = ledger.open_ledger(sample_store)
    terms = json.loads(ledger.find_snapshot(book, made["id"])[1]["head"][1])["terms"]["audience"]
    assert (terms["roles"], terms["districts"]) == (["planner"], ["BD4041", "BD4087"])


@pytest.mark.parametrize(
    "link",
    ["http://127.0.0.1:8501/overview?d=BD4041&label=TIP&lang=bn", "?d=BD4041&label=TIP#map", "d=BD4041&label=TIP"],
)
def test_a_link_counts_whole_wherever_it_was_cut(sample_store, link):
    told = json.loads(simanta("overview", "--store", sample_store, "--filters", link, "--json").stdout)
    assert (told["filters"]["d"], told["filters"]["label"]) == (["BD4041"], ["TIP"])


@pytest.mark.parametrize("part", ["d=Atlantis", "colour=red", "from=soon", "prec=9", "d=", "label", "/overview"])
def test_a_part_of_a_link_that_is_not_understood_is_named_and_nothing_is_answered(sample_store, part):
    told = simanta("overview", "--store", sample_store, "--filters", f"d=BD4041&{part}", "--json")
    assert (told.returncode, code_of(told)) == (1, "FILTER_UNKNOWN")
    assert part.split("=")[0] in json.loads(told.stdout)["error"]["message"]


def test_a_page_that_tells_others_nothing_says_so_by_every_command(sample_store, tmp_path):
    said = [
        json.loads(simanta(*words, "--for", "outside", "--store", sample_store, "--json").stdout)["error"]["message"]
        for words in (("trails",), ("export", "--page", "trails", "--out", tmp_path / "x.csv"))
    ]
    assert said == ["What trails tells cannot be given to others without small counts."] * 2


def test_a_folder_and_what_comes_in_are_inspected_as_they_are_loaded(tmp_path, monkeypatch):
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    (sheets / "a.csv").write_text(SHEET, encoding="utf-8")
    (sheets / "b.csv").write_text("district,male\nJessore,1\n", encoding="utf-8")
    told = simanta("inspect", sheets, "--json")
    assert [each["file"] for each in json.loads(told.stdout)["files"]] == ["a.csv", "b.csv"]
    assert told.returncode == 1  # of the second
    assert simanta("inspect", sheets, "--propose-mapping").returncode == 2
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SHEET.encode())))
    told = simanta("inspect", "-", "--json")
    assert (told.returncode, json.loads(told.stdout)["tables"][0]["rows_looked_at"]) == (0, 1)


@pytest.fixture
def signed_in(monkeypatch):
    """A function that gives this account of the machine a grant, or none, where people sign in."""

    def granted(**grant):
        people = {f"os:{audit.account()}": grant} if grant else {}
        monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(PROXY | {"people": people}))
        settings.cache_clear()

    yield granted
    settings.cache_clear()


@pytest.fixture
def loaded(tmp_path):
    """A store with one refused row."""
    (tmp_path / "a.csv").write_text(SHEET + "A-2,interception_inland,2026-02-31,BD4041\n", encoding="utf-8")
    assert simanta("load", tmp_path / "a.csv", "--store", tmp_path / "s").returncode == 0
    return tmp_path / "s"


@pytest.mark.parametrize(
    ("grant", "is_shown"),
    [
        ({}, False),
        ({"role": "auditor", "districts": "all"}, False),
        ({"role": "data_officer", "districts": ["BD4041"]}, False),
        ({"role": "data_officer", "districts": "all"}, True),
    ],
)
def test_refused_rows_are_read_by_who_sees_every_district_and_that_they_were_is_a_line(
    loaded, tmp_path, signed_in, grant, is_shown
):
    signed_in(**grant)
    for words, action in ((("list",), "open"), (("export", tmp_path / "open.xlsx"), "export")):
        told = simanta("quarantine", *words, "--store", loaded)
        assert (told.returncode == 0) == is_shown, told.stderr
        done = [action, "refused rows", "done"]
        last = list(lines_of(loaded)[0])
        assert last == done if is_shown else (last[0] == "denied" and last[2] in ("NO_ROLE", "ROLE"))
    assert (tmp_path / "open.xlsx").exists() == is_shown


def test_a_new_key_is_a_line_and_showing_it_is_none(loaded):
    simanta("snapshot", "key", "--store", loaded)
    told = json.loads(simanta("snapshot", "key", "--rotate", "--store", loaded, "--json").stdout)
    simanta("snapshot", "key", "--store", loaded)
    first, second = (each["key_id"] for each in told["keys"])
    assert [line[1] for line in lines_of(loaded) if line[0] == "key"] == [f"rotate {second}", f"rotate {first}"]


def test_who_may_write_the_stores_folder_loads_and_keeps_it_and_each_deed_is_a_line(loaded, tmp_path, signed_in):
    signed_in()
    for words in (
        ("load", tmp_path / "a.csv"),
        ("rollback", 1),
        ("prune", "--keep", 1),
        ("erase", "--source-ref", "A-1", "--reason", "court order"),
        ("snapshot", "key", "--rotate"),
    ):
        assert simanta(*words, "--store", loaded).returncode == 0
    assert [line[0] for line in lines_of(loaded)][:5] == ["key", "erase", "prune", "rollback", "load"]
    assert {line[2] for line in lines_of(loaded)[:5]} == {"done"}


def test_a_refusal_is_one_json_object_also_where_the_full_disk_takes_no_line_of_the_audit(tmp_path, monkeypatch):
    def full(*_):
        raise SimantaError(*audit.UNWRITABLE)

    monkeypatch.setattr(audit, "record", full)
    sheet = tmp_path / "a.csv"
    sheet.write_text("not a sheet", encoding="utf-8")
    (tmp_path / "store").mkdir()
    told = simanta("load", sheet, "--store", tmp_path / "store", "--json")
    assert (json.loads(told.stdout)["error"]["file"], told.returncode) == ("a.csv", 1)
