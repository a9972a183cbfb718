"""The command as a person and a script meet it: exit codes, JSON on standard output, sentences on the other."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from typer.main import get_command

from dashboard import audit, ledger
from dashboard.cli import HOME, commands, main, snapshot
from dashboard.cli.handout import PAGES
from dashboard.pages import BY_NAME
from dashboard.settings import settings

GOOD = """source_ref,event_type,date_start,adm2
A-1,interception_inland,2026-03-02,BD4041
A-2,interception_inland,2026-03-03,যশোর
"""


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str


def simanta(*words) -> Told:
    """The command in this process: starting a new one each time would take most of the test's time."""
    answer, talk, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["simanta", *map(str, words)]
    try:
        with redirect_stdout(answer), redirect_stderr(talk):
            main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.argv = before
    return Told(code, answer.getvalue(), talk.getvalue())


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "patrol.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_load_reports_itself_as_one_json_object(sheet, tmp_path):
    told = json.loads(simanta("load", sheet, "--store", tmp_path / "store", "--json").stdout)
    assert (told["version"], told["previous_version"], told["rows_in"]) == (1, None, 2)
    parts = ("loaded", "unchanged", "superseded", "duplicate", "quarantined")
    assert told["rows_in"] == sum(told[part] for part in parts) == told["loaded"]
    (file,) = told["files"]
    assert file["precision"]["5"] == 2
    assert {"sha256", "source", "rules", "mapping", "warnings"} <= set(file)
    again = json.loads(simanta("load", sheet, "--store", tmp_path / "store", "--json").stdout)
    assert (again["version"], again["unchanged"]) == (2, 2)


def test_a_dry_run_publishes_nothing(sheet, tmp_path):
    told = simanta("load", sheet, "--store", tmp_path / "store", "--dry-run", "--json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["loaded"] == 2
    assert not (tmp_path / "store" / "current.json").exists()
    assert list((tmp_path / "store").rglob("*.duckdb*")) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\x89PNG\r\n\x1a\n0000", "WRONG_TYPE"),
        (b"source_ref,event_type\nA-1,interception_inland\n", "MISSING_COLUMN"),
        (b"A-1,interception_inland,2026-03-02,BD4041\n", "NO_HEADER"),
        ("source_ref,event_type,date_start,adm2\nA-1,যশোর".encode()[:-1] + b",2026-03-02,\n", "ENCODING_BROKEN"),
    ],
)
def test_a_refused_file_is_one_sentence_exit_1_and_changes_nothing(tmp_path, content, code):
    path = tmp_path / "patrol.csv"
    path.write_bytes(content)
    told = simanta("load", path, "--store", tmp_path / "store")
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.startswith("simanta: patrol.csv")
    assert "Traceback" not in told.stderr
    error = json.loads(simanta("load", path, "--store", tmp_path / "store", "--json").stdout)["error"]
    assert error["code"] == code
    assert set(error) == {"code", "file", "row", "field", "message", "fix"}
    assert not (tmp_path / "store" / "current.json").exists()


def test_a_bad_row_is_refused_and_the_rest_loads(tmp_path):
    path = tmp_path / "patrol.csv"
    path.write_text(GOOD + "A-3,interception_inland,2026-02-31,BD4041\n", encoding="utf-8")
    told = simanta("load", path, "--store", tmp_path / "store")
    assert told.returncode == 0
    assert "3 rows in = 2 loaded + 0 unchanged + 0 superseded + 0 duplicate + 1 quarantined" in told.stderr
    assert "patrol.csv, row 4, date_start: impossible_date" in told.stderr


def test_a_wrong_option_is_exit_2(tmp_path):
    assert simanta("load").returncode == 2
    assert simanta("hotspots", "--min-precision", "9").returncode == 2


