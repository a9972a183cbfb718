"""Commands that keep the store, as a person and a script meet them."""

import json
import shutil

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.dashboard.cli.test_cli import simanta

HEADER = "source_ref,event_type,date_start,adm2\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store of two versions with two refused rows each."""
    folder = tmp_path_factory.mktemp("made")
    bad = "A-2,interception_inland,2026-02-31,BD4041\nA-3,interception_inland,2026-03-03,Atlantis\n"
    text = f"{HEADER}A-1,interception_inland,2026-03-02,BD4041\n{bad}"
    (folder / "patrol.csv").write_text(text, encoding="utf-8")
    for _ in range(2):
        assert simanta("load", folder / "patrol.csv", "--store", folder / "s").returncode == 0
    return folder


@pytest.fixture
def loaded(made, tmp_path):
    """A copy of it, with its sheet beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "s"


def asked(*words):
    told = simanta(*words, "--json")
    return told.returncode, json.loads(told.stdout)


def test_versions_tell_number_when_rows_files_size_and_what_is_in_force(loaded):
    simanta("snapshot", "create", "--store", loaded)
    code, told = asked("versions", "--store", loaded)
    assert (code, told["current"], told["versions"]) == (0, 2, [1, 2])
    second = told["about"][1]
    assert (second["rows"], second["files"], second["is_current"], second["is_pinned"]) == (
        1,
        ["patrol.csv"],
        True,
        True,
    )
    assert second["bytes"] == (loaded / "facts" / "v000002.duckdb").stat().st_size
    lines = simanta("versions", "--store", loaded).stdout.splitlines()
    assert lines[0].startswith("  v000001  20")
    assert lines[1].startswith("* v000002  20")
    assert "pinned" in lines[1]


def test_pruning_keeps_what_a_snapshot_pins(loaded):
    simanta("snapshot", "create", "--store", loaded)
    for _ in range(2):
        simanta("load", loaded.parent / "patrol.csv", "--store", loaded)
    assert asked("prune", "--keep", "1", "--store", loaded) == (0, {"removed": [1, 3], "versions": [2, 4]})
    assert simanta("prune", "--store", loaded).returncode == 2


def test_check_is_exit_0_where_all_holds_and_1_where_not(loaded):
    code, told = asked("check", "--deep", "--store", loaded)
    assert (code, told["holds"]) == (0, True)
    assert {line["name"] for line in told["lines"]} == {
        "pointer", "versions", "hashes", "free disk", "clock", "permissions", "key", "encryption", "row equation",
        "erasures",
        "ledger", "audit", "fonts"
    }  # fmt: skip
    assert simanta("check", "--quiet", "--store", loaded).stdout == ""
    (loaded / "facts" / "v000002.duckdb").write_bytes(b"x")
    told = simanta("check", "--quiet", "--store", loaded)
    assert told.returncode == 1
    assert {line.split(":")[0] for line in told.stdout.splitlines()} == {
        "NOT  versions", "NOT  hashes", "NOT  clock", "NOT  row equation"
    }  # fmt: skip


def test_refused_rows_are_listed_exported_corrected_and_dismissed(loaded, tmp_path):
    code, told = asked("quarantine", "list", "--open", "--store", loaded)
    assert (code, told["version"], told["n"]) == (0, 2, 2)
    assert {(each["rule"], each["file"], each["n"]) for each in told["groups"]} == {
        ("impossible_date", "patrol.csv", 1), ("unknown_place", "patrol.csv", 1)
    }  # fmt: skip
    assert asked("quarantine", "list", "--rule", "impossible_date", "--store", loaded)[1]["n"] == 2
    assert asked("quarantine", "list", "--file", "none", "--store", loaded)[1]["n"] == 0
    book = tmp_path / "c.xlsx"
    assert asked("quarantine", "export", book, "--store", loaded) == (
        0,
        {"file": "c.xlsx", "n": 2, "sheets": {"corrections": 2}},
    )
    header, date_row, place_row = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    date_row[header.index("date_start")] = "2026-02-28"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate((header, date_row)):
            sheet.write_row(number, 0, row)
    assert asked("load", book, "--store", loaded)[1]["loaded"] == 1
    number = place_row[header.index("quarantine_id")]
    assert asked("quarantine", "resolve", number, "--reason", "no incident", "--store", loaded)[0] == 0
    rows = {row["quarantine_id"]: row for row in asked("quarantine", "list", "--store", loaded)[1]["rows"]}
    assert [rows[each]["status"] for each in ("Q1-1", "Q1-2", "Q2-1", "Q2-2")] == [
        "corrected", "resent", "corrected", "dismissed"
    ]  # fmt: skip
    assert rows["Q2-2"]["reason"] == "no incident"
    assert asked("quarantine", "list", "--open", "--store", loaded)[1]["n"] == 0
    shown = simanta("quarantine", "list", "--store", loaded).stdout
    assert "Q2-1  patrol.csv, row 3, date_start: impossible_date." in shown
    assert "[corrected in version 3]" in shown


@pytest.mark.parametrize(
    ("number", "reason", "code"),
    [("Q9-9", "no incident", "UNKNOWN_QUARANTINE_ID"), ("Q2-1", "says Md. Invented", "REASON_REFUSED"),
     ("Q2-1", " ", "REASON_REFUSED")],
)  # fmt: skip
def test_a_decision_needs_an_open_row_and_a_reason_that_names_nobody(number, reason, code, loaded):
    told = simanta("quarantine", "resolve", number, "--reason", reason, "--store", loaded, "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["error"]["code"] == code
    assert asked("quarantine", "list", "--open", "--store", loaded)[1]["n"] == 2


def test_an_erasure_tells_what_was_written_anew_and_warns_of_backups(loaded):
    told = simanta("erase", "--source-ref", "A-1", "--reason", "a court order", "--store", loaded)
    assert told.returncode == 0
    assert "written anew: v000002, v000001" in told.stderr
    assert "Backups may still hold the record" in told.stderr
    again = simanta("erase", "--source-ref", "A-9", "--reason", "a court order", "--store", loaded, "--json")
    assert (again.returncode, json.loads(again.stdout)["error"]["code"]) == (1, "UNKNOWN_REFERENCE")


def test_a_receipt_is_written_where_it_is_asked_for(loaded, tmp_path):
    file = loaded.parent / "patrol.csv"
    told = simanta("load", file, "--store", loaded, "--receipt", tmp_path / "r.csv", "--dry-run")
    assert told.returncode == 0
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 4
    assert simanta("load", file, "--store", loaded, "--receipt", loaded / "r.csv").returncode == 1


def test_an_empty_store_answers_all_the_same(tmp_path):
    assert asked("versions", "--store", tmp_path / "none") == (0, {"current": None, "versions": [], "about": []})
    assert asked("quarantine", "list", "--store", tmp_path / "none")[1]["n"] == 0
    assert asked("prune", "--keep", "3", "--store", tmp_path / "none")[1]["removed"] == []
    assert not (tmp_path / "none").exists()


def test_a_fault_of_the_program_is_one_line_and_quotes_no_cell(loaded, monkeypatch):
    def fail(*_):
        raise ValueError("could not read 01700000000")

    monkeypatch.setattr("dashboard.cli.quarantine.write_workbook", fail)
    told = simanta("quarantine", "export", "c.xlsx", "--store", loaded)
    assert told.returncode == 1
    assert "ValueError in quarantine.py" in told.stderr
    assert "01700000000" not in told.stderr
    assert "Traceback" not in told.stderr
