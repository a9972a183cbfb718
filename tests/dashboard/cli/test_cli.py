"""The command as a person and a script meet it: exit codes, JSON on standard output, sentences on the other."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from dashboard.cli import main

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


@pytest.mark.parametrize("question", ["overview", "hotspots", "corridors", "trends"])
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


def test_serving_to_other_machines_is_refused(sample_store):
    told = simanta("serve", "--host", "0.0.0.0", "--store", sample_store)
    assert told.returncode == 1
    assert "127.0.0.1" in told.stderr