def test_versions_and_rollback(sheet, tmp_path):
    store = tmp_path / "store"
    for _ in range(2):
        simanta("load", sheet, "--store", store)
    told = json.loads(simanta("versions", "--store", store, "--json").stdout)
    assert (told["current"], told["versions"]) == (2, [1, 2])
    assert simanta("rollback", 1, "--store", store).returncode == 0
    assert json.loads(simanta("versions", "--store", store, "--json").stdout)["current"] == 1
    assert simanta("rollback", 7, "--store", store).returncode == 1
    told = json.loads(simanta("load", sheet, "--store", store, "--json").stdout)
    assert (told["version"], told["previous_version"]) == (3, 1)


@pytest.mark.parametrize("question", ["overview", "hotspots", "corridors", "trends", "warning"])
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_every_question_prints_in_every_form(sample_store, question, form):
    told = simanta(question, "--store", sample_store, "--format", form, "--district", "Jashore")
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()
    assert "_hidden" not in told.stdout


def test_hotspots_as_json_withholds_small_counts_and_says_so(sample_store):
    told = json.loads(simanta("hotspots", "--store", sample_store, "--json").stdout)
    assert {
        "version",
        "filters",
        "resolution",
        "n",
        "n_placed",
        "n_district_only",
        "method",
        "cells",
        "districts",
    } <= set(told)
    assert all(cell["count"] is None or cell["count"] == 0 or cell["count"] >= 5 for cell in told["cells"])
    withheld = [cell for cell in told["cells"] if cell["count"] is None]
    assert withheld
    assert all(cell["suppressed"] for cell in withheld)
    assert all({"adm2", "name_en", "name_bn", "count", "low", "high"} <= set(row) for row in told["districts"])


def test_a_name_in_either_script_is_the_same_district(sample_store):
    asked = [
        simanta("trends", "--store", sample_store, "--district", name, "--json").stdout
        for name in ("BD4041", "jashore", "যশোর")
    ]
    assert asked[0] == asked[1] == asked[2]


def test_an_unknown_district_is_refused_and_named(sample_store):
    told = simanta("overview", "--store", sample_store, "--district", "Atlantis")
    assert told.returncode == 1
    assert "d=Atlantis" in told.stderr


def test_an_empty_store_says_what_to_do(tmp_path):
    told = simanta("overview", "--store", tmp_path / "none", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["error"]["code"] == "EMPTY_STORE"


def test_options_win_over_a_link_and_both_count(sample_store):
    both = json.loads(
        simanta(
            "overview", "--store", sample_store, "--district", "Jashore", "--filters", "label=TIP&d=BD4044", "--json"
        ).stdout
    )
    assert (both["filters"]["d"], both["filters"]["label"]) == (["BD4041"], ["TIP"])


def test_a_link_on_a_version_that_is_not_kept_is_refused(sample_store):
    told = simanta("overview", "--store", sample_store, "--filters", "v=99", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["error"]["code"] == "VERSION_UNKNOWN"


def test_any_period_is_compared_with_by_an_option(sample_store):
    asked = ("overview", "--store", sample_store, "--json", "--against")
    told = json.loads(simanta(*asked, "2026-01-05..2026-03-01").stdout)
    assert told["filters"]["vs"] == ["2026-01-05..2026-03-01"]
    counted = json.loads(
        simanta("overview", "--store", sample_store, "--json", "--from", "2026-01-05", "--to", "2026-03-01").stdout
    )
    assert told["totals"]["n_before"] == counted["n"] > 4
    refused = simanta(*asked, "last year")
    assert refused.returncode == 1
    assert "vs=last year" in refused.stdout


def test_an_unknown_form_is_exit_2(sample_store):
    assert simanta("trends", "--store", sample_store, "--format", "geojson").returncode == 2


def test_a_snapshot_is_made_listed_shown_and_verified(sample_store):
    made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--page", "trends", "--json").stdout)
    assert made["link"] == f"/s/{made['id']}"
    listed = json.loads(simanta("snapshot", "list", "--store", sample_store, "--json").stdout)["snapshots"]
    assert made["id"] in {head["id"] for head in listed}
    shown = json.loads(simanta("snapshot", "show", made["id"], "--store", sample_store).stdout)
    live = json.loads(simanta("trends", "--store", sample_store, "--json").stdout)
    assert {name: shown[name] for name in live} == live
    assert simanta("snapshot", "verify", made["id"], "--store", sample_store).returncode == 0
    assert simanta("snapshot", "verify", "A" * 22, "--store", sample_store).returncode == 1


def test_a_snapshot_as_a_file_is_verified_with_a_key_that_was_handed_over(sample_store, tmp_path):
    made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--page", "trends", "--json").stdout)
    ring, elsewhere = tmp_path / "hq.txt", tmp_path / "elsewhere"
    ring.write_text(simanta("snapshot", "key", "--store", sample_store).stdout)
    for kind in ("html", "pdf"):
        file = tmp_path / f"view.{kind}"
        assert simanta("snapshot", "show", made["id"], "--store", sample_store, "--out", file).returncode == 0
        checked = simanta("snapshot", "verify", file, "--key", ring, "--store", elsewhere, "--json")
        assert (checked.returncode, json.loads(checked.stdout)["hash"]) == (0, made["hash"])
        assert simanta("snapshot", "verify", file, "--store", elsewhere).returncode == 1  # nobody's key is known there
        whole = file.read_bytes()
        file.write_bytes(whole.replace(b"2026", b"2025", 1))
        assert simanta("snapshot", "verify", file, "--key", ring, "--store", elsewhere).returncode == 1
        file.write_bytes(whole)
    told = simanta("snapshot", "revoke", made["id"], "--reason", "wrong period", "--store", sample_store)
    assert told.returncode == 0
    assert simanta("snapshot", "verify", tmp_path / "view.pdf", "--store", sample_store).returncode == 4
    assert simanta("snapshot", "verify", tmp_path / "view.pdf", "--key", ring, "--store", elsewhere).returncode == 0
    assert simanta("snapshot", "show", made["id"], "--store", sample_store).returncode == 1
    assert not elsewhere.exists()


def test_what_leaves_by_a_command_is_written_down(sample_store, tmp_path):
    made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--json").stdout)
    assert (
        simanta("snapshot", "show", made["id"], "--store", sample_store, "--out", tmp_path / "a.html").returncode == 0
    )
    assert simanta("snapshot", "revoke", made["id"], "--reason", "a test", "--store", sample_store).returncode == 0
    assert simanta("export", "--store", sample_store, "--out", tmp_path / "b.csv").returncode == 0
    assert (
        simanta("brief", "--district", "BD4041", "--store", sample_store, "--out", tmp_path / "c.pdf").returncode == 0
    )
    short = audit.short(made["id"])
    lines = audit.lines(ledger.open_ledger(sample_store))  # the last first
    assert [(line.action, line.object) for line in lines if line.action != "ask"][5::-1] == [
        ("share", short),
        ("open", short),
        ("export", f"{short} html"),
        ("revoke", short),
        ("export", "overview csv v000001 exact"),
        ("export", "district pdf v000001 exact"),
    ]


def test_a_snapshot_that_has_ended_is_exit_4(sample_store, monkeypatch):
    made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--days", "1", "--json").stdout)
    later = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setattr(snapshot, "_now", lambda: later)
    assert simanta("snapshot", "verify", made["id"], "--store", sample_store).returncode == 4


def test_a_series_goes_on_and_two_of_it_are_compared(sample_store):
    asked = ("snapshot", "create", "--store", sample_store, "--series", "weekly", "--json")
    first, second = (json.loads(simanta(*asked).stdout) for _ in range(2))
    assert (first["supersedes"], second["supersedes"]) == (None, first["id"])
    told = json.loads(
        simanta("snapshot", "compare", first["id"], second["id"], "--store", sample_store, "--json").stdout
    )
    assert told == {"page": "overview", "same_filters": True, "changed": []}


@pytest.mark.parametrize("kind", ["xlsx", "csv", "gpkg", "geojson", "kml", "parquet", "png", "svg", "pdf"])
def test_every_kind_of_file_is_written(sample_store, tmp_path, kind):
    file = tmp_path / f"made.{kind}"
    told = simanta("export", "--store", sample_store, "--district", "Jashore", "--out", file, "--json")
    assert (told.returncode, json.loads(told.stdout)["bytes"]) == (0, file.stat().st_size)


def test_an_unknown_kind_of_file_is_exit_2_and_an_unknown_table_exit_1(sample_store, tmp_path):
    asked = ("export", "--store", sample_store, "--out")
    assert simanta(*asked, tmp_path / "made.exe").returncode == 2
    assert simanta(*asked, tmp_path / "made.csv", "--part", "persons").returncode == 1
    assert simanta(*asked, tmp_path / "made.csv", "--page", "quality").returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_brief_is_written_in_bangla(sample_store, tmp_path):
    told = simanta("brief", "--store", sample_store, "--district", "যশোর", "--lang", "bn", "--out", tmp_path / "j.pdf")
    assert told.returncode == 0
    assert (tmp_path / "j.pdf").read_bytes().startswith(b"%PDF")


def test_a_snapshot_is_of_a_page_that_opens_and_never_of_the_officers_rows(sample_store):
    for page in PAGES:
        made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--page", page, "--json").stdout)
        assert json.loads(simanta("snapshot", "show", made["id"], "--store", sample_store).stdout)["page"] == page
        assert page in BY_NAME
    for page in ("quality", "brief-data", "help"):
        assert simanta("snapshot", "create", "--store", sample_store, "--page", page).returncode == 2


def test_serving_to_other_machines_is_refused(sample_store):
    told = simanta("serve", "--host", "0.0.0.0", "--store", sample_store)
    assert told.returncode == 1
    assert "127.0.0.1" in told.stderr


def test_the_terminal_has_the_rights_of_the_account_whatever_the_environment_says(sample_store, monkeypatch):
    made = json.loads(simanta("snapshot", "create", "--store", sample_store, "--json").stdout)
    me = audit.account()
    monkeypatch.setenv("LOGNAME", "somebody")
    assert audit.account() == me
    monkeypatch.setenv(
        "SIMANTA_ACCESS", json.dumps({"adapter": "proxy", "proxy_secret": "s3cret-0123456789-abcdefghijklmnop"})
    )
    settings.cache_clear()
    for words in (
        ("create",),
        ("show", made["id"]),
        ("compare", made["id"], made["id"]),
        ("revoke", made["id"], "--reason", "x"),
    ):
        assert simanta("snapshot", *words, "--store", sample_store).returncode == 1
    role = {"role": "data_officer", "districts": "all"}
    rules = {"adapter": "proxy", "proxy_secret": "s3cret-0123456789-abcdefghijklmnop", "people": {f"os:{me}": role}}
    monkeypatch.setenv("SIMANTA_ACCESS", json.dumps(rules))
    settings.cache_clear()
    assert simanta("snapshot", "create", "--store", sample_store).returncode == 1  # who loads, shares nothing
    assert simanta("snapshot", "show", made["id"], "--store", sample_store).returncode == 1  # not meant for them
    settings.cache_clear()


def test_a_command_that_needs_no_statistics_is_found_where_it_stands_and_imports_none():
    found = get_command(commands()).commands
    for name, family in HOME.items():
        run = next(iter(getattr(found[name], "commands", {"": found[name]}).values()))
        assert run.callback.__module__ == f"dashboard.cli.{family}"
    heavy = "import sys; from dashboard.cli import commands; commands(['load']); print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "pandas", "streamlit", "statsmodels"} & set(imported)
